"""People who seem to have a shared topic before their eyes, by what another process says of its sockets.

Their page there may show the past, or be dead. So they are left out when the topic is read, and asked about when that
process has had the time to note what they see (rooms.live.seeing).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from rooms.live.feed import Position

if TYPE_CHECKING:
    from rooms.live.hub import Hub

LOOK_AGAIN_AFTER = 1.5
"""Seconds until they are asked about."""


class Doubt(NamedTuple):
    """Who may have seen what came between these positions."""

    since: Position
    until: Position
    people: set[int]

    def joined(self, later: Doubt) -> Doubt:
        return Doubt(self.since, later.until, self.people | later.people)


class Doubts:
    """Of one desk, by topics. What comes while somebody is about to be asked waits for a turn of its own: it would be
    asked about before anybody had the time to see it."""

    def __init__(self, hub: Hub, wake: Callable[[], None]) -> None:
        self._hub = hub
        self._wake = wake
        self.due: dict[str, Doubt] = {}
        self.waiting: dict[str, Doubt | None] = {}
        """The topics of which somebody will be asked about, with those whose turn is after theirs."""

    def take(self) -> dict[str, Doubt]:
        """Who is to be asked about now."""
        due, self.due = self.due, {}
        return due

    def add(self, topic: str, doubt: Doubt) -> None:
        if topic in self.waiting:
            self.waiting[topic] = (self.waiting[topic] or doubt).joined(doubt)
        else:
            self.waiting[topic] = None
            self._hub.loop.call_later(LOOK_AGAIN_AFTER, self._look, topic, doubt)

    def _look(self, topic: str, doubt: Doubt) -> None:
        self.due[topic] = self.due.get(topic, doubt).joined(doubt)
        self._wake()
        if later := self.waiting.pop(topic):
            self.add(topic, later)
