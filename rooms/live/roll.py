"""What one process knows of who follows what: its own part, which it writes down, and that of the others."""

from __future__ import annotations

import math
import uuid
from collections import Counter
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from rooms.live import attendance
from rooms.live.attendance import ONLINE, Dead, Row

if TYPE_CHECKING:
    from rooms.live.hub import Hub


class Roll:
    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.process = uuid.uuid4().hex
        self.version = 0
        self.people: dict[str, frozenset[int]] = {}
        """Who has a socket in this process, by topic."""
        self.sockets: Counter[int] = Counter()
        """How many topics each of them follows."""
        self.changed = False
        """Whether the row says something else than is so."""
        self.written: Collection[str] = ()
        """What the row says something of; empty where there is no row."""
        self.others: dict[str, Row] = {}
        self.outdated = True
        """Whether another process has something to read."""
        self.read_by = -math.inf
        """When the first of the others stops counting, if it does not renew its row."""

    def of(self, key: str) -> set[int]:
        """Everybody who follows a topic, or is ONLINE, in whatever process."""
        here: Iterable[int] = self.sockets if key == ONLINE else self.people.get(key, ())
        return set(here).union(*(row.follows.get(key, ()) for row in self.others.values()))

    # This process

    def note(self, topic: str) -> set[int]:
        """See in the hub's watches who follows a topic here; return who does not follow anything here any more."""
        watch = self.hub.watches.get(topic)
        before = self.people.pop(topic, frozenset())
        people = (
            frozenset(listener.user_id for listener in watch.listeners if listener.user_id) if watch else frozenset()
        )
        if people:
            self.people[topic] = people
        came = {user_id for user_id in people - before if user_id not in self.sockets}
        self.sockets.update(people - before)
        gone = self._take_off(before - people)
        if people != before:
            self.changed |= bool(came or gone) or self._is_shown(topic) or topic in self.written
        return gone

    def _take_off(self, user_ids: Iterable[int]) -> set[int]:
        gone = set()
        for user_id in user_ids:
            self.sockets[user_id] -= 1
            if not self.sockets[user_id]:
                del self.sockets[user_id]
                gone.add(user_id)
        return gone

    def _is_shown(self, topic: str) -> bool:
        watch = self.hub.watches.get(topic)
        return watch is not None and watch.feed.shows_presence

    async def write(self) -> None:
        """Say in the row what is so."""
        self.changed = False
        self.version += 1
        try:
            await self._write()
        except Exception:
            self.changed = True
            raise

    async def _write(self) -> None:
        if not self.sockets:
            self.written = ()
            await self.hub.run(attendance.erase, self.process)
        else:
            follows: dict[str, Collection[int]] = {ONLINE: list(self.sockets)}
            follows |= {topic: people for topic, people in self.people.items() if self._is_shown(topic)}
            self.written = follows.keys()
            await self.hub.run(attendance.write, self.process, self.version, follows)

    async def renew(self) -> None:
        """Give a sign of life."""
        if self.written and not await self.hub.run(attendance.renew, self.process):
            await self._write()  # Others took this process for dead.

    # The others

    async def read(self, now: float) -> tuple[set[str], list[Dead]]:
        """See what the others say; return the topics of which they say something new, and who is dead."""
        self.outdated = False
        try:
            found, dead = await self.hub.run(attendance.read_others, self.process, self.others)
        except Exception:
            self.outdated = True
            raise
        before, self.others = self.others, found
        self.read_by = now + min((row.remaining for row in found.values()), default=math.inf)
        return self._compare(before, found), dead

    def _compare(self, before: dict[str, Row], after: dict[str, Row]) -> set[str]:
        different = set()
        for process in before.keys() | after.keys():
            old, new = before.get(process), after.get(process)
            if old is None or new is None or old.version != new.version:
                was, says = (row.follows if row else {} for row in (old, new))
                different |= {key for key in (*self.hub.watches, ONLINE) if was.get(key) != says.get(key)}
        return different
