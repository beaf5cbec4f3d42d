"""What happens to a file between the composer and the room."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from threading import Lock
from typing import TYPE_CHECKING, NoReturn

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.translation import gettext as _

from rooms.files.decoding import Unreadable
from rooms.files.films import look_at
from rooms.files.images import make_sizes
from rooms.files.models import Attachment, Blob
from rooms.files.names import normalize_name
from rooms.files.sniffing import HEAD, PLAIN, sniff
from rooms.outages import once_more
from rooms.pool import give_back_connections

if TYPE_CHECKING:
    from rooms.models import Room, User

logger = logging.getLogger("rooms.files")

MOST_FILES = 10
"""Of a message, and of one request."""

BURST, BURST_WINDOW = 60, timedelta(minutes=1)
"""Files that somebody may upload in that time: each is decoded."""

UNDER_WAY = 2
"""Files of one person that are taken at once, in each process: each holds a thread that serves everybody."""

PATIENCE = 5.0
"""Seconds that such a thread waits for a decoder."""

under_way: Counter[int] = Counter()
lock = Lock()


@dataclass(frozen=True)
class Made:
    """What is kept of an upload: bytes, what they are, of what is to be seen a thumbnail and the size in pixels, and of
    films how many seconds they last, or None while nobody has looked at them."""

    content: bytes
    media: str = PLAIN
    thumbnail: bytes = b""
    width: int = 0
    height: int = 0
    seconds: int | None = 0

    @property
    def size(self) -> int:
        return len(self.content) + len(self.thumbnail)


def upload(user: User, room: Room, key: str, file: UploadedFile) -> Attachment:
    """Keep a file for the message that the composer of this key will send.

    The same again returns what it made first. Raises ValidationError (empty, too large, quota, too fast), or OSError
    where storage does not take it or the decoders are busy.
    """
    with one_of_few(user):
        return keep(user, room, key, file)


@contextmanager
def one_of_few(user: User) -> Iterator[None]:
    with lock:
        if under_way[user.pk] >= UNDER_WAY:
            refuse_pace()
        under_way[user.pk] += 1
    try:
        yield
    finally:
        with lock:
            under_way[user.pk] -= 1
            if not under_way[user.pk]:
                del under_way[user.pk]


def keep(user: User, room: Room, key: str, file: UploadedFile) -> Attachment:
    name = normalize_name(file.name or "")
    check(user, file.size or 0)
    content = file.read()
    same = {"key": key, "digest": sha256(content).hexdigest(), "name": name}
    if earlier := find(user, room, same):
        return earlier
    count_attempt(user)
    give_back_connections()
    made = make(content)
    check_quota(user, made.size)
    blobs = store(made)
    facts = {name: getattr(made, name) for name in ("media", "size", "width", "height", "seconds")}
    return write(user, room, blobs, same, facts)


def find(user: User, room: Room, same: dict[str, str]) -> Attachment | None:
    """What the same upload made before and is not sent yet. `same`: the key of its composer, its digest and name."""
    return Attachment.objects.pending(user, room).filter(**same).first()


def store(made: Made) -> list[Blob]:
    try:
        return [Blob.store(content) for content in (made.content, made.thumbnail) if content]
    except OSError as error:
        logger.warning("A file could not be kept: %s", error)
        raise


@once_more
@transaction.atomic
def write(user: User, room: Room, blobs: list[Blob], same: dict[str, str], facts: dict[str, object]) -> Attachment:
    """Keep the row and its bytes, if they still fit and are not there by now: several may come at once."""
    # Without the key, as every lock here: who holds a room writes rows that name people, and the reverse.
    get_user_model().objects.select_for_update(no_key=True).get(pk=user.pk)
    if earlier := find(user, room, same):
        Blob.discard([blob.pk for blob in blobs])
        return earlier
    check_quota(user, sum(blob.size for blob in blobs))
    Blob.keep(blobs)
    thumbnail = blobs[1] if len(blobs) > 1 else None
    return Attachment.objects.create(owner=user, room=room, blob=blobs[0], thumbnail=thumbnail, **same, **facts)


def check(user: User, size: int) -> None:
    if not settings.TAKES_FILES:
        raise ValidationError(_("Files cannot be kept here: FILES_URL is not set."), code="off")
    if not size:
        raise ValidationError(_("This file is empty."), code="empty")
    if size > settings.FILE_BYTES:
        text = _("This file is larger than %(limit)s.") % {"limit": filesizeformat(settings.FILE_BYTES)}
        raise ValidationError(text, code="size")
    recent = Attachment.objects.filter(owner=user, created_at__gt=timezone.now() - BURST_WINDOW)
    if recent.count() >= BURST:
        refuse_pace()
    check_quota(user, size)


def count_attempt(user: User) -> None:
    """Also what comes to nothing, or is taken back, has been decoded."""
    name = f"uploads.{user.pk}"
    if cache.add(name, 1, BURST_WINDOW.total_seconds()):
        return
    try:
        if cache.incr(name) > BURST:
            refuse_pace()
    except ValueError:  # The window has just ended.
        cache.set(name, 1, BURST_WINDOW.total_seconds())


def refuse_pace() -> NoReturn:
    raise ValidationError(_("Too many files at once. Wait a minute, then try again."), code="pace")


def check_quota(user: User, size: int) -> None:
    used = Attachment.objects.filter(owner=user).size()
    if used + size > settings.FILE_QUOTA_BYTES:
        sizes = {"used": filesizeformat(used), "quota": filesizeformat(settings.FILE_QUOTA_BYTES)}
        text = _(
            "There is no room for it: your files take %(used)s of %(quota)s. Erase messages with large files first."
        )
        raise ValidationError(text % sizes, code="quota")


def make(content: bytes) -> Made:
    """An image anew; a sound or film as it is, and a film's poster; anything else as something to download."""
    media = sniff(content[:HEAD])
    if media.startswith("video/"):
        film = look_at(content, media, PATIENCE)
        return Made(content, film.media, film.poster, film.width, film.height, film.seconds)
    if not media.startswith("image/"):
        return Made(content, media)
    try:
        sizes = make_sizes(content, PATIENCE)
    except Unreadable as error:
        # Nobody's browser is to try what the decoder could not: it is a file like any other.
        logger.info("An image is kept as a plain file: %s", error)
        return Made(content)
    return Made(sizes.full, sizes.full_type, sizes.thumbnail, sizes.width, sizes.height)
