from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from rooms.models.message import Message


class NotificationQuerySet(models.QuerySet["Notification"]):
    def visible(self) -> NotificationQuerySet:
        """Those that their recipient still is to see: of rooms they are in and have not silenced, or of no room."""
        from rooms.models.membership import Membership

        levels = Membership.Involvement
        here = Membership.objects.filter(room=models.OuterRef("room"), user=models.OuterRef("recipient"))
        followed = models.Exists(here.filter(involvement=levels.EVERYTHING))
        quiet = models.Exists(here.filter(involvement=levels.MENTIONS)) & ~models.Q(kind=Notification.Kind.DIRECT)
        return self.filter(models.Q(room=None) | followed | quiet)

    def unread(self) -> NotificationQuerySet:
        return self.filter(read_at=None)


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
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.recipient_id}"


def tell_of(message: Message) -> None:
    """Write the notifications of a message that was just posted or edited. Call inside its transaction."""
