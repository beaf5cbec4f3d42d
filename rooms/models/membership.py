from __future__ import annotations

from collections.abc import Collection
from typing import Any, ClassVar

from django.conf import settings
from django.db import models, transaction
from django.db.models import Case, Count, F, OuterRef, Subquery, When
from django.db.models.functions import Coalesce, Least
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms.models.inbox import refresh_inboxes
from rooms.models.message import Message
from rooms.models.notification import Notification, clear_notifications
from rooms.models.receipts import show_reading
from rooms.models.room import Room, name_members
from rooms.outages import once_more


def count_rows(rows: models.QuerySet[Any], group: str) -> Coalesce:
    """The number of rows in a correlated subquery. They are all of one `group`."""
    return Coalesce(Subquery(rows.order_by().values(group).annotate(count=Count("pk")).values("count")), 0)


class MembershipQuerySet(models.QuerySet["Membership"]):
    def with_unread(self) -> MembershipQuerySet:
        """Annotate `unread`, what the involvement counts, and `mentioned`: how much of it names the person.

        Functions of rows, never counters: live messages by others after the read position; where only mentions count,
        the notifications of mentions and replies among them.
        """
        levels = Membership.Involvement
        # A subquery starts at the read position, by index; a join with a filtered count goes through the whole room.
        theirs = Message.objects.filter(room=OuterRef("room"), position__gt=OuterRef("read_position"), erased_at=None)
        said = count_rows(theirs.exclude(author=OuterRef("user")), "room")
        named = Notification.objects.filter(
            recipient=OuterRef("user"),
            room=OuterRef("room"),
            position__gt=OuterRef("read_position"),
            kind__in=(Notification.Kind.MENTION, Notification.Kind.REPLY),
        )
        counts = When(
            involvement__in=(levels.EVERYTHING, levels.MENTIONS), room__archived_at=None, then=count_rows(named, "room")
        )
        return self.annotate(
            mentioned=Case(counts, default=0),
            unread=Case(
                When(involvement=levels.EVERYTHING, room__archived_at=None, then=said),
                When(involvement=levels.MENTIONS, then=F("mentioned")),
                default=0,
            ),
        )

    def for_list(self) -> list[Membership]:
        """With everything that a room list says of them, in two queries."""
        memberships = list(self.with_unread().select_related("room").order_by("pk"))
        name_members([membership.room for membership in memberships if membership.room.kind == Room.Kind.DIRECT])
        return memberships

    def hidden(self) -> list[Membership]:
        """Those that are out of the list, in the order of their titles, in two queries."""
        memberships = list(self.filter(involvement=Membership.Involvement.HIDDEN).select_related("room", "user"))
        name_members([membership.room for membership in memberships if membership.room.kind == Room.Kind.DIRECT])
        return sorted(memberships, key=lambda membership: membership.title.casefold())


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
        _("notify me about"),
        max_length=16,
        choices=Involvement,
        default=Involvement.EVERYTHING,
        db_default=Involvement.EVERYTHING,  # See User.toasts.
    )
    read_position = models.PositiveBigIntegerField(default=0)
    receipt_position = models.PositiveBigIntegerField(default=0, db_default=0)
    """Up to where others may see that this person has read: it stands still while they hide that."""
    unread_held = models.BooleanField(default=False, db_default=False, editable=False)
    """Marked unread by hand: an open page does not read it, until the person opens the room anew or says so."""
    called_at = models.DateTimeField(null=True, editable=False)
    """When this person last called everyone in the room, by @room or @here."""
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

    def involve(self, level: str) -> None:
        """Choose what of the room counts for this person; their lists follow."""
        self.involvement = self.Involvement(level)
        others = Membership.objects.filter(pk=self.pk).exclude(involvement=level)
        with transaction.atomic():
            if others.update(involvement=level):
                refresh_inboxes([self.user_id])

    def read(self, position: int) -> None:
        """Move this person's read position forward to a tick, in all their tabs, also where they held it back."""
        read_together(self.room_id, [self.user_id], position, held=True)

    @once_more
    @transaction.atomic
    def unread_from(self, message: Message) -> None:
        """Let a message of the room and all that came after it be unread again, and stay so in the open page."""
        before = message.position - 1
        # Never forward: what is in between was not read either.
        Membership.objects.filter(pk=self.pk).update(read_position=Least("read_position", before), unread_held=True)
        Notification.objects.filter(recipient=self.user_id, room=self.room_id, position__gt=before).update(read_at=None)
        refresh_inboxes([self.user_id])
        self.read_position, self.unread_held = min(self.read_position, before), True

    def find_unread(self) -> models.QuerySet[Message]:
        """What others have said since this person last read, oldest first, whatever the room counts for them."""
        said = Message.objects.filter(room=self.room_id, position__gt=self.read_position, erased_at=None)
        return said.exclude(author=self.user_id).order_by("position")


def read_together(room_id: int, user_ids: Collection[int], position: int, *, held: bool = False) -> None:
    """Mark a room read up to a tick for several people at once; their room lists follow.

    Those who marked it unread by hand are left out, unless `held`: they said so with the page before their eyes.
    """
    behind = Membership.objects.filter(room=room_id, user__in=user_ids, read_position__lt=position)
    if not held:
        behind = behind.filter(unread_held=False)
    if behind.exists():  # Asked without a lock: on SQLite there is but one, and most pages have read everything.
        read_up_to(room_id, behind, position)


@once_more
@transaction.atomic
def read_up_to(room_id: int, behind: models.QuerySet[Membership], position: int) -> None:
    # In the order of their keys: two readings of the same people would otherwise wait for each other.
    locked = behind.order_by("pk").select_for_update(no_key=True)
    readers = dict(locked.values_list("user_id", "read_position"))
    # Never past what the room has come to: after the restore of a backup a page may still say what it had seen before.
    position = min(position, Room.objects.values_list("clock", flat=True).get(pk=room_id))
    Membership.objects.filter(room=room_id, user__in=readers, read_position__lte=position).update(
        read_position=position, receipt_position=show_reading(position), unread_held=False
    )
    shown = clear_notifications(room_id, readers, position) | find_shown(room_id, readers, position)
    if shown:
        refresh_inboxes(shown, room_id)


def find_shown(room_id: int, readers: dict[int, int], position: int) -> set[int]:
    """Whose lists may show something of these ticks, as others have said something in them.

    Not nearly all do: most readers are merely keeping up with a room they watch. But who is counted as being elsewhere,
    for how long, and by which process, is not known here. The one that has a person's list asks nothing where that
    shows nothing (`reread_room`).
    """
    oldest = min(readers.values(), default=position)
    authors = Room(pk=room_id).messages.filter(position__gt=oldest, position__lte=position)
    said = list(authors.values_list("author_id", "position"))
    return {user for user, since in readers.items() if any(author != user and tick > since for author, tick in said)}


@once_more
@transaction.atomic
def read_everything(user_id: int) -> None:
    """Mark all of a person's rooms read up to now, and everything that was put before them."""
    clock = Subquery(Room.objects.filter(pk=OuterRef("room")).values("clock"))
    behind = Membership.objects.filter(user=user_id, read_position__lt=clock)
    read = behind.update(read_position=clock, receipt_position=show_reading(clock), unread_held=False)
    told = Notification.objects.unread().filter(recipient=user_id).update(read_at=timezone.now())
    if read or told:
        refresh_inboxes([user_id])
