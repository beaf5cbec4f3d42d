from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone


class Bookmark(models.Model):
    """A message that somebody wants to find again. Nobody else knows."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="bookmarks")
    message = models.ForeignKey("rooms.Message", models.CASCADE, related_name="bookmarks")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "message"], name="bookmark_unique"),
        ]

    def __str__(self) -> str:
        return f"bookmark of message {self.message_id}"
