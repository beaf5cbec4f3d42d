"""Films, kept as they came, and the posters that are shown of them: made by this server, as images are."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from rooms.files.decoding import SECONDS, Busy, Unreadable, decode

logger = logging.getLogger("rooms.files")


@dataclass(frozen=True)
class Film:
    """What is known of a film: its media type, its poster, its size in pixels and how long it is, in seconds.

    Without a poster, which not every film has, its size is 0. How long: 0 is unknown, None not looked at yet.
    """

    media: str
    poster: bytes = b""
    width: int = 0
    height: int = 0
    seconds: int | None = 0


def look_at(content: bytes, media: str, patience: float = SECONDS) -> Film:
    """Make the poster of a film, or find that there is nothing to be seen in it and that it is a sound.

    `media`: what its first bytes say it is. `patience`: seconds that a decoder is waited for.
    """
    try:
        header, poster = decode(content, "film", media, patience=patience)
    except Busy:
        return Film(media, seconds=None)
    except Unreadable as error:
        logger.info("A film has no poster: %s", error)
        return Film(media)
    if header.pop("sound", False):
        return Film(media.replace("video/", "audio/"), **header)
    return Film(media, poster, **header)
