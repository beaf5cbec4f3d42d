"""One feed, as this process follows it."""

from __future__ import annotations

import asyncio
import math
import time

from rooms.live.batch import Batch
from rooms.live.feed import Cohort, Feed, Position
from rooms.live.frames import Frame
from rooms.live.listener import Listener, State
from rooms.live.reading import CaughtUp, Wanted, draw_greeting

PATIENCE = 10
"""How many times its `settle` a feed is waited for that does not come to rest."""


class Watch:
    """A feed that someone in this process follows: up to where it is read, and how far it is known to have moved."""

    def __init__(self, feed: Feed) -> None:
        self.feed = feed
        self.listeners: set[Listener] = set()
        self.cohorts: dict[Cohort, set[Listener]] = {}
        """The same listeners by whom a fragment reads alike to."""
        self.position: Position | None = None
        self.target = 0
        self.stale_epoch = False
        self.rewinds = 0
        self.rung = asyncio.Event()
        self.commits: list[tuple[int, float]] = []
        self.seen_clock = -1
        self.seen_timer: asyncio.TimerHandle | None = None
        self.beat_at = time.monotonic()
        self.task: asyncio.Task[None] | None = None
        self.catch_ups: Batch[Wanted, CaughtUp]
        self._greeting: tuple[Position | None, Frame] = (None, Frame())

    def add(self, listener: Listener) -> None:
        self.listeners.add(listener)
        self.cohorts.setdefault(listener.cohort, set()).add(listener)

    def discard(self, listener: Listener) -> None:
        self.listeners.discard(listener)
        if cohort := self.cohorts.get(listener.cohort):
            cohort.discard(listener)
            if not cohort:
                del self.cohorts[listener.cohort]

    def live_people(self) -> set[int]:
        """Who has the feed before their eyes in this process, as far as it shows that."""
        live = State.LIVE
        return {listener.user_id for listener in self.listeners if listener.state is live and listener.looking}

    @property
    def behind(self) -> bool:
        return self.position is not None and (self.stale_epoch or self.target > self.position.clock)

    def greeting(self) -> Frame:
        """The frame for pages that are at the watch's position already; drawn once for all who come."""
        if self.position and self._greeting[0] != self.position:
            self._greeting = self.position, draw_greeting(self.feed, self.position)
        return self._greeting[1]

    def hear(self, clock: int, at: float | None = None, about: str = "") -> None:
        """The feed has reached `clock`. Hearing it twice, from this process and from the layer, is one reading.

        `about` is for personal feeds; `at` is when the change was committed, as `time.time()`, where a bell says so.
        """
        if at is not None and clock > self.target and self.position:
            self.commits.append((clock, at))
        self.target = max(self.target, clock)
        if self.behind:
            self.rung.set()

    def take_commits(self) -> list[float]:
        """When the changes were committed that bells told of and that are read now."""
        reached = self.position.clock if self.behind and self.position else math.inf
        read = [at for clock, at in self.commits if clock <= reached]
        self.commits = [(clock, at) for clock, at in self.commits if clock > reached]
        return read

    async def settle(self) -> None:
        """Wait for the end of a burst, as long as the feed wants to; what rings meanwhile is part of it."""
        quiet = self.feed.settle
        deadline = time.monotonic() + PATIENCE * quiet
        while (remaining := min(quiet, deadline - time.monotonic())) > 0:
            try:
                async with asyncio.timeout(remaining):
                    await self.rung.wait()
            except TimeoutError:
                return
            self.rung.clear()

    def ahead_of(self, position: Position) -> bool:
        """Whether it is read further than that, as far as the two compare."""
        return self.position is not None and self.position.epoch == position.epoch and self.position > position

    def move_to(self, position: Position, target: int) -> bool:
        """Note that it is read up to there; return whether that is no way ahead from where it was.

        `target` is what was heard of before the reading. Where nothing was heard since, there is nothing more to read,
        whatever the bells said: one may ring for what the restore of a backup has undone.
        """
        ahead = self.position is None or (position.epoch == self.position.epoch and position >= self.position)
        self.position, self.stale_epoch = position, False
        if self.target == target:
            self.target = position.clock
        self.rewinds += not ahead
        return not ahead

    def compare(self, actual: Position) -> bool:
        """Hear where the feed really is; return whether a bell was missed."""
        if self.position is None or actual == self.position:
            return False
        if actual.epoch == self.position.epoch and actual.clock > self.position.clock:
            missed = self.target < actual.clock
        else:
            # Another epoch, or a clock that went back: a backup was restored under us. A reading that is still on its
            # way can look like that, too; it costs one reading more.
            missed = self.stale_epoch = True
            self.target = 0
        self.hear(actual.clock)
        return missed
