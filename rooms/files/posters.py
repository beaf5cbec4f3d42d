"""Posters of films that have none: those that came before there were any, or while all decoders were at work."""

from __future__ import annotations

import logging
from threading import Event

from django.db import transaction

from rooms.files.films import Film, look_at
from rooms.files.models import Attachment, Blob
from rooms.files.storage import read
from rooms.outages import once_more
from rooms.pool import give_back_connections

logger = logging.getLogger("rooms.files")


def make_missing(stopping: Event) -> None:
    """Make them until it is to stop, or storage is away. Any number of processes may do so at once.

    Call outside of transactions.
    """
    unseen = Attachment.objects.filter(seconds=None)
    unseen.exclude(media__startswith="video/").update(seconds=0)
    # In any order: one whose bytes are never there is not to stand before all others.
    for pk in list(unseen.order_by("?").values_list("pk", flat=True)):
        if stopping.is_set():
            return
        # Taken before it is tried: a film is not to end one process after the other.
        if unseen.filter(pk=pk).update(seconds=0) and not make_poster(pk):
            return


def make_poster(pk: int) -> bool:
    """Return whether another one is worth trying: storage is there, and a decoder is free."""
    attachment = Attachment.objects.select_related("blob").filter(pk=pk).first()
    if attachment is None:
        return True
    try:
        content = b"".join(read(attachment.blob.name, 0, attachment.blob.size))
        give_back_connections()
        film = look_at(content, attachment.media)
        poster = Blob.store(film.poster) if film.poster else None
    except OSError as error:
        logger.warning("Could not make a poster: %r", error)
        Attachment.objects.filter(pk=pk).update(seconds=None)
        return False
    show(attachment, film, poster)
    return film.seconds is not None


@once_more
@transaction.atomic
def show(attachment: Attachment, film: Film, poster: Blob | None) -> None:
    """Keep what was found, and let the message show it. It is nobody's doing, so that an archived room may still."""
    from rooms.models import Room

    # As those who send it do: it is not sent meanwhile as it was.
    Room.objects.select_for_update(no_key=True).get(pk=attachment.room_id)
    mine = Attachment.objects.select_for_update(of=("self",)).select_related("blob", "message__room")
    kept = mine.filter(pk=attachment.pk).first()
    if kept is None:  # Erased, or taken back. The bytes of its poster are swept.
        return
    kept.media, kept.width, kept.height, kept.seconds = film.media, film.width, film.height, film.seconds
    if poster:
        Blob.keep([poster])
        kept.thumbnail, kept.size = poster, kept.size + poster.size
    kept.save(update_fields=["media", "width", "height", "seconds", "thumbnail", "size"])
    if (message := kept.message) and kept.describe() not in message.files:
        message.files = [kept.describe() if file["id"] == kept.pk else file for file in message.files]
        message._stamp("files")
