"""The index in SQLite: FTS5 without contents and without positions. A term is a word of eight digits.

FTS5 has to be told what it is to forget, and takes anything else for a broken file. So a digest of that is
kept: where it is not known any more, what is left in the index leads to a message that does not say it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING
from zlib import crc32

from django.db import connection

if TYPE_CHECKING:
    from rooms.search.index import Asked

FIRST, MOST = 100, 1_000
"""How many are read at once: the first time, and at most."""

CREATE = (
    "ALTER TABLE search_document ADD COLUMN digest integer NOT NULL DEFAULT 0",
    "CREATE VIRTUAL TABLE search_terms USING fts5(terms, content='', columnsize=0, detail='none', tokenize='ascii')",
)
DROP = "DROP TABLE search_terms"
EMPTY = ("DELETE FROM search_document", "INSERT INTO search_terms (search_terms) VALUES ('delete-all')")


def add(documents: Iterable[tuple[int, frozenset[int]]]) -> None:
    with connection.cursor() as cursor:
        for message_id, terms in documents:
            spelled = spell(terms)
            note = "INSERT OR IGNORE INTO search_document (message_id, digest) VALUES (%s, %s)"
            cursor.execute(note, [message_id, crc32(spelled.encode())])
            if cursor.rowcount:
                cursor.execute("INSERT INTO search_terms (rowid, terms) VALUES (%s, %s)", [message_id, spelled])


def remove(message_id: int, terms: frozenset[int]) -> None:
    spelled, document = spell(terms), "DELETE FROM search_document WHERE message_id = %s"
    with connection.cursor() as cursor:
        cursor.execute(f"{document} AND digest = %s", [message_id, crc32(spelled.encode())])
        if cursor.rowcount:
            command = "INSERT INTO search_terms (search_terms, rowid, terms) VALUES ('delete', %s, %s)"
            cursor.execute(command, [message_id, spelled])
        else:
            cursor.execute(document, [message_id])


def find(asked: Asked) -> Iterator[list[int]]:
    """FTS5 walks from the newest on and goes from one term's next message to the other's: it stops where it is told."""
    expression, below, limit = match(asked), asked.below, FIRST
    table, column = ("search_terms", "rowid") if expression else ("search_document", "message_id")
    condition = "search_terms MATCH %s AND" if expression else ""
    query = f"SELECT {column} FROM {table} WHERE {condition} {column} > %s AND {column} < %s ORDER BY 1 DESC LIMIT %s"  # noqa: S608
    while True:
        with connection.cursor() as cursor:
            cursor.execute(query, [*filter(None, [expression]), asked.above, below, limit])
            found = [message_id for (message_id,) in cursor.fetchall()]
        if found:
            yield found
        if len(found) < limit:
            return
        below, limit = found[-1], min(limit * 3, MOST)


def match(asked: Asked) -> str:
    groups = [f"({' OR '.join(map(quote, group))})" for group in asked.groups]
    return " AND ".join([*map(quote, asked.terms), *groups])


def quote(term: int) -> str:
    return f'"{spell([term])}"'


def spell(terms: Iterable[int]) -> str:
    return " ".join(f"{term & 0xFFFFFFFF:08x}" for term in sorted(terms))
