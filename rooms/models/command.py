from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from rooms.models.archiving import Archived
from rooms.outages import once_more

if TYPE_CHECKING:
    from rooms.models.room import Room
    from rooms.models.user import User


class Command(models.Model):
    """What somebody had done by a command, such as `/topic`. The same again, by the same key, is not done again."""

    KEPT = timedelta(days=30)

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="commands")
    room = models.ForeignKey("rooms.Room", models.CASCADE, related_name="+")
    key = models.CharField(max_length=80)
    body = models.TextField()
    answer = models.TextField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "key"], name="command_key_unique"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["user", "created_at"], name="command_rate"),
        ]

    def __str__(self) -> str:
        return f"command {self.pk} in room {self.room_id}"


@once_more
@transaction.atomic
def carry_out(user: User, room: Room, key: str, body: str, do: Callable[[Room], str], *, begun: str = "") -> str:
    """Have something done in a room, as it is under its lock, and return what `do` answered; drop its draft.

    By the same key (or that of the draft it was `begun` as) and text it is not done again: the topic may have been
    changed since by somebody else. Raises NotAMember, Archived, and whatever `do` raises: then nothing was done.
    """
    from rooms.models.room import NotAMember, Room

    locked = Room.objects.select_for_update(no_key=True).get(pk=room.pk)
    if not locked.memberships.filter(user=user).exists():
        raise NotAMember
    user.drafts.filter(room=locked, key__in=(key, begun)).delete()
    done = user.commands.filter(room=locked, key__in=(key, begun), body=body).first()
    if done:
        return done.answer
    if locked.archived_at:
        raise Archived
    answer, now = do(locked), timezone.now()
    user.commands.update_or_create(
        key=key, defaults={"room": locked, "body": body, "answer": answer, "created_at": now}
    )
    user.commands.filter(created_at__lt=now - Command.KEPT).delete()
    return answer
