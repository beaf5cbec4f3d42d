from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

if TYPE_CHECKING:
    from rooms.models.message import Message


MOST_WORDINGS = 50
"""Kept of a message: the first, and the latest."""


class Wording(models.Model):
    """What a message said before it was edited. `written_by` wrote this wording, `replaced_at` ended it."""

    message = models.ForeignKey("rooms.Message", models.CASCADE, related_name="wordings")
    body = models.TextField()
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    written_at = models.DateTimeField()
    replaced_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["message", "replaced_at"], name="wording_history")]

    def __str__(self) -> str:
        return f"an earlier wording of message {self.message_id}"


def keep_wording(message: Message) -> None:
    """Write down what a message says, before it says something else. Call inside the transaction that changes it."""
    Wording.objects.create(
        message=message,
        body=message.body,
        written_by_id=message.edited_by_id or message.author_id,
        written_at=message.edited_at or message.created_at,
    )
    older = message.wordings.order_by("-pk").values_list("pk", flat=True)[MOST_WORDINGS - 1 :]
    if surplus := list(older)[:-1]:
        message.wordings.filter(pk__in=surplus).delete()
