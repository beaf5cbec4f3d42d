"""A room's past, in pages. Keyed by position, so equal times never skip or double a message."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from rooms.models.message import MessageQuerySet
    from rooms.models.room import Room

PAGE_SIZE = 40
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

    @property
    def identity(self) -> tuple[object, ...]:
        return self[1:-1]  # Who said it never changes.


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
        return cls.cut(earlier(messages))

    @classmethod
    def before(cls, messages: MessageQuerySet, position: int) -> Page:
        page = cls.cut(earlier(messages.filter(position__lt=position)))
        return page._replace(newer=position - 1)

    @classmethod
    def after(cls, messages: MessageQuerySet, position: int) -> Page:
        found = later(messages.filter(position__gt=position))
        page = cls(found[:PAGE_SIZE], older=position + 1)
        return page._replace(newer=page.messages[-1].position) if len(found) > PAGE_SIZE else page

    @classmethod
    def around(cls, messages: MessageQuerySet, position: int) -> Page:
        """A page before the position, and the message there with a page after it."""
        past = cls.cut(earlier(messages.filter(position__lt=position)))
        future = cls.after(messages, position - 1)
        return cls([*past.messages, *future.messages], past.older, future.newer)

    @classmethod
    def cut(cls, found: list[Entry]) -> Page:
        page = found[-PAGE_SIZE:]
        return cls(page, older=page[0].position if len(found) > PAGE_SIZE else None)


def earlier(messages: MessageQuerySet) -> list[Entry]:
    return read(messages.order_by("-position"))[::-1]


def later(messages: MessageQuerySet) -> list[Entry]:
    return read(messages.order_by("position"))


def read(messages: MessageQuerySet) -> list[Entry]:
    return [Entry(*row) for row in messages.values_list(*ENTRY_COLUMNS)[: PAGE_SIZE + 1]]


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
