"""Presence: who is here, in each feed that shows it, and who is online at all.

What counts is in the database (rooms.live.attendance); this is the task in each server process that writes its own part
of it, reads that of the others, and tells pages what has changed. Both at most once a second, however many come and go.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from rooms.live import attendance, bell
from rooms.live.acquaintance import find_faces, introduce, note_departed
from rooms.live.attendance import ONLINE, online, present
from rooms.live.here import Here, Showing
from rooms.live.metrics import counters
from rooms.live.roll import Roll

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

changes: list[Callable[[Hub, set[int]], None]] = []
"""Called in a hub's loop, at most once a second, with the ids of those whose shown online state has changed."""


def shown_online() -> frozenset[int]:
    """Who is shown as online, as far as this process knows. No query; callable from any thread."""
    known = [hub.presence.shown for hub in list(bell.hubs) if hub.presence]
    # Nearly always there is one, and it is asked for each line of each list: not to be copied.
    return known[0] if len(known) == 1 else frozenset().union(*known)


async def attend(hub: Hub) -> None:
    """Keep presence for a hub until it ends."""
    await Presence(hub).run()


class Presence:
    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.roll = Roll(hub)
        self.wake = asyncio.Event()
        self.moved: set[str] = set()
        """Topics in which somebody has come or gone in this process."""
        self.stirred: set[str] = set()
        """Topics of which pages may have to be told."""
        self.doubted: set[int] = set()
        """People of whom it is not known any more whether they may be shown."""
        self.faces: dict[int, str] = {}
        """The names of those who may be shown, of all who are anywhere."""
        self.hidden: set[int] = set()
        self.online = Here()
        self.shown: frozenset[int] = frozenset()
        self.showings: dict[str, Showing] = {}
        self.left: set[int] = set()
        """Who has closed their last page here and may be about to come back."""
        self.opens_at = hub.loop.time() + QUIET_START
        self.beat_at = -math.inf
        hub.presence = self
        hub.ears["presence"] = self.hear

    # What makes work, all of it in the loop

    def stir(self, topic: str) -> None:
        self.moved.add(topic)
        self.wake.set()

    def hear(self, message: dict[str, Any]) -> None:
        if message["user"]:
            self.doubted.add(message["user"])
        else:
            self.roll.outdated |= message["process"] != self.roll.process
        self.wake.set()

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
        leaving = min(here.next for here in (self.online, *self.showings.values()))
        opening = self.opens_at if self.stirred else math.inf
        return min(self.beat_at + attendance.heartbeat(), self.roll.read_by, leaving, opening)

    # A round

    async def round(self) -> None:
        now = self.hub.loop.time()
        beating = now - self.beat_at >= attendance.heartbeat()
        self._note_moves()
        if self.roll.changed:
            await self.roll.write()
            await self._ring()
        elif beating:
            await self.roll.renew()
        if self.roll.outdated or beating or now >= self.roll.read_by:
            await self._read(now)
        if beating:
            self.beat_at = now
            self.doubted |= self.faces.keys() | self.hidden
            self.stirred |= self.showings.keys()
        if now >= self.opens_at:
            await self._show(now)

    def _note_moves(self) -> None:
        # What moves while the rest of the round waits for the database is for the next one.
        moved, self.moved = self.moved, set()
        self.stirred |= moved
        for topic in moved:
            self.left |= self.roll.note(topic)
        self.left -= self.roll.sockets.keys()

    async def _ring(self) -> None:
        message = {"type": "presence", "topic": None, "user": 0, "process": self.roll.process}
        for hub in bell.hubs - {self.hub}:
            hub.call_soon(hub.hear, message)
        await bell.publish([message])

    async def _read(self, now: float) -> None:
        different, dead = await self.roll.read(now)
        self.stirred |= different
        for user_ids, seen_at in dead:
            await self.hub.run(note_departed, set(user_ids) - self.roll.of(ONLINE), seen_at)

    # To the pages

    async def _show(self, now: float) -> None:
        if self.online.update(self.roll.of(ONLINE), now):
            await self._note_departures()
        revealed = await self._look_at(self.online.people)
        stirred, self.stirred = self.stirred, set()
        stirred |= {topic for topic, showing in self.showings.items() if showing.next <= now}
        for topic in stirred:
            self._update(topic, now)
        for topic in self.showings.keys() & (self.showings.keys() if revealed else stirred):
            await self._draw(self.showings[topic])
        self._tell_of_online()

    async def _look_at(self, people: set[int]) -> bool:
        """Ask who of these may be shown, of those of whom it is not known; return whether it turned out otherwise."""
        known = (self.faces.keys() | self.hidden) & people
        # Who is doubted while we ask is asked about again.
        doubted, self.doubted = self.doubted & people, set()
        asked = (people - known) | doubted
        try:
            found = await self.hub.run(find_faces, asked) if asked else {}
        except Exception:
            self.doubted |= doubted
            raise
        before = self.faces
        self.faces = {pk: name for pk, name in before.items() if pk in known - asked} | found
        self.hidden = (self.hidden & (known - asked)) | (asked - found.keys())
        return any(before.get(pk) != found.get(pk) for pk in asked & known)

    def _update(self, topic: str, now: float) -> None:
        watch = self.hub.watches.get(topic)
        if watch is None:
            self.showings.pop(topic, None)
        elif watch.feed.shows_presence:
            showing = self.showings.setdefault(topic, Showing(watch))
            showing.watch = watch
            showing.update(self.roll.of(topic), now)

    async def _draw(self, showing: Showing) -> None:
        try:
            await showing.show(self.hub, self.faces)
        except Exception as error:
            # The others are told all the same, and these at the next heartbeat.
            counters["presence_failed"] += 1
            logger.warning("Could not tell who is here in %s: %r", showing.watch.feed.topic, error)

    def _tell_of_online(self) -> None:
        shown = frozenset(self.faces)
        changed, self.shown = set(shown ^ self.shown), shown
        if changed:
            for function in changes:
                function(self.hub, changed)

    # Who goes

    async def _note_departures(self) -> None:
        gone, self.left = self.left - self.online.people, self.left & self.online.people
        if gone:
            await self.hub.run(note_departed, gone, timezone.now() - timedelta(seconds=self.online.grace))

    async def _finish(self) -> None:
        """A process that ends says so. Where it cannot, its row stops counting by itself."""
        try:
            async with asyncio.timeout(INTERVAL):
                await self.hub.run(attendance.erase, self.roll.process)
                await self.hub.run(note_departed, self.left | self.roll.sockets.keys(), timezone.now())
                await self._ring()
        except Exception as error:
            logger.warning("Could not say that nobody is here any more: %r", error)
