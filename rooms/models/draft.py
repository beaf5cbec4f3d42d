from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from rooms.models.command import Command
from rooms.models.message import Message
from rooms.models.statement import Statement

if TYPE_CHECKING:
    from rooms.models.room import Room
    from rooms.models.user import User


def is_sent() -> Q:
    """That a draft is none any more. Looked up each time: a save may come in while its message is being posted."""
    messages = Message.objects.filter(author=OuterRef("user"), key=OuterRef("key"))
    commands = Command.objects.filter(user=OuterRef("user"), key=OuterRef("key"))
    return Q(Exists(messages)) | Q(Exists(commands))


class DraftQuerySet(models.QuerySet["Draft"]):
    def unsent(self) -> list[Draft]:
        """The drafts, latest first, with what they reply to.

        Those of one page in the order of its composers: they may all have been saved when its line came back.
        """
        rest = self.filter(~is_sent()).select_related("reply_to__author")
        drafts = list(rest.order_by("updated_at", "pk"))[-self.model.MOST :]
        latest = {draft.place[0]: draft.updated_at for draft in drafts}
        return sorted(drafts, key=lambda draft: (latest[draft.place[0]], draft.place), reverse=True)

    def keep(
        self,
        user: User,
        room: Room,
        key: str,
        body: str,
        *,
        long: bool = False,
        reply_to: Message | None = None,
        begun: str = "",
    ) -> None:
        """Keep what somebody has written so far in a composer; a text without letters is none, and forgotten.

        `begun`: the key of the draft that the composer was filled with, which this one takes the place of.
        """
        body = body.replace("\0", "")[: self.model.LONGEST]
        mine = self.filter(user=user, room=room)
        if not body.strip():
            mine.filter(key__in=filter(None, (key, begun))).delete()
            return
        said = {"body": body, "long": long, "reply_to": reply_to, "updated_at": timezone.now()}
        # A save that was on its way for longer than a later one says nothing new.
        if not mine.filter(key=key, updated_at__lte=said["updated_at"]).update(**said):
            self._begin(mine, self.model(user=user, room=room, key=key, **said), begun)

    @transaction.atomic
    def _begin(self, mine: DraftQuerySet, draft: Draft, begun: str) -> None:
        sent = {"key": draft.key}
        if draft.user.messages.filter(**sent).exists() or draft.user.commands.filter(**sent).exists():
            return
        mine.filter(key=begun).delete()
        mine.filter(is_sent()).delete()
        Draft.objects.bulk_create([draft], ignore_conflicts=True)
        latest = mine.order_by("-updated_at", "-pk").values("pk")[: self.model.MOST]
        mine.exclude(pk__in=list(latest.values_list("pk", flat=True))).delete()


class Draft(models.Model):
    """What somebody has begun to write in a room. What was sent with the composer's `key` is no draft any more.

    One for each composer, not one for each room: a message that could not be sent and the one that was begun after it
    are both still there after a reload, and so are the texts of two tabs.
    """

    MOST = 5
    """How many are kept in a room; of more, those that were left longest ago are forgotten."""
    LONGEST = 4 * Message.MAX_LENGTH
    """In characters. What is too long to be sent is kept, so that it can be shortened."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="drafts")
    room = models.ForeignKey("rooms.Room", models.CASCADE, related_name="drafts")
    key = models.CharField(max_length=80)
    body = models.TextField()
    long = models.BooleanField(default=False)
    reply_to = models.ForeignKey("rooms.Message", models.SET_NULL, null=True, related_name="+")
    updated_at = models.DateTimeField(default=timezone.now)

    objects = DraftQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "room", "key"], name="draft_key_unique"),
        ]

    def __str__(self) -> str:
        return f"draft in room {self.room_id}"

    @property
    def place(self) -> tuple[str, int]:
        """The page that its composer stood in, and which one of that page it was. See posting.make_key."""
        page, _, number = self.key.rpartition("-")
        return (page, int(number)) if number.isdecimal() and len(number) < 9 else (self.key, 0)


def find_unsent(user: User, room: Room) -> list[Draft]:
    """What somebody has begun to write in a room: mostly nothing, which costs little to ask."""
    found = in_room.rows(user.pk, room.pk)
    return Draft.objects.filter(pk__in=[pk for (pk,) in found]).unsent() if found else []


in_room = Statement(lambda user, room: Draft.objects.filter(~is_sent(), user=user, room=room).values_list("pk"))
