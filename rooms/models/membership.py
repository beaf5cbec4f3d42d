from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from rooms.models.inbox import refresh_inboxes
from rooms.models.message import Message
from rooms.models.room import Room, name_members


class MembershipQuerySet(models.QuerySet["Membership"]):
    def with_unread(self) -> MembershipQuerySet:
        """Annotate `unread`: live messages by others after the read position. A function of rows, never a counter."""
        # A subquery starts at the read position, by index; a join with a filtered count goes through the whole room.
        theirs = Message.objects.filter(room=OuterRef("room"), position__gt=OuterRef("read_position"), erased_at=None)
        unread = theirs.exclude(author=OuterRef("user")).order_by().values("room").annotate(count=Count("pk"))
        return self.annotate(unread=Coalesce(Subquery(unread.values("count")), 0))

    def for_list(self) -> list[Membership]:
        """With everything that a room list says of them, in two queries."""
        memberships = list(self.with_unread().select_related("room").order_by("pk"))
        name_members([membership.room for membership in memberships if membership.room.kind == Room.Kind.DIRECT])
        return memberships


class Membership(models.Model):
    class Involvement(models.TextChoices):
        """What of a room counts as unread, and may call for somebody."""

        EVERYTHING = "everything", _("Everything")
        MENTIONS = "mentions", _("Mentions only")
        NOTHING = "nothing", _("Nothing")
        HIDDEN = "hidden", _("Nothing, and hide the room from my list")

    room = models.ForeignKey("rooms.Room", models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    involvement = models.CharField(
        _("notify me about"), max_length=16, choices=Involvement, default=Involvement.EVERYTHING
    )
    read_position = models.PositiveBigIntegerField(default=0)
    receipt_position = models.PositiveBigIntegerField(default=0)
    """Up to where others may see that this person has read: it stands still while they hide that."""
    created_at = models.DateTimeField(auto_now_add=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["room", "user"], name="membership_unique")]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.room_id}"

    @property
    def title(self) -> str:
        """The room's name as this person reads it."""
        return self.room.get_title(self.user)

    def read(self, position: int) -> None:
        """Move this person's read position forward to a tick, in all their tabs."""
        read_together(self.room_id, [self.user_id], position)


def read_together(room_id: int, user_ids: Collection[int], position: int) -> None:
    """Mark a room read up to a tick for several people at once; their room lists follow."""
    behind = Membership.objects.filter(room=room_id, user__in=user_ids, read_position__lt=position)
    readers = list(behind.values_list("user_id", "read_position"))
    if not readers:
        return
    behind.update(read_position=position)
    oldest = min(since for _, since in readers)
    # Only a list that shows a badge has to change: most readers are merely keeping up with a room they watch.
    authors = Room(pk=room_id).messages.filter(position__gt=oldest, position__lte=position)
    said = list(authors.values_list("author_id", "position"))
    shown = [user for user, since in readers if any(author != user and tick > since for author, tick in said)]
    if shown:
        refresh_inboxes(shown)
