"""What one process knows of who follows what: its own part, which it writes down, and that of the others."""

from __future__ import annotations

import math
import uuid
from collections import Counter
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from rooms.live import attendance
from rooms.live.attendance import ONLINE, Dead, Row
from rooms.live.personal import PersonalWatch

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
        self._served_first: dict[str, frozenset[int]] = {}

    def elsewhere(self, topic: str) -> set[int]:
        """Who follows a topic in other processes, as far as they have said so."""
        return set().union(*(row.follows.get(topic, ()) for row in self.others.values()))

    def served_first(self, name: str) -> frozenset[int]:
        """Whose pages of a personal feed are in a process that comes before this one, too: of all, one is the first."""
        if name not in self._served_first:
            others = (row for process, row in self.others.items() if process < self.process)
            self._served_first[name] = frozenset().union(*(row.follows.get(name, ()) for row in others))
        return self._served_first[name]

    def of(self, key: str) -> set[int]:
        """Everybody who follows a topic, or is ONLINE, in whatever process."""
        here: Iterable[int] = self.sockets if key == ONLINE else self.people.get(key, ())
        return self.elsewhere(key).union(here)

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
            self.changed |= bool(came or gone) or self._says_of(topic)
        return gone

    def _take_off(self, user_ids: Iterable[int]) -> set[int]:
        gone = set()
        for user_id in user_ids:
            self.sockets[user_id] -= 1
            if not self.sockets[user_id]:
                del self.sockets[user_id]
                gone.add(user_id)
        return gone

    def _says_of(self, topic: str) -> bool:
        """Whether the row says something of this topic, or should."""
        watch = self.hub.watches.get(topic)
        if watch is None:
            return not {topic, topic.partition(".")[0]}.isdisjoint(self.written)
        return watch.feed.shows_presence or isinstance(watch, PersonalWatch)

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
            watches = self.hub.watches
            shown = (topic for topic in self.people if topic in watches and watches[topic].feed.shows_presence)
            follows |= {topic: self.people[topic] for topic in shown}
            follows |= {desk.feed_class.name: list(desk.watches) for desk in self.hub.desks.values()}
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
        before, self.others, self._served_first = self.others, found, {}
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
