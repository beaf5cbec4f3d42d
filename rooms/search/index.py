"""What is written into the index and read from it: FTS5 on SQLite, a GIN index of numbers on PostgreSQL.

Neither keeps the texts. Both find what has all of some terms and one of others, without reading what has only some of
them: the room is a term as well, so a frequent word costs no more in three small rooms than the rooms have messages.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from django.db import connection

from rooms.search import postgresql, sqlite
from rooms.search.terms import terms_of

if TYPE_CHECKING:
    from rooms.models import Message


class Asked(NamedTuple):
    """All of these terms, and of each of these groups one, in messages whose ids lie between (neither included)."""

    terms: Sequence[int]
    groups: Sequence[Sequence[int]] = ()
    above: int = 0
    below: int = 1 << 62


class Engine(Protocol):
    def add(self, documents: Iterable[tuple[int, frozenset[int]]]) -> None: ...
    def remove(self, message_id: int, terms: frozenset[int]) -> None: ...
    def find(self, asked: Asked) -> Iterator[list[int]]: ...


def engine() -> Engine:
    return postgresql if connection.vendor == "postgresql" else sqlite


def add(messages: Iterable[Message]) -> None:
    """Index these messages, in the transaction that makes them or changes their text. Those that are in it stay."""
    engine().add([(message.pk, terms_of_message(message)) for message in messages])


def remove(message: Message) -> None:
    """Take a message out, in the transaction that then changes its text or its files."""
    from rooms.models import Message
    from rooms.search.models import Document

    # Whoever fills the index may just be putting it in. That is over, or begins anew, once its row is locked.
    list(Message.objects.select_for_update(no_key=True).filter(pk=message.pk).values_list("pk"))
    if Document.objects.filter(pk=message.pk).exists():
        # As it stands in its row: what is taken out is what was put in.
        stored = Message.objects.only("body", "room_id", "author_id", "files").get(pk=message.pk)
        engine().remove(message.pk, terms_of_message(stored))


def find(asked: Asked) -> Iterator[list[int]]:
    """The ids of what may be meant, newest first, in pieces: each is read from the database when it is asked for."""
    return filter(None, engine().find(asked))


def terms_of_message(message: Message) -> frozenset[int]:
    return terms_of(message.body, message.room_id, message.author_id, message.files)
