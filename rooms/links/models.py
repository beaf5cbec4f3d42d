"""What messages show of the pages that they link to."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from rooms.outages import once_more

if TYPE_CHECKING:
    from rooms.models import Message

FRESH, FRESH_FAILURE = timedelta(days=1), timedelta(minutes=10)
"""For how long a page that was read is not asked again."""


class CardQuerySet(models.QuerySet["Card"]):
    def usable(self, urls: Collection[str]) -> dict[str, Card]:
        """Cards that say what these pages say now, or soon will, by URL."""
        now = timezone.now()
        fresh = Q(read_at__gt=now - FRESH) & ~Q(title="")
        cards = self.filter(Q(read_at=None) | fresh | Q(read_at__gt=now - FRESH_FAILURE), url__in=urls)
        return {card.url: card for card in cards.order_by("pk")}


class Card(models.Model):
    """A page elsewhere as it was when it was read, once for all messages that link to it in that time."""

    url = models.CharField(max_length=1000)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    asks = models.PositiveIntegerField(default=1)
    """Counts the messages that wait for it, so that a reader notices those that come while it reads."""
    due_at = models.DateTimeField(null=True)
    """Since when something is to be done: to read the page, or to tell messages of it. None where nothing is."""
    busy_until = models.DateTimeField(null=True)
    """The lease of whoever does it."""
    tries = models.PositiveSmallIntegerField(default=0, db_default=0)
    """How often that has ended in an error of ours."""
    read_at = models.DateTimeField(null=True)
    address = models.CharField(max_length=2000, blank=True)
    """Where redirects have led."""
    title = models.CharField(max_length=200, blank=True)
    """Empty where there is nothing to show, for whatever reason: nobody is told why."""
    description = models.CharField(max_length=300, blank=True)
    image = models.ForeignKey("files.Blob", models.PROTECT, null=True, related_name="+")
    image_type = models.CharField(max_length=40, blank=True)

    objects: ClassVar[CardQuerySet] = CardQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["url"], condition=Q(read_at=None), name="card_unread")]
        indexes: ClassVar = [
            models.Index(fields=["url", "read_at"], name="card_url"),
            models.Index(fields=["asked_by", "asked_at"], name="card_pace"),
            models.Index(fields=["due_at"], name="card_due", condition=Q(due_at__isnull=False)),
            models.Index(fields=["read_at"], name="card_age"),
        ]

    def __str__(self) -> str:
        return self.url


class Preview(models.Model):
    """That a message shows a card, or did before somebody took it away: then it never does again."""

    message = models.ForeignKey("rooms.Message", models.CASCADE, related_name="links")
    card = models.ForeignKey(Card, models.CASCADE, related_name="previews")
    place = models.PositiveSmallIntegerField()
    told = models.BooleanField(default=False)
    """Whether the message knows what the card says."""
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["message", "card"], name="preview_unique")]
        indexes: ClassVar = [models.Index(fields=["card"], name="preview_untold", condition=Q(told=False))]

    def __str__(self) -> str:
        return f"{self.card_id} in message {self.message_id}"

    def describe(self) -> dict[str, Any]:
        """What the message's own row holds of it: see Message.previews."""
        card = self.card
        if card.read_at is None:
            return {"id": self.pk, "host": find_host(card.url)}
        facts = {"id": self.pk, "host": find_host(card.address), "url": card.address, "title": card.title}
        return facts | {"description": card.description, "image": card.image_id is not None}

    @once_more
    @transaction.atomic
    def remove(self) -> None:
        """Take it away for everybody. Raises Archived."""
        from rooms.links.showing import describe

        message: Message = self.message
        message._lock()
        if Preview.objects.filter(pk=self.pk, removed_at=None).update(removed_at=timezone.now()):
            message.previews = describe(message)
            message._stamp("previews")


def find_host(url: str) -> str:
    """The name a link leads to, as browsers show it: not what the page calls itself."""
    return url.partition("://")[2].partition("/")[0].partition("?")[0].removeprefix("www.")[:100]
