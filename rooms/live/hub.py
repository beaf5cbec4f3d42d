"""One hub in each process: it hears bells, reads what changed once, and hands the same frame to every listener."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Coroutine, Iterable
from typing import Any

from channels.layers import get_channel_layer
from django.template.loader import render_to_string
from django.utils import timezone, translation

from rooms.live import bell
from rooms.live.access import examine
from rooms.live.bell import EVERYONE, LAYER_TIMEOUT, counters
from rooms.live.database import DatabaseThreads
from rooms.live.feed import Changes, Cohort, Feed, Position, Refusal, catch_up, render_for
from rooms.live.listener import Listener, State

logger = logging.getLogger("rooms.live")

SWEEP_INTERVAL = 2.0
"""Seconds between two comparisons of all positions: the longest that a lost bell can hold a change back."""

HEARTBEAT_INTERVAL = 20.0
"""Seconds of silence after which pages are told that the line still stands."""

CATCH_UPS_AT_ONCE = 8
THREADS = 4
EXAMINED_PER_SWEEP = 200
"""Listeners whose session and right are looked up again in each sweep, in turn."""


class Watch:
    """A feed that someone in this process follows."""

    def __init__(self, feed: Feed) -> None:
        self.feed = feed
        self.listeners: set[Listener] = set()
        self.position: Position | None = None
        self.target = 0
        self.stale_epoch = False
        self.rung = asyncio.Event()
        self.subscribed = False
        self.seen_clock = -1
        self.spoke_at = time.monotonic()
        self.task: asyncio.Task[None] | None = None

    @property
    def behind(self) -> bool:
        return self.position is not None and (self.stale_epoch or self.target > self.position.clock)

    def hear(self, clock: int) -> None:
        self.target = max(self.target, clock)
        if self.behind:
            self.rung.set()


class Hub:
    """Follows the feeds that this process's sockets watch. Everything but `call_soon` belongs to one event loop."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.watches: dict[str, Watch] = {}
        self.threads = DatabaseThreads(THREADS)
        self.gate = asyncio.Semaphore(CATCH_UPS_AT_ONCE)
        self.channel: str | None = None
        self.unexamined: list[Listener] = []
        self._tasks: set[asyncio.Task[Any]] = set()
        bell.hubs.add(self)
        self.spawn(self._subscribe())
        self.spawn(self._sweep())

    @classmethod
    def current(cls) -> Hub:
        """The hub of the running event loop; made on first use."""
        loop = asyncio.get_running_loop()
        return next((hub for hub in bell.hubs if hub.loop is loop), None) or cls()

    async def stop(self) -> None:
        """End every task and thread. Sockets are the server's to close."""
        bell.hubs.discard(self)
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.loop.run_in_executor(None, self.threads.shut_down)

    # What others call

    def call_soon(self, callback: Callable[..., Any], *args: Any) -> None:
        """Run a function, or start a coroutine function, in the hub's loop, from any thread."""

        def run() -> None:
            result = callback(*args)
            if asyncio.iscoroutine(result):
                self.spawn(result)

        if not self.loop.is_closed():
            self.loop.call_soon_threadsafe(run)

    def hear(self, message: dict[str, Any]) -> None:
        """Take a bell, from this process or from the channel layer."""
        if message["type"] == "revoke":
            self._suspect(message["user"], message["topic"])
        elif watch := self.watches.get(message["topic"]):
            watch.hear(message["clock"])

    def join(self, listener: Listener) -> None:
        """Register a listener. It takes frames once it has synced: registered first, read after, nothing slips by."""
        listener.hub = self
        topic = listener.feed.topic
        watch = self.watches.get(topic)
        if watch is None:
            watch = self.watches[topic] = Watch(listener.feed)
            watch.task = self.spawn(self._follow(watch))
            self.spawn(self._subscribe_to(watch))
        watch.listeners.add(listener)

    def leave(self, listener: Listener) -> None:
        listener.state = State.GONE
        watch = self.watches.get(listener.feed.topic)
        if watch is None:
            return
        watch.listeners.discard(listener)
        if not watch.listeners:
            del self.watches[listener.feed.topic]
            if watch.task:
                watch.task.cancel()
            self.spawn(self._unsubscribe_from(watch))

    async def sync(self, listener: Listener, cursor: object) -> None:
        """Bring a page from its cursor to the present, tell it that it is connected, and let it listen."""
        watch = self.watches.get(listener.feed.topic)
        if watch is None or listener.state is State.GONE:
            return
        listener.state = State.CATCHING_UP
        greeting = render_to_string("live/connected.html", {"feed": listener.feed})
        while True:
            async with self.gate:
                changes, frame = await self._catch_up(watch, listener, cursor)
            if listener.state is not State.CATCHING_UP:
                return
            listener.write(frame + greeting, changes.position)
            greeting, cursor = "", str(changes.position)
            if watch.position is None:
                watch.position = changes.position
            # The watch may have moved on while we read: what it sent meanwhile passed this listener by.
            if watch.position.epoch != changes.position.epoch or watch.position.clock <= changes.position.clock:
                break
        listener.state = State.LIVE
        watch.hear(changes.position.clock)
        watch.seen_clock = -1

    def resync(self, listener: Listener) -> None:
        listener.state = State.CATCHING_UP
        self.spawn(self.sync(listener, str(listener.position)))

    def refuse(self, listener: Listener, refusal: Refusal) -> None:
        """Say why and close: the last fragment takes the socket element away, so that the page does not come back."""
        if listener.state is not State.GONE:
            self.leave(listener)
            frames = render_farewell(listener.feed, refusal, listener.cohort)
            listener.transport.clear()
            listener.transport.write(frames, None)
            listener.transport.close(refusal.value)

    async def run[T](self, function: Callable[..., T], *args: Any) -> T:
        """Call a function that uses the ORM in one of the hub's own threads."""
        return await self.threads.run(function, *args)

    def spawn(self, coroutine: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = self.loop.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            logger.error("A task of the hub failed: %r", error, exc_info=error)

    # Reading and handing out

    async def _catch_up(self, watch: Watch, listener: Listener, cursor: object) -> tuple[Changes, str]:
        now = watch.position
        if now and cursor == str(now) and not watch.behind:
            current = Changes(since=now.clock, position=now)
            return current, render_for(listener.feed, current, [listener.cohort])[listener.cohort]
        changes, frames = await self.run(read, listener.feed, cursor, [listener.cohort])
        return changes, frames[listener.cohort]

    async def _follow(self, watch: Watch) -> None:
        while True:
            await watch.rung.wait()
            watch.rung.clear()
            while watch.behind:
                try:
                    await self._advance(watch)
                except Exception as error:
                    # A database that is away: pages wait, the sweep rings again.
                    counters["read_failed"] += 1
                    logger.warning("Could not read %s: %r", watch.feed.topic, error)
                    break

    async def _advance(self, watch: Watch) -> None:
        cohorts = {listener.cohort for listener in watch.listeners}
        changes, frames = await self.run(read, watch.feed, str(watch.position), cohorts)
        if changes.access:
            await self._dismiss(watch)
        watch.position, watch.stale_epoch = changes.position, False
        watch.spoke_at = time.monotonic()
        for listener in list(watch.listeners):
            frame = frames.get(listener.cohort)
            if frame is not None:
                listener.offer(changes, frame)
            elif listener.state is State.LIVE:
                self.resync(listener)  # It joined while we read, in a cohort that had nobody.

    async def _dismiss(self, watch: Watch) -> None:
        """Somebody lost the right to follow: no frame of these ticks may reach them."""
        user_ids = {listener.user_id for listener in watch.listeners}
        allowed = await self.run(watch.feed.allowed, user_ids)
        for listener in list(watch.listeners):
            if listener.user_id in user_ids - allowed:
                self.refuse(listener, Refusal.NOT_ALLOWED)

    # Rights

    def _suspect(self, user_id: int, topic: str | None) -> None:
        watches = self.watches.values() if topic is None else filter(None, [self.watches.get(topic)])
        listeners = [listener for watch in watches for listener in watch.listeners if listener.user_id == user_id]
        for listener in listeners:
            if listener.state is State.LIVE:
                listener.state = State.CATCHING_UP  # Nothing more until the answer is in.
        if listeners:
            self.spawn(self._examine(listeners))

    async def _examine(self, listeners: Collection[Listener]) -> None:
        """Ask sessions and feeds again, close what may not stay, let the others go on where they were."""
        verdicts = await self.run(examine, listeners)
        for listener in listeners:
            if refusal := verdicts.get(listener):
                self.refuse(listener, refusal)
            elif listener.state is State.CATCHING_UP and listener.position:
                self.resync(listener)

    # The sweep

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_INTERVAL * random.uniform(0.8, 1.2))  # noqa: S311 (spreads load, guards nothing)
            for step in (
                self._compare,
                self._look_again,
                self._mark_seen,
                self._beat,
                self._subscribe_missing,
            ):
                try:
                    await step()
                except Exception as error:
                    counters["sweep_failed"] += 1
                    logger.warning("The sweep stumbled in %s: %r", step.__name__.strip("_"), error)

    async def _compare(self) -> None:
        feeds_by_class = defaultdict(list)
        for watch in self.watches.values():
            feeds_by_class[type(watch.feed)].append(watch.feed)
        for feed_class, feeds in feeds_by_class.items():
            for topic, position in (await self.run(feed_class.positions, feeds)).items():
                watch = self.watches.get(topic)
                if watch is None or watch.position is None:
                    continue
                ahead = position.epoch == watch.position.epoch and position.clock > watch.position.clock
                # Another epoch, or a clock that went back: a backup was restored under us.
                watch.stale_epoch = watch.stale_epoch or (not ahead and position != watch.position and not watch.behind)
                if ahead or watch.stale_epoch:
                    counters["bell_missed"] += ahead and watch.target < position.clock
                    watch.hear(position.clock)

    async def _look_again(self) -> None:
        if not self.unexamined:
            self.unexamined = [listener for watch in self.watches.values() for listener in watch.listeners]
        batch, self.unexamined = self.unexamined[:EXAMINED_PER_SWEEP], self.unexamined[EXAMINED_PER_SWEEP:]
        present = [listener for listener in batch if listener.state is not State.GONE]
        for listener, refusal in (await self.run(examine, present)).items() if present else ():
            self.refuse(listener, refusal)

    async def _mark_seen(self) -> None:
        for watch in list(self.watches.values()):
            if watch.position and watch.seen_clock != watch.position.clock and type(watch.feed).seen is not Feed.seen:
                clock = watch.seen_clock = watch.position.clock
                viewers = {listener.user_id for listener in watch.listeners if listener.state is State.LIVE}
                await self.run(watch.feed.seen, viewers, clock)

    async def _beat(self) -> None:
        for watch in self.watches.values():
            if watch.feed.changes_url() and time.monotonic() - watch.spoke_at > HEARTBEAT_INTERVAL:
                watch.spoke_at = time.monotonic()
                beat = render_to_string("live/connected.html", {"feed": watch.feed})
                for listener in watch.listeners:
                    if listener.state is State.LIVE and not listener.transport.pending:
                        listener.write(beat)

    # The channel layer

    async def _subscribe(self) -> None:
        """Hear the layer's bells for as long as the hub lives, whatever happens to the broker."""
        layer = get_channel_layer()
        while layer is not None:
            try:
                async with asyncio.timeout(LAYER_TIMEOUT):
                    self.channel = await layer.new_channel("live")
                    await layer.group_add(EVERYONE, self.channel)
                for watch in list(self.watches.values()):
                    await self._subscribe_to(watch)
                while True:
                    self.hear(await layer.receive(self.channel))
            except Exception as error:
                counters["layer_failed"] += 1
                logger.warning("The channel layer is away: %r", error)
                self.channel = None
                for watch in self.watches.values():
                    watch.subscribed = False
                await asyncio.sleep(SWEEP_INTERVAL)

    async def _subscribe_missing(self) -> None:
        for watch in list(self.watches.values()):
            if not watch.subscribed:
                await self._subscribe_to(watch)

    async def _subscribe_to(self, watch: Watch) -> None:
        if self.channel is None or watch.subscribed:
            return
        try:
            async with asyncio.timeout(LAYER_TIMEOUT):
                await get_channel_layer().group_add(watch.feed.topic, self.channel)
            watch.subscribed = True
        except Exception as error:
            counters["layer_failed"] += 1
            logger.warning("Could not subscribe to %s: %r", watch.feed.topic, error)

    async def _unsubscribe_from(self, watch: Watch) -> None:
        if self.channel is None or watch.feed.topic in self.watches:
            return
        try:
            async with asyncio.timeout(LAYER_TIMEOUT):
                await get_channel_layer().group_discard(watch.feed.topic, self.channel)
        except Exception as error:
            counters["layer_failed"] += 1
            logger.warning("Could not unsubscribe from %s: %r", watch.feed.topic, error)


def read(feed: Feed, cursor: object, cohorts: Iterable[Cohort]) -> tuple[Changes, dict[Cohort, str]]:
    changes = catch_up(feed, cursor)
    return changes, render_for(feed, changes, cohorts)


def render_farewell(feed: Feed, refusal: Refusal, cohort: Cohort) -> str:
    with translation.override(cohort.language), timezone.override(cohort.time_zone):
        return feed.farewell(refusal)
