"""Where people want to be reached, and what waits to be sent there."""

from __future__ import annotations

import base64
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms.outages import once_more

if TYPE_CHECKING:
    from datetime import datetime

    from rooms.models import User

LIMIT = 5
"""Targets a person may have."""


class TooManyTargets(Exception):
    """The person has LIMIT of them."""


class TargetQuerySet(models.QuerySet["Target"]):
    def working(self) -> TargetQuerySet:
        return self.filter(disabled_at=None)

    def add(self, user: User, kind: str, **choices: Any) -> Target:
        """Let a person be reached there; the same address again is the target that it was, in working order.

        Raises TooManyTargets.
        """
        same = {"user": user, "kind": kind, "url": choices.pop("url", "")}
        known = self.filter(**same).first()
        if known is None:
            with transaction.atomic():
                # Or two at once would be one too many. No target is changed under this lock: see `_disable`.
                get_user_model().objects.select_for_update(no_key=True).get(pk=user.pk)
                known = self.filter(**same).first()
                if known is None:
                    if self.filter(user=user).count() >= LIMIT:
                        raise TooManyTargets
                    secret = make_secret() if kind == Target.Kind.WEBHOOK else ""
                    return self.create(**same, **choices, secret=secret)
        known.change(**choices)
        return known


def make_secret() -> str:
    """A key for signatures, as the Standard Webhooks specification writes them."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"


class Target(models.Model):
    """A way to reach one person who is not looking."""

    class Kind(models.TextChoices):
        EMAIL = "email", _("E-mail")
        PUSH = "push", _("ntfy or UnifiedPush")
        WEBHOOK = "webhook", _("Webhook")

    class Scope(models.TextChoices):
        MINE = "mine", _("What is meant for me: mentions, replies, direct messages, invitations")
        EVERYTHING = "everything", _("That, and every message in rooms I set to “Everything”")

    class Delay(models.IntegerChoices):
        """Seconds that something stays unread before it goes out."""

        AT_ONCE = 0, _("at once")
        TEN_SECONDS = 10, _("after 10 seconds")
        MINUTE = 60, _("after a minute")
        QUARTER = 900, _("after 15 minutes")
        HOUR = 3600, _("after an hour")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="targets")
    kind = models.CharField(max_length=8, choices=Kind)
    url = models.CharField(max_length=500, blank=True)
    secret = models.CharField(max_length=80, blank=True)
    scope = models.CharField(_("what goes there"), max_length=10, choices=Scope, default=Scope.MINE)
    delay = models.PositiveIntegerField(_("when"), choices=Delay, default=Delay.TEN_SECONDS)
    content_free = models.BooleanField(_("say only where something is new, not what"), default=False)
    created_at = models.DateTimeField(default=timezone.now)

    confirmed = models.CharField(max_length=254, blank=True)
    """Of an e-mail, the address whose owner has confirmed it: another one than this gets nothing."""

    sent_at = models.DateTimeField(null=True)
    failures = models.PositiveSmallIntegerField(default=0)
    """How often in a row it could not be reached."""
    outages = models.PositiveSmallIntegerField(default=0, db_default=0)
    """How often in a row nothing could be sent from here, which is no fault of the target."""
    retry_at = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=200, blank=True)
    """What went wrong last, in the owner's language; empty when nothing did."""
    disabled_at = models.DateTimeField(null=True)
    busy_until = models.DateTimeField(null=True)
    """The lease of whoever is sending there."""

    objects: ClassVar[models.Manager[Target]] = TargetQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "kind", "url"], name="target_unique")]
        indexes: ClassVar = [
            models.Index(fields=["user"], condition=models.Q(scope="everything"), name="target_everything")
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.user_id}"

    @property
    def is_confirmed(self) -> bool:
        return self.kind != self.Kind.EMAIL or (bool(self.user.email) and self.confirmed == self.user.email)

    def confirm(self, address: str) -> None:
        """Whoever reads the mail of this address wants it. What came before is not sent."""
        if self.confirmed != address:
            self.confirmed, self.created_at = address, timezone.now()
            self.save(update_fields=["confirmed", "created_at"])

    @property
    def cool_down(self) -> timedelta:
        """After it was told, and as long as nobody came back, a room is silent for so long."""
        return timedelta(hours=1) if self.kind == self.Kind.EMAIL else timedelta(minutes=10)

    @transaction.atomic
    def change(self, **choices: Any) -> None:
        """Have other choices, and be in working order."""
        self.repair()
        for name, value in choices.items():
            setattr(self, name, value)
        self.save(update_fields=list(choices))

    def repair(self) -> None:
        """Take back whatever was held against it. What came while it was disabled is not sent."""
        if self.disabled_at:
            self.created_at = timezone.now()
        self.failures = self.outages = 0
        self.disabled_at, self.retry_at, self.trouble = None, None, ""
        self.save(update_fields=["disabled_at", "failures", "outages", "retry_at", "trouble", "created_at"])

    def disable(self, trouble: str) -> None:
        """Send nothing there any more, and tell the owner."""
        self._disable(trouble)
        # Whoever tells the owner something locks bursts before the owner; in one transaction this were the reverse.
        self.bursts.exclude(target__disabled_at=None).delete()

    @once_more
    @transaction.atomic
    def _disable(self, trouble: str) -> None:
        """Locks the target, then the owner: nobody who holds an owner's lock waits for a target, but who closes an
        account, and of those two this one does it once more.
        """
        from rooms.outside.notes import tell_of_disabled

        self.disabled_at, self.trouble = timezone.now(), trouble[:200]
        if Target.objects.filter(pk=self.pk, disabled_at=None).update(
            disabled_at=self.disabled_at, trouble=self.trouble, busy_until=None
        ):
            tell_of_disabled(self)


class Question(models.Model):
    """That an address was asked by mail whether it wants any. Outlives the target, or removing it would begin anew."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    address = models.CharField(max_length=254, db_index=True)
    asked_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.user_id} at {self.asked_at}"


class Burst(models.Model):
    """What is new for one target in one room, or in none: when it is due, and what has been told already."""

    target = models.ForeignKey(Target, models.CASCADE, related_name="bursts")
    room = models.ForeignKey("rooms.Room", models.CASCADE, null=True, related_name="+")
    place = models.PositiveBigIntegerField()
    """The room's id, or 0: what is null is never the same twice, and there is one row for each target and place."""
    events = models.PositiveIntegerField(default=1)
    """Counts what has come, so that a sender notices what comes while it gathers."""
    due_at = models.DateTimeField(null=True, db_index=True)
    """When to look whether it is still unread; None where nothing waits."""
    told_up_to = models.PositiveBigIntegerField(default=0)
    """The highest id of a notification that was told. A mark, which forgets nothing as a list does that has an end."""
    told_position = models.PositiveBigIntegerField(default=0)
    """The position of the newest message that was told; none before it is told for its own sake."""
    seen_position = models.PositiveBigIntegerField(default=0)
    """How far the owner had read the room when it was told."""
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["target", "place"], name="burst_unique")]

    def __str__(self) -> str:
        return f"{self.target_id} in {self.place}"

    def postpone(self, until: datetime) -> None:
        """Look again then; what comes meanwhile is part of it."""
        Burst.objects.filter(pk=self.pk).exclude(due_at=None).update(due_at=until)


class Told(models.Model):
    """That a message was told, kept when it names its recipient no more: edited out and in again it is no news.

    Not for ever: see `rooms.outside.delivery.forget_told`.
    """

    burst = models.ForeignKey(Burst, models.CASCADE, related_name="told")
    message_id = models.PositiveBigIntegerField()
    """No foreign key, or whoever erases would look here: a message that is gone is told by nobody."""
    sent_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["burst", "message_id"], name="told_unique")]

    def __str__(self) -> str:
        return f"{self.message_id} in {self.burst_id}"


class Subscription(models.Model):
    """The address of a person's notifications as a feed: whoever knows it may read them."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="subscription")
    token = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"feed of {self.user_id}"

    @classmethod
    def renew(cls, user: User) -> Subscription:
        """Give a person's feed an address that nobody knows; the former one is gone."""
        made = {"token": secrets.token_urlsafe(32), "created_at": timezone.now()}
        return cls.objects.update_or_create(user=user, defaults=made)[0]


def forget(user: User) -> None:
    """Reach a person nowhere any more."""
    Target.objects.filter(user=user).delete()
    Subscription.objects.filter(user=user).delete()
