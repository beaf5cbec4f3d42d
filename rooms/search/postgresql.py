"""The index in PostgreSQL: an array of terms for each message, and a GIN index of it. It needs no extension.

GIN knows no order, so a message has two terms more, for the block and the stretch of ids that it is in. What is
frequent is then read block by block from the newest on, and what is rare stretch by stretch.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import Max, Min

from rooms.search.terms import facet

if TYPE_CHECKING:
    from rooms.search.index import Asked

BLOCK, STRETCH = 14, 18
"""Bits of an id: 16,384 messages, 262,144 messages."""
MOST = 1_000
"""So many in a stretch are read at once. Where there are more they are read block by block."""

# Small, since every search reads all that is not sorted in yet, and whoever fills it up sorts it in.
CREATE = (
    "ALTER TABLE search_document ADD COLUMN terms integer[] NOT NULL",
    "CREATE INDEX search_terms ON search_document USING gin (terms) WITH (gin_pending_list_limit = 256)",
)
EMPTY = ("TRUNCATE search_document",)

# Materialised: else the planner takes an order and a limit as a reason to walk through all messages.
SOME = "SELECT message_id FROM search_document WHERE {condition} LIMIT %s"
NEWEST = """
WITH found AS MATERIALIZED (SELECT message_id FROM search_document WHERE {condition})
SELECT message_id FROM found WHERE message_id > %s AND message_id < %s ORDER BY message_id DESC
"""


def add(documents: Iterable[tuple[int, frozenset[int]]]) -> None:
    rows = [(message_id, [*terms, *place(message_id)]) for message_id, terms in documents]
    with connection.cursor() as cursor:
        insert = "INSERT INTO search_document (message_id, terms) VALUES (%s, %s) ON CONFLICT DO NOTHING"
        cursor.executemany(insert, rows)


def remove(message_id: int, terms: frozenset[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM search_document WHERE message_id = %s", [message_id])


def place(message_id: int) -> list[int]:
    return [facet("stretch", message_id >> STRETCH), facet("block", message_id >> BLOCK)]


def find(asked: Asked) -> Iterator[list[int]]:
    from rooms.search.models import Document

    ends = Document.objects.aggregate(first=Min("pk"), last=Max("pk"))
    if ends["last"] is None:
        return
    first, last = max(ends["first"], asked.above + 1), min(ends["last"], asked.below - 1)
    if asked.groups:  # Of few rooms or people: mostly they alone leave little, and stretches would only add to that.
        some = read(SOME, asked, [], MOST)
        if len(some) < MOST:
            yield order(some, first, last)
            return
    newest = last >> BLOCK
    for block in (newest, newest - 1):  # What is frequent fills a page from these.
        yield read_block(asked, block, first, last)
    yield from find_far(asked, first, min(last, ((newest - 1) << BLOCK) - 1))


def find_far(asked: Asked, first: int, last: int) -> Iterator[list[int]]:
    for stretch in range(last >> STRETCH, (first >> STRETCH) - 1, -1):
        some = read(SOME, asked, [facet("stretch", stretch)], MOST)
        if len(some) < MOST:
            yield order(some, first, last)
            continue
        lowest, highest = max(first, stretch << STRETCH), min(last, ((stretch + 1) << STRETCH) - 1)
        for block in range(highest >> BLOCK, (lowest >> BLOCK) - 1, -1):
            yield read_block(asked, block, lowest, highest)


def read_block(asked: Asked, block: int, first: int, last: int) -> list[int]:
    return read(NEWEST, asked, [facet("block", block)], first - 1, last + 1)


def order(found: list[int], first: int, last: int) -> list[int]:
    return sorted((one for one in found if first <= one <= last), reverse=True)


def read(query: str, asked: Asked, within: list[int], *values: int) -> list[int]:
    condition = " AND ".join(["terms @> %s::int4[]", *["terms && %s::int4[]"] * len(asked.groups)])
    with connection.cursor() as cursor:
        cursor.execute(query.format(condition=condition), [[*asked.terms, *within], *map(list, asked.groups), *values])
        return [message_id for (message_id,) in cursor.fetchall()]
