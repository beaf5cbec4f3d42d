"""Puts into the index what is not in it: all that was said before there was one, newest first.

What is said meanwhile puts itself in. But while a new version takes over, the one before it goes on posting for a while
and knows of no index: so it is looked once more, later.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection, transaction
from django.db.models import Exists, Max, OuterRef

from rooms.models import Message
from rooms.search import index
from rooms.search.models import Document

WINDOW = 5_000
"""How many ids are looked through at once."""
BATCH = 200
"""How many messages are put in by one transaction: some 20 ms, in which on SQLite nobody else writes."""


def fill(batch: int = BATCH) -> Iterator[int]:
    """Index what is missing; after each batch, yield how many it were."""
    highest = Message.objects.aggregate(highest=Max("pk"))["highest"] or 0
    for start in range(highest // WINDOW * WINDOW, -1, -WINDOW):
        while found := find_missing(start, batch):
            yield put_in(found)


def find_missing(start: int, batch: int) -> list[int]:
    missing = Message.objects.filter(pk__gte=start, pk__lt=start + WINDOW, erased_at=None)
    missing = missing.exclude(Exists(Document.objects.filter(pk=OuterRef("pk"))))
    return list(missing.order_by("-pk").values_list("pk", flat=True)[:batch])


@transaction.atomic
def put_in(message_ids: list[int]) -> int:
    messages = Message.objects.filter(pk__in=message_ids, erased_at=None)
    if connection.vendor == "postgresql":
        # Nobody edits or erases one of these before it is in. SQLite has one writer: this transaction.
        messages = messages.select_for_update(of=("self",))
    index.add(messages.only("body", "room_id", "author_id", "files").order_by("pk"))
    return len(message_ids)


def is_full() -> bool:
    """Whether the oldest message is in the index, and so all that came after it."""
    oldest = Message.objects.filter(erased_at=None).order_by("pk").values_list("pk", flat=True).first()
    return oldest is None or Document.objects.filter(pk=oldest).exists()
