"""A room's past, in pages. Keyed by position, so equal times never skip or double a message."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import Func, IntegerField, TextField
from django.db.models.functions import Cast

if TYPE_CHECKING:
    from rooms.models.message import MessageQuerySet
    from rooms.models.room import Room

PAGE_SIZE = 40
PAGE_WEIGHT = 21_000
"""Bytes that a page's messages may weigh, as they are kept: prose, code and links are compressed to less than half of
that on their way. The page has a message at least; where they are long, fewer fill a screen."""
BARE_WEIGHT = 250
"""Bytes that a message's fragment weighs besides, made up to what is compressed so."""
KEPT = 200
"""Messages that a log is cut down to in the browser. What goes, goes a moment after the page that it makes room for has
come, and for who scrolls fast after the next one: with both, and with those said since the last cut, it holds 300, …"""
STEP = 20
"""… as it is cut with every so manieth tick of the room while messages come."""


class Entry(NamedTuple):
    """A message's place in a page, and all that its fragment depends on: kept fragments need no more to be found."""

    position: int
    pk: int
    epoch: str
    clock: int
    author_name: str
    answered_name: str | None
    author_id: int
    size: int = 0
    """Bytes of its text and of what is shown of its links; not known of those that are not read as a page."""

    @property
    def identity(self) -> tuple[object, ...]:
        return self[1:-2]  # Who said it never changes, and its size does with its clock.


ENTRY_COLUMNS = ("position", "pk", "room__epoch", "clock", "author__name", "reply_to__author__name", "author_id")


class Edge(NamedTuple):
    """The message that a log is cut at: the first of those that stay, or the last."""

    position: int
    pk: int


class Page(NamedTuple):
    """Messages, oldest first, and the positions to go on from; None where there is nothing beyond."""

    messages: list[Entry]
    older: int | None = None
    newer: int | None = None

    @property
    def live(self) -> bool:
        """Whether it ends with the newest message, so that new ones belong after it."""
        return self.newer is None

    @classmethod
    def newest(cls, messages: MessageQuerySet) -> Page:
        return cls.earlier(messages)

    @classmethod
    def before(cls, messages: MessageQuerySet, position: int) -> Page:
        return cls.earlier(messages.filter(position__lt=position))._replace(newer=position - 1)

    @classmethod
    def after(cls, messages: MessageQuerySet, position: int, weight: float = PAGE_WEIGHT) -> Page:
        found = read(messages.filter(position__gt=position).order_by("position"))
        page = cls(found[: fitting(found, weight)], older=position + 1)
        return page._replace(newer=page.messages[-1].position) if len(found) > len(page.messages) else page

    @classmethod
    def around(cls, messages: MessageQuerySet, position: int) -> Page:
        """The message there and what comes after it, as half a page weighs at most; what was before, as what is left
        does.
        """
        future = cls.after(messages, position - 1, PAGE_WEIGHT / 2)
        past = cls.earlier(messages.filter(position__lt=position), PAGE_WEIGHT - weigh(future.messages))
        return cls([*past.messages, *future.messages], past.older, future.newer)

    @classmethod
    def earlier(cls, messages: MessageQuerySet, weight: float = PAGE_WEIGHT) -> Page:
        found = read(messages.order_by("-position"))
        page = found[: fitting(found, weight)]
        return cls(page[::-1], older=page[-1].position if len(found) > len(page) else None)


def read(messages: MessageQuerySet) -> list[Entry]:
    size = Bytes("body") + Bytes(Cast("previews", TextField()))
    return [Entry(*row) for row in messages.values_list(*ENTRY_COLUMNS, size)[: PAGE_SIZE + 1]]


def fitting(entries: Iterable[Entry], weight: float) -> int:
    """How many of these, in their order, are a page: PAGE_SIZE at most, one at least, and else no more than this."""
    count = 0
    for entry in entries:
        weight -= BARE_WEIGHT + entry.size
        if count == PAGE_SIZE or (count and weight < 0):
            break
        count += 1
    return count


def weigh(entries: Iterable[Entry]) -> int:
    return sum(BARE_WEIGHT + entry.size for entry in entries)


class Bytes(Func):
    """The bytes of a text as UTF-8. PostgreSQL and SQLite both count characters otherwise, a third of that in Japan."""

    function = "OCTET_LENGTH"
    output_field = IntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:
        return self.as_sql(
            compiler, connection, function="LENGTH", template="%(function)s(CAST(%(expressions)s AS BLOB))"
        )


class Cut(NamedTuple):
    """Where the logs of a room are cut that end with the newest message: above `edge`."""

    room: Room
    edge: Edge

    def full(self, new: int) -> int:
        """How many messages a log may hold at the least that has no place for so many new ones."""
        return max(1, KEPT + 1 - new)


def find_cut(room_id: int, since: int, clock: int) -> Cut | None:
    """None where, between these ticks, no log can have come to hold more than it may, and where none is that long."""
    from rooms.models.room import Room

    if since // STEP == clock // STEP:
        return None
    room = Room(pk=room_id)
    edge = cut(room.messages.order_by("-position"), KEPT)
    return Cut(Room.objects.get(pk=room_id), edge) if edge else None


def find_edge(room: Room, before: int | None = None, after: int | None = None) -> Edge | None:
    """Where a log is cut that grows by a page, before or after a position; None where it is not that long."""
    if before is not None:
        return cut(room.messages.filter(position__gte=before).order_by("position"), KEPT - PAGE_SIZE)
    return cut(room.messages.filter(position__lte=after).order_by("-position"), KEPT - PAGE_SIZE)


def cut(messages: MessageQuerySet, count: int) -> Edge | None:
    """The last of so many messages, where there are more."""
    found = list(messages.values_list("position", "pk")[count - 1 : count + 1])
    return Edge(*found[0]) if len(found) == 2 else None
