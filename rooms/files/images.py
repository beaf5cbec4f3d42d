"""Images, made anew before anybody sees them. What comes out was written by this server, whatever went in."""

from __future__ import annotations

from dataclasses import dataclass

from rooms.files.decoding import SECONDS, decode


@dataclass(frozen=True)
class Sizes:
    """An image twice: as large as anybody looks at it, and for the log. Sizes in pixels."""

    full: bytes
    full_type: str
    width: int
    height: int
    thumbnail: bytes
    thumbnail_type: str
    thumbnail_width: int
    thumbnail_height: int


def make_sizes(content: bytes, patience: float = SECONDS) -> Sizes:
    """Decode an image (JPEG, PNG, GIF, WebP) and write it anew, upright and without metadata.

    `patience`: seconds that a decoder is waited for. Raises Unreadable, Busy.
    """
    header, images = decode(content, "image", patience=patience)
    length, full_type, width, height = header["full"]
    _, thumbnail_type, *thumbnail_size = header["thumbnail"]
    return Sizes(images[:length], full_type, width, height, images[length:], thumbnail_type, *thumbnail_size)
