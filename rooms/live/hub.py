"""One hub in each process: it hears bells, reads what changed once, and hands the same frame to every listener."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from functools import partial
from itertools import batched
from typing import TYPE_CHECKING, Any

from rooms.live import bell, metrics
from rooms.live.access import Visitor, look_up
from rooms.live.batch import Batch
from rooms.live.database import DatabaseThreads
from rooms.live.desk import Desk
from rooms.live.feed import Feed, Refusal, earlier
from rooms.live.frames import Frame
from rooms.live.listener import Listener, State, offer_all
from rooms.live.metrics import counters
from rooms.live.personal import PersonalFeed, PersonalWatch
from rooms.live.reading import CaughtUp, Wanted, read, read_for_all
from rooms.live.rights import Rights
from rooms.live.seeing import Seeing
from rooms.live.subscription import Subscription
from rooms.live.sweep import Sweep
from rooms.live.transport import TRY_AGAIN_LATER
from rooms.live.watch import Watch
from rooms.live.whispers import Whispers

if TYPE_CHECKING:
    from rooms.live.presence import Presence

logger = logging.getLogger("rooms.live")

THREADS = 4
CATCH_UPS_AT_ONCE = 8
LISTENERS_AT_ONCE = 500


class Hub:
    """Follows the feeds that this process's sockets watch. Everything but `call_soon` belongs to one event loop."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.watches: dict[str, Watch] = {}
        self.desks: dict[type[PersonalFeed[Any]], Desk] = {}
        self.presence: Presence | None = None
        self.ears: dict[str, Callable[[dict[str, Any]], None]] = {}
        """What hears other messages of the channel layer, by their type."""
        self.whispers = Whispers(self)
        self.rights = Rights(self)
        self.seeing = Seeing(self)
        self.departed: list[Listener] = []
        self.threads = DatabaseThreads(THREADS)
        self.gate = asyncio.Semaphore(CATCH_UPS_AT_ONCE)
        self.subscription = Subscription(self)
        self._doors: dict[type[Feed], Batch[tuple[str, Mapping[str, Any]], Visitor]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        bell.hubs.add(self)
        self.spawn(self.subscription.run())
        self.spawn(Sweep(self).run())
        self.spawn(metrics.watch_loop())

    @classmethod
    def current(cls) -> Hub:
        """The hub of the running event loop; made on first use."""
        loop = asyncio.get_running_loop()
        return next((hub for hub in bell.hubs if hub.loop is loop), None) or cls()

    async def stop(self) -> None:
        """End every task and thread. Sockets are the server's to close."""
        bell.hubs.discard(self)
        for watch in self.watches.values():
            if watch.seen_timer:
                watch.seen_timer.cancel()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.loop.run_in_executor(None, self.threads.shut_down)

    def call_soon(self, callback: Callable[..., Any], *args: Any) -> None:
        """Run a function, or start a coroutine function, in the hub's loop, from any thread."""

        def run() -> None:
            result = callback(*args)
            if asyncio.iscoroutine(result):
                self.spawn(result)

        if not self.loop.is_closed():
            self.loop.call_soon_threadsafe(run)

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

    # Listeners come, catch up and go

    async def look_up(self, feed_class: type[Feed], session_key: str, url: Mapping[str, Any]) -> Visitor:
        """Who opens a socket, to which feed, and whether they may."""
        if feed_class not in self._doors:
            self._doors[feed_class] = Batch(partial(self._look_up, feed_class))
        return await self._doors[feed_class].ask((session_key, url))

    async def _look_up(
        self, feed_class: type[Feed], visitors: Sequence[tuple[str, Mapping[str, Any]]]
    ) -> list[Visitor | Exception]:
        return await self.run(look_up, feed_class, visitors)

    def join(self, listener: Listener) -> None:
        """Register a listener. It takes frames once it has synced: registered first, read after, nothing slips by."""
        listener.hub = self
        topic = listener.feed.topic
        if topic not in self.watches:
            self.watches[topic] = self._watch(listener.feed)
        self.watches[topic].add(listener)
        self.stir(topic)

    def _watch(self, feed: Feed) -> Watch:
        if isinstance(feed, PersonalFeed):
            feed_class = type(feed)
            if feed_class not in self.desks:
                self.desks[feed_class] = Desk(self, feed_class)
                self.spawn(self.subscription.add(feed_class.group))
            return PersonalWatch(feed, self.desks[feed_class])
        watch = Watch(feed)
        watch.catch_ups = Batch(partial(self._read_for_all, feed))
        watch.task = self.spawn(self._follow(watch))
        self.spawn(self.subscription.add(feed.topic))
        return watch

    def topics(self) -> set[str]:
        """The groups of the channel layer that this process has to hear."""
        wanted = {topic for topic, watch in self.watches.items() if not isinstance(watch, PersonalWatch)}
        for feed_class, desk in self.desks.items():
            wanted.add(feed_class.group)
            wanted.update(desk.states.followers)
        return wanted

    def leave(self, listener: Listener) -> None:
        if listener.state is State.LIVE:
            self.departed.append(listener)
        listener.state = State.GONE
        watch = self.watches.get(listener.feed.topic)
        if watch is None:
            return
        watch.discard(listener)
        self.stir(listener.feed.topic)
        if not watch.listeners:
            del self.watches[listener.feed.topic]
            if watch.task:
                watch.task.cancel()
            if isinstance(watch, PersonalWatch):
                watch.desk.leave(listener.user_id)
            else:
                self.spawn(self.subscription.discard(watch.feed.topic))

    def stir(self, topic: str) -> None:
        """Somebody has come, gone, or become able to take frames."""
        if self.presence:
            self.presence.stir(topic)

    async def sync(self, listener: Listener, cursor: object) -> None:
        """Bring a page from its cursor to the present, tell it that it is connected, and let it listen."""
        # One after the other: a page may ask from an older place (history) while it is being caught up from a newer.
        async with listener.catching_up:
            watch = self.watches.get(listener.feed.topic)
            if watch is None or listener.state is State.GONE:
                return
            if isinstance(watch, PersonalWatch):
                return await watch.desk.welcome(listener, cursor if isinstance(cursor, str) else "")
            if listener.state is not State.WAITING:
                cursor = earlier(cursor, listener.position)
            listener.state = State.CATCHING_UP
            while True:
                rewinds = watch.rewinds
                try:
                    position, frame, allowed = await self._catch_up(watch, listener, cursor)
                except Exception as error:
                    return self.let_go(listener, error)
                if listener.suspicion:
                    await listener.suspicion
                if listener.state is not State.CATCHING_UP:
                    return
                if not allowed:
                    return self.rights.refuse(listener, Refusal.NOT_ALLOWED)
                listener.write(frame, position)
                cursor = str(position)
                watch.position = watch.position or position
                # The watch may have moved on while we read: what it sent meanwhile passed this listener by.
                if watch.rewinds == rewinds and not watch.ahead_of(position):
                    break
            listener.state = State.LIVE
            self.stir(listener.feed.topic)
            watch.compare(position)
            watch.seen_clock = -1

    def resync(self, listener: Listener) -> None:
        """Have a listener catch up from where it was."""
        listener.state = State.CATCHING_UP  # From here on it takes no frames: what it lacks is read.
        self.spawn(self.sync(listener, str(listener.position)))

    def let_go(self, listener: Listener, error: Exception) -> None:
        """Close so that the page comes back: what it lacks could not be read."""
        counters["read_failed"] += 1
        logger.warning("Let a page of user %s go, %s could not be read: %r", listener.user_id, listener.feed, error)
        listener.close(TRY_AGAIN_LATER)

    async def _catch_up(self, watch: Watch, listener: Listener, cursor: object) -> CaughtUp:
        if watch.position and cursor == str(watch.position) and not watch.behind:
            return CaughtUp(watch.position, watch.greeting(), True)
        page = Wanted(listener.user_id, listener.cohort, cursor if isinstance(cursor, str) else "")
        return await watch.catch_ups.ask(page)

    async def _read_for_all(self, feed: Feed, pages: Sequence[Wanted]) -> list[CaughtUp]:
        async with self.gate:
            return await self.run(read_for_all, feed, pages)

    # A change is read once and handed to everyone

    def hear(self, message: dict[str, Any]) -> None:
        """Take a bell, from this process or from the channel layer."""
        if ear := self.ears.get(message["type"]):
            ear(message)
        elif message["type"] == "revoke":
            self.rights.suspect(message["user"], message["topic"])
        elif message["type"] == "peal":
            for each in bell.unpack(message):
                self.hear(each)
        elif message["type"] == "bell":
            if watch := self.watches.get(message["topic"]):
                watch.hear(message["clock"], message.get("at"), message.get("about", ""))
            for desk in self.desks.values():
                desk.hear(message["topic"], message["clock"], message.get("at"))

    async def _follow(self, watch: Watch) -> None:
        while True:
            await watch.rung.wait()
            watch.rung.clear()
            try:
                while watch.behind:
                    await watch.settle()
                    await self._advance(watch)
            except Exception as error:
                # A database that is away: pages wait, the sweep rings again.
                counters["read_failed"] += 1
                logger.warning("Could not read %s: %r", watch.feed.topic, error)

    async def _advance(self, watch: Watch) -> None:
        target, before = watch.target, watch.position
        changes, frames = await self.run(read, watch.feed, str(before), list(watch.cohorts))
        if changes.access:
            await self.rights.dismiss(watch)
        rewound = watch.move_to(changes.position, target)
        sent: Counter[Frame] = Counter()
        for cohort, listeners in list(watch.cohorts.items()):
            if cohort not in frames:
                self._resync_newcomers(listeners)
                continue
            for some in batched(list(listeners), LISTENERS_AT_ONCE):
                sent[frames[cohort]] += offer_all(some, None if rewound else before, changes, frames[cohort], rewound)
                if len(some) == LISTENERS_AT_ONCE:
                    await asyncio.sleep(0)  # A large room lets the others have their turn.
        metrics.note_delivery(sent, watch.take_commits())
        self.whispers.silence(watch.feed, changes)
        self.seeing.mark_soon(watch)

    def _resync_newcomers(self, listeners: Collection[Listener]) -> None:
        """They joined while we read, in a cohort that had nobody."""
        for listener in listeners:
            if listener.state is State.LIVE:
                counters["resync_cohort"] += 1
                self.resync(listener)
