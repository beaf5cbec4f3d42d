from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

if TYPE_CHECKING:
    from rooms.models.user import User


class BookmarkQuerySet(models.QuerySet["Bookmark"]):
    def readable(self, user: User) -> BookmarkQuerySet:
        """Somebody's bookmarks of what they may still read, the latest first."""
        found = self.filter(user=user, message__room__memberships__user=user, message__erased_at=None)
        return found.select_related("message__author", "message__room").order_by("-pk")


class Bookmark(models.Model):
    """A message that somebody wants to find again. Nobody else knows."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="bookmarks")
    message = models.ForeignKey("rooms.Message", models.CASCADE, related_name="bookmarks")
    created_at = models.DateTimeField(default=timezone.now)

    objects = BookmarkQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "message"], name="bookmark_unique"),
        ]

    def __str__(self) -> str:
        return f"bookmark of message {self.message_id}"
