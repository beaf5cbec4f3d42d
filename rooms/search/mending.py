"""Puts right what the version before has edited and erased while this one took over: it knows of no index, nor of most
of what else belongs to a message.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q

from rooms.files.models import Attachment
from rooms.models import Bookmark, Message, Reaction, Room, Wording
from rooms.models.erasing import ERASED_FIELDS, clear
from rooms.outages import once_more
from rooms.search import index
from rooms.search.models import Document

WINDOW = 5_000
"""How many ids are looked through at once."""


def mend(since: datetime) -> Iterator[int]:
    """Index anew what was edited since then, and clear what was erased and is not empty; yield 1 after each."""
    highest = Message.objects.aggregate(highest=Max("pk"))["highest"] or 0
    for start in range(highest // WINDOW * WINDOW, -1, -WINDOW):
        messages = Message.objects.filter(pk__gte=start, pk__lt=start + WINDOW)
        for pk in list(messages.filter(erased_at=None, edited_at__gte=since).values_list("pk", flat=True)):
            index_anew(pk)
            yield 1
        kept = [Exists(model.objects.filter(message=OuterRef("pk"))) for model in (Attachment, Reaction, Wording)]
        kept += [Exists(model.objects.filter(message=OuterRef("pk"))) for model in (Bookmark, Document)]
        left = ~Q(html="") | Q(pinned_at__isnull=False)
        for exists in kept:
            left |= Q(exists)
        for pk in list(messages.filter(left, erased_at__isnull=False).values_list("pk", flat=True)):
            empty(pk)
            yield 1


@once_more
@transaction.atomic
def index_anew(message_id: int) -> None:
    messages = Message.objects.select_for_update(no_key=True).filter(pk=message_id, erased_at=None)
    for message in messages:
        index.remove(message)
        index.add([message])


@once_more
@transaction.atomic
def empty(message_id: int) -> None:
    """No tick: nobody has been shown what goes."""
    message = Message.objects.get(pk=message_id)
    Room.objects.select_for_update().get(pk=message.room_id)
    clear(message)
    message.save(update_fields=ERASED_FIELDS)
