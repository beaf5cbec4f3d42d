"""What people were told by mail about answers of theirs."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models, transaction
from django.utils import timezone

if TYPE_CHECKING:
    from rooms.models import User

DAY = timedelta(days=1)
LIMIT = 5
"""Such mails to one person in a day: whatever goes round in a circle comes to an end."""

KEPT = timedelta(days=7)
"""For how long a mail is known again. Mail servers give up sooner."""


class NoticeManager(models.Manager["Notice"]):
    @transaction.atomic
    def note(self, user: User, key: str) -> Notice | None:
        """Note that somebody is about to be told of a mail of theirs; None where they were, or have heard enough."""
        now = timezone.now()
        get_user_model().objects.select_for_update(no_key=True).get(pk=user.pk)
        self.filter(told_at__lte=now - KEPT).delete()
        told = self.filter(user=user)
        if told.filter(key=key).exists() or told.filter(told_at__gt=now - DAY).count() >= LIMIT:
            return None
        return self.create(user=user, key=key, told_at=now)


class Notice(models.Model):
    """That somebody was told why an answer of theirs was not said: once for each mail, however often it comes."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    key = models.CharField(max_length=80)
    told_at = models.DateTimeField(db_index=True)

    objects: ClassVar[NoticeManager] = NoticeManager()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "key"], name="notice_unique")]

    def __str__(self) -> str:
        return f"{self.key} to {self.user_id}"
