from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone


class Draft(models.Model):
    """What somebody has begun to write in a room. What was sent with the composer's `key` is no draft any more."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="drafts")
    room = models.ForeignKey("rooms.Room", models.CASCADE, related_name="drafts")
    key = models.CharField(max_length=80)
    body = models.TextField()
    long = models.BooleanField(default=False)
    reply_to = models.ForeignKey("rooms.Message", models.SET_NULL, null=True, related_name="+")
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "room"], name="draft_unique"),
        ]

    def __str__(self) -> str:
        return f"draft in room {self.room_id}"
