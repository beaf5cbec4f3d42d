"""Presence: who is here, in each feed that shows it, and who is online at all.

What counts is in the database (rooms.live.attendance); this is the task in each server process that writes its own part
of it, reads that of the others, and tells pages what has changed. Both at most once a second, however many come and go.
"""

from __future__ import annotations

import asyncio
import logging
import math
import uuid
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.utils import timezone

from rooms.live import attendance, bell
from rooms.live.attendance import ONLINE, Row, online, present
from rooms.live.here import Here, Showing
from rooms.live.metrics import counters

if TYPE_CHECKING:
    from rooms.live.hub import Hub

__all__ = ["attend", "changes", "introduce", "online", "present", "shown_online"]

logger = logging.getLogger("rooms.live")

INTERVAL = 1.0
"""Seconds between two rounds, and with it between two frames that a page is sent."""

GATHERING = 0.1
"""Seconds that a round waits for the rest: a page opens several sockets."""

QUIET_START = 2.0
"""Seconds of a process in which pages are told nothing: after a restart all come back, and nobody was ever gone."""

Faces = Callable[[Collection[int]], Mapping[int, str]]
Departed = Callable[[Collection[int], datetime], None]


def show_everyone(user_ids: Collection[int]) -> Mapping[int, str]:
    people = get_user_model()._default_manager.filter(pk__in=user_ids, is_active=True)
    return {person.pk: str(person) for person in people}


def let_go(user_ids: Collection[int], at: datetime) -> None: ...


@dataclass
class Acquaintance:
    """What the project has said of its people, see `introduce`."""

    faces: Faces = show_everyone
    departed: Departed = let_go


acquaintance = Acquaintance()


def introduce(*, faces: Faces, departed: Departed | None = None) -> None:
    """Say which people may be shown as present, and hear when they go.

    `faces` takes ids and returns the names of those who may be shown, in one query; who is left out looks like somebody
    who is not there. `departed` is called with those who have closed their last page, and when.
    """
    acquaintance.faces = faces
    acquaintance.departed = departed or let_go


changes: list[Callable[[Hub, set[int]], None]] = []
"""Called in a hub's loop, at most once a second, with the ids of those whose shown online state has changed."""


def shown_online() -> frozenset[int]:
    """Who is shown as online, as far as this process knows. No query; callable from any thread."""
    return frozenset().union(*(hub.presence.shown for hub in list(bell.hubs) if hub.presence))


async def attend(hub: Hub) -> None:
    """Keep presence for a hub until it ends."""
    await Presence(hub).run()


class Presence:
    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.process = uuid.uuid4().hex
        self.version = 0
        self.wake = asyncio.Event()
        self.moved: set[str] = set()
        """Topics in which somebody has come or gone in this process."""
        self.stirred: set[str] = set()
        """Topics of which pages may have to be told."""
        self.doubted: set[int] = set()
        """People of whom it is not known any more whether they may be shown."""
        self.people: dict[str, frozenset[int]] = {}
        """Who has a socket in this process, by topic."""
        self.sockets: Counter[int] = Counter()
        self.others: dict[str, Row] = {}
        self.rung = True
        """Whether another process has something to read."""
        self.written: Collection[str] = ()
        """What the row says something of; empty where there is no row."""
        self.changed = False
        """Whether the row says something else than is so."""
        self.faces: dict[int, str] = {}
        """The names of those who may be shown, of all who are anywhere."""
        self.hidden: set[int] = set()
        self.online = Here()
        self.showings: dict[str, Showing] = {}
        self.shown: frozenset[int] = frozenset()
        self.opens_at = hub.loop.time() + QUIET_START
        self.beat_at = self.read_at = -math.inf
        self.read_by = -math.inf
        self.left: set[int] = set()
        """Who has closed their last page here and may be about to come back."""
        hub.presence = self
        hub.ears["presence"] = self.hear

    # What makes work, all of it in the loop

    def stir(self, topic: str) -> None:
        self.moved.add(topic)
        self.wake.set()

    def hear(self, message: dict[str, Any]) -> None:
        if message.get("process") == self.process:
            return
        if message["user"]:
            self.doubted.add(message["user"])
        else:
            self.rung = True
        self.wake.set()

    # A round

    async def run(self) -> None:
        for topic in self.hub.watches:
            self.stir(topic)
        try:
            while True:
                await self._wait()
                try:
                    await self.round()
                except Exception as error:
                    # A database that is away. What is shown stays as it is.
                    counters["presence_failed"] += 1
                    logger.warning("Could not note who is here: %r", error)
                    self.wake.set()
                await asyncio.sleep(INTERVAL)
        finally:
            self.hub.presence = None
            await self._finish()

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout_at(max(self._due(), 0)):
                await self.wake.wait()
                await asyncio.sleep(GATHERING)
        except TimeoutError:
            pass
        self.wake.clear()

    def _due(self) -> float:
        leaving = min((here.next for here in (self.online, *self.showings.values())), default=math.inf)
        opening = self.opens_at if self.stirred else math.inf
        return min(self.beat_at + attendance.heartbeat(), self.read_by, leaving, opening)

    async def round(self) -> None:
        now = self.hub.loop.time()
        beating = now - self.beat_at >= attendance.heartbeat()
        self._note_moves()
        await self._write(beating)
        if self.rung or beating or now >= self.read_by:
            await self._read(now)
        if beating:
            self.beat_at = now
            self.doubted |= self.faces.keys() | self.hidden
            self.stirred |= self.showings.keys()
        if now < self.opens_at:
            return
        stirred, self.stirred = self.stirred, set()
        try:
            await self._show(stirred, now)
        except Exception:
            self.stirred |= stirred
            raise

    def _note_moves(self) -> None:
        """Bring `people` and `sockets` up to what the hub's watches say."""
        # What moves while the rest of the round waits for the database is for the next one.
        moved, self.moved = self.moved, set()
        self.stirred |= moved
        for topic in moved:
            watch = self.hub.watches.get(topic)
            people = frozenset(listener.user_id for listener in watch.listeners if listener.user_id) if watch else None
            before = self.people.pop(topic, frozenset())
            if people:
                self.people[topic] = people
            if before == (people or frozenset()):
                continue
            online_before = len(self.sockets)
            self.sockets.update((people or frozenset()) - before)
            came = len(self.sockets) > online_before
            gone = self._take_off(before - (people or frozenset()))
            self.left = (self.left | gone) - self.sockets.keys()
            self.changed |= came or bool(gone) or self._is_shown(topic) or topic in self.written

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

    # Between the processes

    async def _write(self, beating: bool) -> None:
        if self.changed:
            self.changed = False
            self.version += 1
            try:
                await self._say()
            except Exception:
                self.changed = True
                raise
            await self._ring()
        elif beating and self.written and not await self.hub.run(attendance.renew, self.process):
            await self._say()

    async def _ring(self) -> None:
        message = {"type": "presence", "topic": None, "user": 0, "process": self.process}
        for hub in bell.hubs - {self.hub}:
            hub.call_soon(hub.hear, message)
        await bell.publish([message])

    async def _say(self) -> None:
        if not self.sockets:
            await self.hub.run(attendance.erase, self.process)
            self.written = ()
        else:
            follows: dict[str, Collection[int]] = {ONLINE: list(self.sockets)}
            follows |= {topic: people for topic, people in self.people.items() if self._is_shown(topic)}
            await self.hub.run(attendance.write, self.process, self.version, follows)
            self.written = follows.keys()

    async def _read(self, now: float) -> None:
        self.rung = False
        try:
            found, dead = await self.hub.run(attendance.read_others, self.process, self.others)
        except Exception:
            self.rung = True
            raise
        changed = [
            (self.others.get(process), found.get(process))
            for process in self.others.keys() | found.keys()
            if process not in found
            or process not in self.others
            or found[process].version != self.others[process].version
        ]
        for before, after in changed:
            old, new = (row.follows if row else {} for row in (before, after))
            self.stirred |= {topic for topic in self.hub.watches if old.get(topic) != new.get(topic)}
            self.stirred |= {ONLINE} if old.get(ONLINE) != new.get(ONLINE) else set()
        self.others = found
        # One that dies now is noticed when it has to be, not at the heartbeat after that.
        self.read_by = now + min((row.remaining for row in found.values()), default=math.inf) + GATHERING
        for user_ids, seen_at in dead:
            gone = set(user_ids) - self._all_of(ONLINE)
            await self.hub.run(acquaintance.departed, gone, seen_at)

    def _all_of(self, key: str) -> set[int]:
        here: Iterable[int] = self.sockets if key == ONLINE else self.people.get(key, ())
        return set(here).union(*(row.follows.get(key, ()) for row in self.others.values()))

    # To the pages

    async def _show(self, stirred: set[str], now: float) -> None:
        if self.online.update(self._all_of(ONLINE), now):
            await self._note_departures()
        expired = {topic for topic, showing in self.showings.items() if showing.next <= now}
        touched = self.showings.keys() if await self._look_at(self.online.people) else set()
        for topic in stirred | expired:
            self._attend_to(topic, now)
        for topic in {*stirred, *expired, *touched} & self.showings.keys():
            await self.showings[topic].show(self.hub, self.faces)
        self._tell_of_online()

    def _attend_to(self, topic: str, now: float) -> None:
        watch = self.hub.watches.get(topic)
        if watch is None:
            self.showings.pop(topic, None)
        elif watch.feed.shows_presence:
            showing = self.showings.setdefault(topic, Showing(watch))
            showing.watch = watch
            showing.update(self._all_of(topic), now)

    async def _look_at(self, people: set[int]) -> bool:
        """Ask who of these may be shown, of those of whom it is not known; return whether it turned out otherwise."""
        known = self.faces.keys() | self.hidden
        for user_id in known - people:
            self.faces.pop(user_id, None)
            self.hidden.discard(user_id)
        asked = {user_id for user_id in people if user_id not in known or user_id in self.doubted}
        if not asked:
            return False
        before = self.faces
        faces = await self.hub.run(acquaintance.faces, asked)
        self.doubted = set()
        self.faces = {pk: name for pk, name in before.items() if pk not in asked} | dict(faces)
        self.hidden = (self.hidden - asked) | (asked - faces.keys())
        return any(before.get(pk) != self.faces.get(pk) for pk in asked & known)

    def _tell_of_online(self) -> None:
        shown = frozenset(self.faces)
        changed, self.shown = set(shown ^ self.shown), shown
        if changed:
            for function in changes:
                function(self.hub, changed)

    async def _note_departures(self) -> None:
        gone, self.left = self.left - self.online.people, self.left & self.online.people
        if gone:
            at = timezone.now() - timedelta(seconds=self.online.grace)
            await self.hub.run(acquaintance.departed, gone, at)

    async def _finish(self) -> None:
        """A process that ends says so. Where it cannot, its row stops counting by itself."""
        try:
            async with asyncio.timeout(INTERVAL):
                await self.hub.run(attendance.erase, self.process)
                await self.hub.run(acquaintance.departed, self.left | self.sockets.keys(), timezone.now())
                await self._ring()
        except Exception as error:
            logger.warning("Could not say that nobody is here any more: %r", error)
