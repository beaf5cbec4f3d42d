from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models, transaction
from django.db.models import Count, Max, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms.models.inbox import refresh_inboxes
from rooms.models.statement import Statement

if TYPE_CHECKING:
    from rooms.models.room import Room
    from rooms.models.user import User

KEPT = timedelta(days=90)
"""How long what was read is kept. It goes when its recipient reads something else."""


class NotificationQuerySet(models.QuerySet["Notification"]):
    def visible(self) -> NotificationQuerySet:
        """Those that their recipient is still to see: of no room, or of live ones they are in and have not silenced."""
        from rooms.models.membership import Membership

        levels = Membership.Involvement
        here = Membership.objects.filter(room=models.OuterRef("room"), user=models.OuterRef("recipient"))
        followed = models.Exists(here.filter(involvement=levels.EVERYTHING))
        quiet = models.Exists(here.filter(involvement=levels.MENTIONS)) & ~models.Q(kind=Notification.Kind.DIRECT)
        return self.filter(models.Q(room=None) | followed | quiet, room__archived_at=None)

    def unread(self) -> NotificationQuerySet:
        return self.filter(read_at=None)

    def for_display(self) -> NotificationQuerySet:
        """With all that is said of them: who, where and what."""
        return self.select_related("actor", "room", "message", "recipient")

    def read_all(self, user: User | int, room: Room | None = None) -> None:
        """Mark all that somebody has been told as read, or what they were told of one room; live in all their tabs."""
        theirs = self.filter(recipient=user) if room is None else self.filter(recipient=user, room=room)
        if theirs.unread().exists():  # Asked first: on SQLite a transaction waits for all other writers.
            with transaction.atomic():
                refresh_inboxes(read_rows(theirs))


class Notification(models.Model):
    """Something put before one person: a mention, a direct message, a reply, an invitation, or any other kind."""

    class Kind(models.TextChoices):
        MENTION = "mention", _("Mention")
        REPLY = "reply", _("Reply")
        DIRECT = "direct", _("Direct message")
        INVITATION = "invitation", _("Invitation")

    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notifications")
    kind = models.CharField(max_length=40)
    """One of Kind, or a word of the code that calls `notify`."""
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+")
    room = models.ForeignKey("rooms.Room", models.CASCADE, null=True, related_name="+")
    message = models.ForeignKey("rooms.Message", models.CASCADE, null=True, related_name="notifications")
    position = models.PositiveBigIntegerField(default=0)
    """That of the message, so that what is unread in a room is found by index."""
    template = models.CharField(max_length=200, blank=True)
    context = models.JSONField(default=dict)
    url = models.CharField(max_length=500, blank=True)
    key = models.CharField(max_length=120, null=True)  # noqa: DJ001 (unique)
    """Of notifications without a message: the same (recipient, key) is one row."""
    created_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["recipient", "message"], name="notification_message_unique"),
            models.UniqueConstraint(fields=["recipient", "key"], name="notification_key_unique"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["recipient", "room", "position"], name="notification_room"),
            models.Index(fields=["recipient", "read_at"], name="notification_unread"),
            models.Index(fields=["key"], condition=models.Q(key__isnull=False), name="notification_key"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.recipient_id}"

    def get_absolute_url(self) -> str:
        """Where its link leads: to the message in its context, or by way of a page that marks it read."""
        if self.message_id and not self.url:
            return reverse("message", args=[self.message_id])
        return reverse("notification", args=[self.pk])

    @property
    def destination(self) -> str:
        """Where its link ends."""
        if self.url or self.message:
            return self.url or reverse("message", args=[self.message_id])
        return self.room.get_absolute_url() if self.room else reverse("notifications")

    def read(self) -> None:
        """Mark it read, in all tabs of its recipient."""
        Notification.objects.filter(pk=self.pk).read_all(self.recipient_id)

    @transaction.atomic
    def unread(self) -> None:
        """Mark it unread again, in all tabs of its recipient."""
        if Notification.objects.filter(pk=self.pk).exclude(read_at=None).update(read_at=None):
            refresh_inboxes([self.recipient_id])


def read_rows(notifications: NotificationQuerySet) -> set[int]:
    """Mark those of them that are unread as read; return whose they were. Call inside a transaction.

    What these people read long ago goes on this occasion: one look into an index, and nobody's past grows for ever.
    """
    unread = notifications.unread()
    # In the order of their keys: two readings of the same people would otherwise wait for each other.
    found = unread.order_by("pk").select_for_update(no_key=True, of=("self",)).values_list("pk", "recipient_id")
    rows: dict[int, int] = dict(found)
    if not rows:
        return set()
    now = timezone.now()
    unread.filter(pk__lte=max(rows)).update(read_at=now)
    Notification.objects.filter(recipient__in={*rows.values()}, read_at__lt=now - KEPT).delete()
    return {*rows.values()}


def clear_notifications(room_id: int, user_ids: Collection[int], position: int) -> set[int]:
    """These people have read a room up to a tick, and with it what they were told of it; returns who had to be told.

    Call inside a transaction, and `refresh_inboxes` for those it returns, afterwards.
    """
    return read_rows(Notification.objects.filter(room=room_id, recipient__in=user_ids, position__lte=position))


class Told(NamedTuple):
    """What a person has been told, in short: where this is the same, their list of it is."""

    unread: int = 0
    newest: int = 0
    """The key of the newest that is unread, 0 for none."""
    last_read: int = 0
    """The key of the one that was read last. Their number alone stays as it is where one is read and another comes."""

    @property
    def mark(self) -> int:
        """The key of the newest that is known of here. What is told later has a higher one."""
        return max(self.newest, self.last_read)


def count_unread(user_ids: Collection[int]) -> dict[int, int]:
    """How many notifications each of these people has to read: one query, a number for everybody who is asked for."""
    return {**dict.fromkeys(user_ids, 0), **{user_id: count for user_id, count, _ in find_unread(user_ids)}}


def sum_up(user_ids: Collection[int]) -> dict[int, Told]:
    """What each of these people has been told: two queries, one for a single person."""
    if len(user_ids) == 1:
        told = {user_id: Told(*numbers) for user_id, *numbers in told_to_one.rows(*user_ids)}
        return {**dict.fromkeys(user_ids, Told()), **told}
    # For many a subquery for each number and each of them takes four times as long.
    unread = {user_id: (count, newest) for user_id, count, newest in find_unread(user_ids)}
    read = dict(get_user_model().objects.filter(pk__in=user_ids).values_list("pk", last_read()))
    return {user_id: Told(*unread.get(user_id, (0, 0)), read.get(user_id) or 0) for user_id in user_ids}


def find_unread(user_ids: Collection[int]) -> models.QuerySet[Notification, tuple[int, int, int]]:
    unread = Notification.objects.filter(recipient__in=user_ids).visible().unread()
    return unread.order_by().values_list("recipient").annotate(Count("pk"), Max("pk"))


def last_read() -> Subquery:
    # By index: the newest of all would be looked for among everything that they were told in months.
    read = Notification.objects.filter(recipient=OuterRef("pk")).exclude(read_at=None)
    return Subquery(read.order_by("-read_at", "-pk").values("pk")[:1])


def find_told(user_id: int) -> models.QuerySet[Any, tuple[Any, ...]]:
    unread = Notification.objects.filter(recipient=OuterRef("pk")).visible().unread().order_by().values("recipient")
    count, newest = (unread.annotate(found=of("pk")).values("found") for of in (Count, Max))
    numbers = [Coalesce(each, 0) for each in (Subquery(count), Subquery(newest), last_read())]
    return get_user_model().objects.filter(pk=user_id).values_list("pk", *numbers)


told_to_one = Statement(find_told)


def created(recipients: Collection[int], room_id: int | None, position: int = 0) -> None:
    """Hear of all notifications that are written, before their transaction commits: those of one fact, in one call.

    Among them may be some that their recipients have silenced: `visible()` tells. What is sent outside of the browser
    is scheduled from here.
    """
    from rooms.outside.schedule import schedule

    schedule(recipients, room_id, position)
