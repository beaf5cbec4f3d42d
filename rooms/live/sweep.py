"""What the hub does every two seconds, whether a bell rang or not."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections import defaultdict
from typing import TYPE_CHECKING

from django.template.loader import render_to_string

from rooms.live.access import examine
from rooms.live.feed import Feed
from rooms.live.frames import Frame
from rooms.live.listener import Listener, State
from rooms.live.metrics import counters, histograms

if TYPE_CHECKING:
    from rooms.live.hub import Hub

logger = logging.getLogger("rooms.live")

INTERVAL = 2.0
"""Seconds between two comparisons of all positions, give or take a fifth: the longest that a lost bell holds us up."""

HEARTBEAT_INTERVAL = 20.0
"""Seconds after which pages are told again that the line still stands."""

EXAMINED_AT_ONCE = 200
"""Listeners whose session and right are looked up again in each sweep, in turn."""


class Sweep:
    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.unexamined: list[Listener] = []

    async def run(self) -> None:
        while True:
            await asyncio.sleep(INTERVAL * random.uniform(0.8, 1.2))  # noqa: S311 (spreads load, guards nothing)
            with histograms["sweep"].timing():
                await self.once()

    async def once(self) -> None:
        for step in (self.compare, self.examine, self.mark_seen, self.beat):
            try:
                await step()
            except Exception as error:
                # A database or a broker that is away. The other steps go on, and this one in two seconds.
                counters["sweep_failed"] += 1
                logger.warning("The sweep stumbled in %s: %r", step.__name__, error)

    async def compare(self) -> None:
        """Ask where every watched feed is: one query for each class of feeds."""
        feeds_by_class: dict[type[Feed], list[Feed]] = defaultdict(list)
        for watch in self.hub.watches.values():
            feeds_by_class[type(watch.feed)].append(watch.feed)
        for feed_class, feeds in feeds_by_class.items():
            for topic, position in (await self.hub.run(feed_class.positions, feeds)).items():
                followed = self.hub.watches.get(topic)
                if followed and followed.compare(position):
                    counters["bell_missed"] += 1
        for desk in list(self.hub.desks.values()):
            await desk.compare()

    async def examine(self) -> None:
        """Look again whether listeners may stay: sessions expire, and the bell of a revocation can be lost."""
        if not self.unexamined:
            self.unexamined = [listener for watch in self.hub.watches.values() for listener in watch.listeners]
        batch, self.unexamined = self.unexamined[:EXAMINED_AT_ONCE], self.unexamined[EXAMINED_AT_ONCE:]
        present = [listener for listener in batch if listener.state is not State.GONE]
        if present:
            for listener, verdict in (await self.hub.run(examine, present)).items():
                self.hub.rights.judge(listener, verdict)

    async def mark_seen(self) -> None:
        """Tell feeds who has seen them up to where: one call for each feed that moved, however many people look."""
        for watch in list(self.hub.watches.values()):
            await self.hub.seeing.mark(watch)
        await self.mark_seen_by_departed()

    async def mark_seen_by_departed(self) -> None:
        """What came in someone's last moments on a page was seen, too."""
        departed, self.hub.departed = self.hub.departed, []
        groups: dict[tuple[str, int], list[Listener]] = defaultdict(list)
        for listener in departed:
            if listener.position and listener.looking and type(listener.feed).seen is not Feed.seen:
                groups[listener.feed.topic, listener.position.clock].append(listener)
        for (_, clock), group in groups.items():
            await self.hub.run(group[0].feed.seen, {listener.user_id for listener in group}, clock)

    async def beat(self) -> None:
        """Wind the pages' watchdogs up: one that is not for 45 s takes its line for dead and asks over HTTP.

        In a busy feed too: changes do not wind it up, that would be a timer made and thrown away for each.
        """
        frames: dict[str, Frame] = {}
        for watch in self.hub.watches.values():
            if watch.feed.changes_url() and time.monotonic() - watch.beat_at > HEARTBEAT_INTERVAL:
                watch.beat_at = time.monotonic()
                beat = frames.get(watch.feed.element_id)
                if beat is None:
                    beat = Frame(render_to_string("live/connected.html", {"feed": watch.feed}))
                    frames[watch.feed.element_id] = beat
                for listener in watch.listeners:
                    if listener.state is State.LIVE and not listener.transport.congested:
                        listener.write(beat)
