"""Finds, newest first and page by page, what somebody asks for among what they may read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

from django.db.models import Max

from rooms.models import Message, User
from rooms.models.dates import find_first
from rooms.models.message import MessageQuerySet
from rooms.search import index
from rooms.search.folding import fold
from rooms.search.query import Query
from rooms.search.readings import as_read
from rooms.search.terms import facet, find_kinds

PAGE_SIZE = 20
BATCH = PAGE_SIZE + 4
"""How many candidates are read at once: mostly all that are wanted."""
SHOWN = ("body", "files", "created_at", "author__name", "room__kind", "room__slug", "room__name")
"""What a hit is recognised by, and shows."""
MOST = 2_000
"""Of one request. Somebody who wants more goes on from there."""
LETTERS = 300_000
"""Of one request likewise: so many are looked through for thirty words within half a second, markup and all."""
MANY_ROOMS = 200
"""More than that are not told apart by the index."""
SHARE = 4
"""Whose rooms hold more than one in so many messages is better served without it, too."""
SKEW = timedelta(days=1)
"""Messages are numbered in the order of their times, or nearly: a clock may have been wrong."""


class Found(NamedTuple):
    """Messages, newest first. `before`: where to go on, or None; `complete`: whether the page came to its full length,
    or to the end."""

    messages: list[Message]
    before: int | None = None
    complete: bool = True


def search(user: User, query: Query, before: int | None = None) -> Found:
    """What this person asks for; `before`: the id of a message that the page stays below."""
    if query.problems or query.empty:
        return Found([])
    readable = narrow(user.get_messages().filter(erased_at=None), query)
    found: list[Message] = []
    seen = letters = 0
    for candidates in in_batches(index.find(translate(user, query, before))):
        seen += len(candidates)
        for message in read(readable, candidates):
            letters += len(message.body)
            if len(found) == PAGE_SIZE:
                return Found(found, before=found[-1].pk)
            if matches(message, query):
                found.append(message)
        if seen >= MOST or letters >= LETTERS:
            return Found(found, before=candidates[-1], complete=False)
    return Found(found)


def narrow(messages: MessageQuerySet, query: Query) -> MessageQuerySet:
    """What the rows themselves say."""
    if query.people is not None:
        messages = messages.filter(author__in=query.people)
    if query.rooms is not None:
        messages = messages.filter(room__in=query.rooms)
    if query.since:
        messages = messages.filter(created_at__gte=query.since)
    if query.until:
        messages = messages.filter(created_at__lt=query.until)
    return messages


def translate(user: User, query: Query, before: int | None) -> index.Asked:
    """The same for the index, which may find too much, never too little."""
    terms = dict.fromkeys(term for needle in query.needles for term in needle.terms)
    groups = [sorted(facet("author", pk) for pk in query.people)] if query.people is not None else []
    if rooms := choose_rooms(user, query):
        groups.append(sorted(facet("room", pk) for pk in rooms))
    everything = Message.objects.all()
    above = find_first(everything, "pk", query.since - SKEW) - 1 if query.since else 0
    below = find_first(everything, "pk", query.until + SKEW) if query.until else 1 << 62
    return index.Asked(
        [*terms, *(facet("has", kind) for kind in query.kinds)], groups, above, min(below, before or below)
    )


def choose_rooms(user: User, query: Query) -> set[int]:
    """The rooms to ask the index for; none where it is as well to look at what is found anywhere."""
    rooms = dict(user.get_rooms().values_list("pk", "clock"))
    if query.rooms is not None:
        rooms = {pk: clock for pk, clock in rooms.items() if pk in query.rooms}
    total = Message.objects.aggregate(highest=Max("pk"))["highest"] or 0
    if len(rooms) > MANY_ROOMS or sum(rooms.values()) * SHARE > total:
        return set()
    return set(rooms) or {0}  # Of nobody who is in no room anything is found.


def in_batches(pieces: Iterator[list[int]]) -> Iterator[list[int]]:
    for piece in pieces:
        for start in range(0, len(piece), BATCH):
            yield piece[start : start + BATCH]


def read(messages: MessageQuerySet, ids: list[int]) -> list[Message]:
    return list(messages.filter(pk__in=ids).select_related("author", "room").only(*SHOWN).order_by("-pk"))


def matches(message: Message, query: Query) -> bool:
    """Whether it says what the index took it for."""
    if not set(query.kinds).issubset(find_kinds(message.body, message.files)):
        return False
    written = fold(name_files(message, message.body))
    rest = [needle for needle in query.needles if not needle.finds(written)]
    # To read the markup takes longer, and mostly everything is found by now.
    read = fold(name_files(message, as_read(message.body))) if rest else ""
    return all(needle.finds(read) for needle in rest)


def name_files(message: Message, text: str) -> str:
    return "\n".join([text, *(str(file.get("name", "")) for file in message.files)])
