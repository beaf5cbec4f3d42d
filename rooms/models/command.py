from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone


class Command(models.Model):
    """What somebody had done by a command, such as `/topic`. The same again, by the same key, is not done again."""

    KEPT_DAYS = 30

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
