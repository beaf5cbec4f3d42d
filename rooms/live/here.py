"""Who is shown somewhere, and the pages that show it."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rooms.live.feed import Cohort, Feed
from rooms.live.frames import Frame
from rooms.live.listener import Listener, State
from rooms.live.metrics import counters

if TYPE_CHECKING:
    from rooms.live.hub import Hub
    from rooms.live.watch import Watch

GRACE = 5.0
"""Seconds that somebody is shown after they went: most who go come back at once, on the next page or a better line."""

LISTENERS_AT_ONCE = 500


class Here:
    """People with the time until which each is shown: at once when they come, a little longer when they go."""

    grace = GRACE

    def __init__(self) -> None:
        self.until: dict[int, float] = {}
        self.next = math.inf
        """When the next of them is not shown any more."""

    @property
    def people(self) -> set[int]:
        return set(self.until)

    def update(self, actual: set[int], now: float) -> bool:
        """Note who is really there; return whether somebody is not shown any more."""
        going = {pk: min(until, now + self.grace) for pk, until in self.until.items() if pk not in actual}
        staying = {pk: until for pk, until in going.items() if until > now}
        self.until = dict.fromkeys(actual, math.inf) | staying
        self.next = min(staying.values(), default=math.inf)
        return len(staying) < len(going)


class Showing(Here):
    """A feed that shows who is here, as this process's pages show it."""

    def __init__(self, watch: Watch) -> None:
        super().__init__()
        self.watch = watch
        self.drawn: Mapping[int, str] | None = None
        self.frames: dict[Cohort, Frame] = {}
        self.reached: set[Listener] = set()
        """The pages that have been sent the present frame."""

    def faces(self, faces: Mapping[int, str]) -> dict[int, str]:
        return {pk: faces[pk] for pk in sorted(self.until) if pk in faces}

    async def show(self, hub: Hub, faces: Mapping[int, str]) -> None:
        """Draw it once for each cohort, unless that is done, and write it to the pages that do not have it."""
        people = self.faces(faces)
        self.reached &= self.watch.listeners
        if people != self.drawn:
            frames = await hub.run(draw, self.watch.feed, people, list(self.watch.cohorts))
            if any(frame != self.frames.get(cohort) for cohort, frame in frames.items()):
                self.reached = set()
            self.drawn, self.frames = people, frames
        if missing := [cohort for cohort in self.watch.cohorts if cohort not in self.frames]:
            self.frames |= await hub.run(draw, self.watch.feed, people, missing)
        for cohort, listeners in list(self.watch.cohorts.items()):
            await self._write(self.frames.get(cohort), list(listeners))

    async def _write(self, frame: Frame | None, listeners: list[Listener]) -> None:
        for number, listener in enumerate(listeners, 1):
            if (
                frame
                and listener.state is State.LIVE
                and listener not in self.reached
                and not listener.transport.congested
            ):
                listener.write(frame)
                counters["presence_frames"] += 1
                self.reached.add(listener)
            if number % LISTENERS_AT_ONCE == 0:
                await asyncio.sleep(0)


def draw(feed: Feed, people: Mapping[int, str], cohorts: list[Cohort]) -> dict[Cohort, Frame]:
    frames: dict[Cohort, Any] = {}
    for cohort in cohorts:
        with cohort.active():
            frames[cohort] = Frame(feed.draw_presence(people))
    return frames
