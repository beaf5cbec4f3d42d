"""Which messages are indexed, and what people have looked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

if TYPE_CHECKING:
    from rooms.models import User


class Document(models.Model):
    """A message that is in the index. On PostgreSQL its row has the index's column, too; see rooms.search.index."""

    message = models.OneToOneField("rooms.Message", models.CASCADE, primary_key=True, related_name="+")

    def __str__(self) -> str:
        return f"message {self.pk} in the index"


class RecentQuerySet(models.QuerySet["Recent"]):
    def note(self, user: User, text: str) -> None:
        """Keep what somebody has looked for: the last ten, each once."""
        with transaction.atomic():
            self.update_or_create(user=user, text=text, defaults={"used_at": timezone.now()})
            kept = self.filter(user=user).values_list("pk", flat=True)[: Recent.KEPT]
            self.filter(user=user).exclude(pk__in=list(kept)).delete()


class Recent(models.Model):
    KEPT = 10
    MAX_LENGTH = 200

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="recent_searches")
    text = models.CharField(max_length=MAX_LENGTH)
    used_at = models.DateTimeField(default=timezone.now)

    objects = RecentQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-used_at", "-pk"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "text"], name="recent_search_unique")]

    def __str__(self) -> str:
        return self.text
