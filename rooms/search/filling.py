"""Puts into the index what is not in it: all that was said before there was one, newest first.

What is said meanwhile puts itself in. But while a new version takes over, the one before it goes on posting for a while
and knows of no index: so it is looked once more, later.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, TextField
from django.db.models.functions import Cast, Length

from rooms.models import Message
from rooms.search import index
from rooms.search.models import Document

WINDOW = 5_000
"""How many ids are looked through at once."""
BATCH = 200
"""How many messages are put in by one transaction: some 20 ms, in which on SQLite nobody else writes."""
LETTERS = 50_000
"""How many letters those messages have, or it is but one: 200 of the longest would hold up everybody for seconds."""


def fill(batch: int = BATCH) -> Iterator[int]:
    """Index what is missing; after each batch, yield how many it were."""
    highest = Message.objects.aggregate(highest=Max("pk"))["highest"] or 0
    for start in range(highest // WINDOW * WINDOW, -1, -WINDOW):
        while found := find_missing(start, batch):
            yield put_in(found)


def find_missing(start: int, batch: int) -> list[int]:
    missing = Message.objects.filter(pk__gte=start, pk__lt=start + WINDOW, erased_at=None)
    missing = missing.exclude(Exists(Document.objects.filter(pk=OuterRef("pk"))))
    size = Length("body") + Length(Cast("files", TextField()))
    sizes = list(missing.order_by("-pk").values_list("pk", size)[:batch])
    totals = accumulate(letters for _, letters in sizes)
    return [pk for at, ((pk, _), total) in enumerate(zip(sizes, totals, strict=True)) if not at or total <= LETTERS]


def put_in(message_ids: list[int]) -> int:
    """Index these messages, and return how many it were: others have changed meanwhile, and are missing still.

    What takes long, to cut the texts into terms, is done before the transaction.
    """
    messages = Message.objects.filter(pk__in=message_ids, erased_at=None).order_by("pk")
    read = {message.pk: message for message in messages.only("body", "room_id", "author_id", "files", "clock")}
    documents = {pk: (pk, index.terms_of_message(message)) for pk, message in read.items()}
    with transaction.atomic():
        # Whoever edits one of these has its row's lock. To wait for it, holding others, might be to wait for ever.
        locked = messages.select_for_update(no_key=True, skip_locked=True).values_list("pk", "clock")
        unchanged = [documents[pk] for pk, clock in locked if pk in read and read[pk].clock == clock]
        index.engine().add(unchanged)
    return len(unchanged)


def is_full() -> bool:
    """Whether the oldest message is in the index, and so all that came after it."""
    oldest = Message.objects.filter(erased_at=None).order_by("pk").values_list("pk", flat=True).first()
    return oldest is None or Document.objects.filter(pk=oldest).exists()
