from __future__ import annotations

import logging
import secrets
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.db import models, transaction
from django.db.models import ProtectedError, Q, Sum
from django.urls import reverse
from django.utils import timezone

from rooms.files.storage import delete, write
from rooms.pool import give_back_connections

if TYPE_CHECKING:
    from rooms.models import Message, Room, User

logger = logging.getLogger("rooms.files")

SHOWN_WIDTH, SHOWN_HEIGHT = 360, 270
"""Pixels that an image or a film takes in the log, at most."""


class FilesGone(Exception):
    """Some of the files that a message names are not there to be sent: swept, taken away, or sent already."""


class Blob(models.Model):
    """Bytes in storage, under a name that says nothing. Its row is there before the bytes are and until they are gone:
    whatever breaks in between, the sweep finds what nobody keeps."""

    name = models.CharField(max_length=80, unique=True)
    size = models.PositiveBigIntegerField()
    kept = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["created_at"], name="blob_unkept", condition=Q(kept=False)),
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def store(cls, content: bytes) -> Blob:
        """Write bytes, which are nobody's yet. Call outside of transactions. Raises OSError."""
        name = secrets.token_hex(16)
        blob = cls.objects.create(name=f"{name[:2]}/{name}", size=len(content))
        give_back_connections()
        write(blob.name, content)
        return blob

    @classmethod
    def keep(cls, blobs: Iterable[Blob]) -> None:
        """Let them stay. Call in the transaction that writes the row they belong to. Raises OSError."""
        pks = [blob.pk for blob in blobs]
        if cls.objects.filter(pk__in=pks).update(kept=True) != len(pks):
            raise FileNotFoundError("The bytes have been swept meanwhile")

    @classmethod
    def discard(cls, pks: Sequence[int]) -> None:
        """Have them deleted after commit. Call in the transaction that has deleted the row they belonged to."""
        cls.objects.filter(pk__in=pks).update(kept=False)
        transaction.on_commit(lambda: cls.remove(cls.objects.filter(pk__in=pks, kept=False).order_by("pk")))

    @classmethod
    def remove(cls, blobs: models.QuerySet[Blob], most_failures: int = 1) -> None:
        """Delete bytes and rows. What storage does not delete just now, a sweep will: it may be away altogether, and
        each attempt takes its time."""
        failures = 0
        for pk in list(blobs.values_list("pk", flat=True)):
            try:
                if blob := cls.give_up(pk):
                    delete(blob.name)
                    blob.delete()
            except ProtectedError:
                logger.warning("Blob %s is still in use", pk)
            except OSError as error:
                logger.warning("Could not delete bytes: %r", error)
                failures += 1
                if failures == most_failures:
                    return

    @classmethod
    @transaction.atomic
    def give_up(cls, pk: int) -> Blob | None:
        """Have the row go on under another id, which nobody can begin to keep: from then on the bytes may go.

        None where it is kept, or given up by another process just now. Raises ProtectedError where it is in use.
        """
        blob = cls.objects.select_for_update().filter(pk=pk, kept=False).first()
        if blob is None:
            return None
        facts = {"name": blob.name, "size": blob.size, "created_at": blob.created_at}
        blob.delete()
        return cls.objects.create(**facts)


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    def pending(self, user: User, room: Room) -> AttachmentQuerySet:
        """What somebody has uploaded to a room and not sent yet."""
        return self.filter(owner=user, room=room, message=None).order_by("pk")

    def in_composer(self, user: User, room: Room, key: str, ids: Sequence[int]) -> AttachmentQuerySet:
        """What a composer holds: what was uploaded from it (an answer may still be on its way), and what it names."""
        named = Q(key=key) | Q(pk__in=ids)
        return self.pending(user, room).filter(named).select_related("blob")

    def size(self) -> int:
        """Bytes of all of it."""
        total: int | None = self.aggregate(total=Sum("size"))["total"]
        return total or 0

    def find(self, ids: Sequence[int], user: User, room: Room) -> list[Attachment]:
        """These pending files in this order, locked: nobody takes them back now. Raises FilesGone if one is missing."""
        if not ids:
            return []
        mine = self.pending(user, room).filter(pk__in=ids)
        rows = mine.select_related("blob").select_for_update(of=("self",))
        found = {attachment.pk: attachment for attachment in rows}
        if len(found) != len(set(ids)):
            raise FilesGone
        return [found[pk] for pk in dict.fromkeys(ids)]

    def attach(self, message: Message, attachments: Sequence[Attachment]) -> None:
        """Raises FilesGone if one of them is no longer pending."""
        pks = [attachment.pk for attachment in attachments]
        if pks and self.filter(pk__in=pks, message=None).update(message=message) != len(pks):
            raise FilesGone

    @transaction.atomic
    def take_back(self) -> None:
        """Delete those that were not sent yet."""
        # Locked: where one of them is just being sent, this waits, and then leaves it alone.
        self.filter(message=None).order_by("pk").select_for_update().drop()

    def drop(self) -> None:
        """Delete them and, after commit, their bytes. Call in a transaction."""
        rows = list(self.values_list("pk", "blob_id", "thumbnail_id"))
        self.model.objects.filter(pk__in=[row[0] for row in rows]).delete()
        Blob.discard([pk for row in rows for pk in row[1:] if pk])


class Attachment(models.Model):
    """A file that somebody uploaded to a room, and the message it is part of once that was sent."""

    IMAGE, SOUND, VIDEO, OTHER = "image", "audio", "video", "other"

    room = models.ForeignKey("rooms.Room", models.CASCADE, related_name="attachments")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="attachments")
    message = models.ForeignKey("rooms.Message", models.CASCADE, null=True, related_name="attachments")
    key = models.CharField(max_length=80)
    """Of the composer it was put into."""
    digest = models.CharField(max_length=64)
    """Of what was uploaded: the same once more, since the answer was lost, is not another file."""
    name = models.CharField(max_length=150)
    media = models.CharField(max_length=40)
    size = models.PositiveBigIntegerField()
    """Bytes that all of it takes."""
    blob = models.ForeignKey(Blob, models.PROTECT, related_name="+")
    thumbnail = models.ForeignKey(Blob, models.PROTECT, null=True, related_name="+")
    """Of a film its poster, where one could be made."""
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    seconds = models.PositiveIntegerField(null=True, default=0)
    """How long a film is, 0 where that is unknown; None: of a film that nobody has looked at yet."""
    created_at = models.DateTimeField(default=timezone.now)

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["owner", "room"], name="attachment_pending", condition=Q(message=None)),
            models.Index(fields=["created_at"], name="attachment_orphans", condition=Q(message=None)),
            models.Index(fields=["id"], name="attachment_unseen", condition=Q(seconds=None)),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("file", args=[self.pk])

    @property
    def kind(self) -> str:
        kind = self.media.partition("/")[0]
        return kind if kind in {self.IMAGE, self.SOUND, self.VIDEO} else self.OTHER

    def describe(self) -> dict[str, Any]:
        """What its message shows of it, in the message's own row: see Message.files."""
        facts = {"id": self.pk, "kind": self.kind, "name": self.name, "size": self.blob.size}
        if self.thumbnail_id:
            facts["width"], facts["height"] = shrink(self.width, self.height)
        if self.seconds:
            facts["seconds"] = self.seconds
        return facts


def shrink(width: int, height: int) -> tuple[int, int]:
    """How large an image or a film is shown in the log, in pixels."""
    scale = min(1, SHOWN_WIDTH / width, SHOWN_HEIGHT / height)
    return max(round(width * scale), 1), max(round(height * scale), 1)


def name_files(files: Sequence[dict[str, Any]]) -> str:
    """The files of a message in a line of text, for where only text is shown."""
    return ", ".join(f"📎 {file['name']}" for file in files)
