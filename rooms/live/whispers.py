"""Whispers: what is true of somebody for a few seconds, shown to those who look just then, and never kept.

At most once and without a clock: who comes later, or was away, has missed it. Good for "Alice is typing" or "Bob is at
this card"; for whatever has to arrive there is `ring`.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import deque
from collections.abc import Collection, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import transaction

from rooms.live import bell
from rooms.live.feed import Changes, Cohort, Feed
from rooms.live.frames import Frame
from rooms.live.listener import Listener, State
from rooms.live.metrics import counters

if TYPE_CHECKING:
    from rooms.live.hub import Hub
    from rooms.live.watch import Watch

logger = logging.getLogger("rooms.live")

INTERVAL = 1.0
"""Seconds between two frames of one kind in one feed, however many whisper. What is taken back does not wait."""

LONGEST = 60.0
"""Seconds that a whisper counts, at most."""

HUSH = 1.5
"""Seconds for which somebody is not heard after their whisper was taken back: it may still have an echo on its way."""

REMEMBERED = 1000
"""Whispers that are known again when they come a second time, through the channel layer."""

Subject = int | str


def whisper(topic: str, kind: str, subject: Subject, seconds: float, using: str | None = None) -> None:
    """Say something of `subject` (a person's id, say) to the pages that follow a feed, for so many seconds.

    It goes out when the running transaction commits, at once where there is none, and holds nothing but these
    arguments: each server asks the feed's `overheard` what its pages are to show. Whispered again before it ends, it
    lasts longer; with 0 seconds it is taken back. Never raises on account of the channel layer.
    """
    message = {"type": "whisper", "topic": topic, "kind": kind, "subject": subject, "seconds": seconds}
    transaction.on_commit(partial(bell.send, [{**message, "id": secrets.token_hex(8)}]), using=using)


class Whispers:
    """What one hub has heard, by topic and kind."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.talks: dict[tuple[str, str], Talk] = {}
        self.known: deque[str] = deque(maxlen=REMEMBERED)
        hub.ears["whisper"] = self.hear

    def hear(self, message: Mapping[str, Any]) -> None:
        """Take a whisper; once, though it comes from this process and through the channel layer, too."""
        watch = self.hub.watches.get(message["topic"])
        if watch is None or message["id"] in self.known:
            return
        self.known.append(message["id"])
        key = message["topic"], message["kind"]
        if key not in self.talks and message["seconds"] > 0:
            self.talks[key] = Talk(self.hub, watch, message["kind"])
            self.hub.spawn(self._follow(key))
        if talk := self.talks.get(key):
            talk.hear(message["subject"], message["seconds"])

    def silence(self, feed: Feed, changes: Changes) -> None:
        """Take back what these changes put an end to."""
        if self.talks:
            for kind, subject in feed.silenced(changes):
                if talk := self.talks.get((feed.topic, kind)):
                    talk.hear(subject, 0)

    async def _follow(self, key: tuple[str, str]) -> None:
        try:
            await self.talks[key].run()
        finally:
            del self.talks[key]


class Talk:
    """The whispers of one kind in one feed. It ends when nobody whispers any more."""

    def __init__(self, hub: Hub, watch: Watch, kind: str) -> None:
        self.hub = hub
        self.watch = watch
        self.kind = kind
        self.until: dict[Subject, float] = {}
        self.hushed: dict[Subject, float] = {}
        self.news = asyncio.Event()
        self.urgent = asyncio.Event()
        self.drawn: dict[Cohort, Frame] = {}

    def hear(self, subject: Subject, seconds: float) -> None:
        now = self.hub.loop.time()
        if seconds <= 0:
            self.hushed[subject] = now + HUSH
            if self.until.pop(subject, None):
                self.urgent.set()
                self.news.set()
        elif self.hushed.get(subject, 0) < now:
            self.until[subject] = now + min(seconds, LONGEST)
            self.news.set()

    async def run(self) -> None:
        while True:
            self.news.clear()
            self.urgent.clear()
            subjects = self._current()
            try:
                await self._tell(subjects)
            except Exception as error:
                counters["whisper_failed"] += 1
                logger.warning("Could not pass on whispers of %s: %r", self.watch.feed.topic, error)
            if not subjects and not self._is_hushing():
                return
            await self._wait(self.urgent, INTERVAL)
            await self._wait(self.news, min(self._remaining(), default=HUSH))

    def _current(self) -> dict[Subject, float]:
        now = self.hub.loop.time()
        self.until = {subject: until for subject, until in self.until.items() if until > now}
        return {subject: until - now for subject, until in self.until.items()}

    def _is_hushing(self) -> bool:
        return any(until > self.hub.loop.time() for until in self.hushed.values())

    def _remaining(self) -> list[float]:
        return list(self._current().values())

    async def _wait(self, event: asyncio.Event, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await event.wait()
        except TimeoutError:
            pass

    async def _tell(self, subjects: Mapping[Subject, float]) -> None:
        watch = self.hub.watches.get(self.watch.feed.topic)
        if watch is None:
            return
        frames, nothing = await self.hub.run(draw, watch.feed, self.kind, subjects, list(watch.cohorts))
        for cohort, frame in frames.items():
            # What must not be heard of leaves no trace either.
            if frame != nothing[cohort] or self.drawn.get(cohort, frame) != frame:
                self._write(frame, watch.cohorts.get(cohort, ()))
        self.drawn = frames

    def _write(self, frame: Frame, listeners: Collection[Listener]) -> None:
        for listener in list(listeners):
            if listener.state is State.LIVE and not listener.transport.congested:
                listener.write(frame)
                counters["whispered"] += 1


Frames = dict[Cohort, Frame]


def draw(feed: Feed, kind: str, subjects: Mapping[Subject, float], cohorts: list[Cohort]) -> tuple[Frames, Frames]:
    """What is to be shown, and what takes it away, for each cohort."""
    frames, nothing = {}, {}
    for cohort in cohorts:
        with cohort.active():
            nothing[cohort] = Frame(feed.overheard(kind, {}))
            frames[cohort] = Frame(feed.overheard(kind, subjects)) if subjects else nothing[cohort]
    return frames, nothing
