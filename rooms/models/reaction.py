from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone


class Reaction(models.Model):
    """What somebody says of a message in an emoji, or a word."""

    MAX_LENGTH = 16

    message = models.ForeignKey("rooms.Message", models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    content = models.CharField(max_length=64)  # In code points: some emoji are ten of them.
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["message", "user", "content"], name="reaction_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.content} for message {self.message_id}"
