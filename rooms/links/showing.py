"""From a message's text to the previews it shows: rows beside it, and what its own row says of them.

Every function here is called inside a transaction that holds the room's lock. Cards are locked last, one at a time, in
the order of their ids.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import F, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from rooms.links.finding import find_urls
from rooms.links.models import Card, Preview

if TYPE_CHECKING:
    from rooms.models import Message, User

PACE, PACE_TIME = 60, timedelta(hours=1)
"""Pages that one person may have read in that time. Further links are links."""


def preview(message: Message) -> None:
    """Give a message that was just posted what its links show. One whose text has none costs nothing."""
    if settings.LINK_PREVIEWS and (urls := find_urls(message)):
        link(message, urls)
        message.previews = describe(message)
        message.save(update_fields=["previews"])


def preview_again(message: Message) -> None:
    """Bring the previews in line with an edited text; the caller saves them. What was removed stays away."""
    urls = find_urls(message)
    if urls or message.previews:
        message.links.filter(removed_at=None).exclude(card__url__in=urls).delete()
        known = dict(message.links.values_list("card__url", "pk"))
        for place, url in enumerate(urls):
            if url in known:
                message.links.filter(pk=known[url]).update(place=place)
        if settings.LINK_PREVIEWS:
            link(message, urls, known)
        message.previews = describe(message)


def link(message: Message, urls: Sequence[str], known: dict[str, int] | None = None) -> None:
    places = {url: place for place, url in enumerate(urls) if url not in (known or {})}
    cards = find_cards(list(places), message.author)
    rows = [Preview(message=message, card=cards[url], place=place) for url, place in places.items() if url in cards]
    for row in rows:
        row.told = row.card.read_at is not None
    Preview.objects.bulk_create(rows)


def find_cards(urls: Sequence[str], author: User) -> dict[str, Card]:
    """Cards for these pages: those that were read lately, those that are being read, and new ones."""
    cards = Card.objects.usable(urls)
    missing = sorted(set(urls) - cards.keys())
    if missing and (few := missing[: find_allowance(author)]):
        now = timezone.now()
        # Somebody in another room may be the first.
        Card.objects.bulk_create(
            [Card(url=url, asked_by=author, asked_at=now, asks=0, due_at=now) for url in few], ignore_conflicts=True
        )
        cards = Card.objects.usable(urls)
    for card in sorted(cards.values(), key=lambda card: card.pk):
        # Whoever reads it waits for us here, or we for them: then it may be that there is nothing to wait for any more.
        due = Coalesce("due_at", Value(timezone.now()))
        if card.read_at is None:
            Card.objects.filter(pk=card.pk).update(asks=F("asks") + 1, due_at=due)
            card.refresh_from_db()
    return cards


def find_allowance(author: User) -> int:
    """How many pages somebody may have read just now."""
    asked = Card.objects.filter(asked_by=author, asked_at__gt=timezone.now() - PACE_TIME).count()
    return max(PACE - asked, 0)


def describe(message: Message) -> list[dict[str, Any]]:
    """What its row says: cards with something to show, and places kept for those that are being read."""
    rows = message.links.filter(removed_at=None).select_related("card").order_by("place", "pk")
    return [row.describe() for row in rows if row.card.read_at is None or row.card.title]
