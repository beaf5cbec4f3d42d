"""Reading a page, once for all messages that link to it, and telling them."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from rooms.files.models import Blob
from rooms.links.fetching import Found, fetch
from rooms.links.models import FRESH, Card, Preview
from rooms.links.showing import describe
from rooms.live.failpoints import reach
from rooms.outages import once_more
from rooms.pool import give_back_connections

logger = logging.getLogger("rooms.links")

LEASE = timedelta(minutes=2)
"""Longer than a card waits in line, and than a page and the decoding of its image take together."""

TRIES, PAUSE = 5, timedelta(minutes=1)
"""How often a card is taken up that ends in an error, and by how much later each time than before."""

AT_ONCE = 500


def is_due() -> bool:
    return Card.objects.filter(due_at__lte=timezone.now()).exists()


def lease_due(limit: int) -> list[tuple[int, datetime]]:
    """Take cards with which something is to be done, at most so many; return their ids and leases."""
    now = timezone.now()
    free = Q(busy_until=None) | Q(busy_until__lte=now)
    due = Card.objects.filter(free, due_at__lte=now).order_by("due_at").values_list("pk", flat=True)
    return [
        (pk, now + LEASE) for pk in list(due[:limit]) if Card.objects.filter(free, pk=pk).update(busy_until=now + LEASE)
    ]


def unfurl(card_id: int, lease: datetime) -> None:
    """Read a card's page, if nobody has, and tell the messages that wait for it, if the lease is still ours."""
    card = Card.objects.filter(pk=card_id, busy_until=lease).first()
    if card is None:
        return
    mine = Card.objects.filter(pk=card.pk, busy_until=lease)
    try:
        if card.read_at is None:
            if not keep(card, read(card.url)):
                return  # It took too long: whoever has the lease now tells what they read.
            reach("links.read")
        for message_id in list(Preview.objects.filter(card=card, told=False).values_list("message_id", flat=True)):
            show(message_id)
        # Who has come since we looked is still to be told.
        mine.filter(asks=card.asks).update(due_at=None)
    except Exception:
        postpone(mine, card.tries + 1)
        raise
    finally:
        mine.update(busy_until=None)


def postpone(mine: QuerySet[Card], tries: int) -> None:
    """Try a card again later, each time later than before. After a few times it says nothing, and is left alone."""
    if tries < TRIES:
        mine.update(tries=tries, due_at=timezone.now() + tries * PAUSE)
    else:
        mine.update(tries=tries, due_at=None, read_at=Coalesce("read_at", Value(timezone.now())))


def read(url: str) -> Found | None:
    if not settings.LINK_PREVIEWS:
        return None
    give_back_connections()  # Others are not to wait until a stranger's server has answered.
    try:
        return fetch(url)
    except Exception:
        # A fault of ours. To fail again and again would keep its place in the message for ever.
        logger.exception("Could not read a page")
        return None


def keep(card: Card, found: Found | None) -> bool:
    """Write down what a page says, or that it says nothing; False where the lease has passed to somebody else."""
    blob = store(found.image) if found and found.image else None
    facts: dict[str, Any] = {}
    if found:
        facts |= {"address": found.address, "title": found.title, "description": found.description}
    if found and blob:
        facts |= {"image": blob, "image_type": found.image_type}
    with transaction.atomic():
        mine = Card.objects.filter(pk=card.pk, busy_until=card.busy_until, read_at=None)
        kept = mine.update(read_at=timezone.now(), **facts) > 0
        if kept and blob:
            Blob.keep([blob])
    return kept


def store(image: bytes) -> Blob | None:
    try:
        return Blob.store(image)
    except OSError as error:
        logger.warning("Could not store an image: %r", error)
        return None


@once_more
@transaction.atomic
def show(message_id: int) -> None:
    """Let a message say what its cards say. It is nobody's doing, so that of an archived room it may still be."""
    from rooms.models import Message, Room

    message = Message.objects.select_related("room").filter(pk=message_id).first()
    if message is None:
        return
    Room.objects.select_for_update(no_key=True).get(pk=message.room_id)
    message.refresh_from_db(fields=["previews", "clock", "erased_at"])
    message.links.filter(card__read_at__isnull=False).update(told=True)
    previews = [] if message.erased_at else describe(message)
    if previews != message.previews:
        message.previews = previews
        message._stamp("previews")


def sweep() -> None:
    """Delete cards that no message shows any more, with their images. Any number of processes may do so at once."""
    old = Card.objects.filter(read_at__lt=timezone.now() - 2 * FRESH, previews=None)
    for pk in list(old.values_list("pk", flat=True)[:AT_ONCE]):
        with transaction.atomic():
            # Nobody begins to show it meanwhile: it is too old to be usable.
            card = Card.objects.select_for_update().filter(pk=pk).first()
            if card:
                card.delete()
                Blob.discard([card.image_id] if card.image_id else [])
