"""Where the personal feeds of one class are read: for everybody in this process at once."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from rooms.live import metrics
from rooms.live.doubts import Doubts
from rooms.live.drawing import Arrival, Drawing
from rooms.live.frames import Frame
from rooms.live.listener import Listener, State
from rooms.live.metrics import counters
from rooms.live.personal import PersonalFeed, PersonalWatch
from rooms.live.states import Job, States
from rooms.live.transport import TRY_AGAIN_LATER

if TYPE_CHECKING:
    from rooms.live.hub import Hub

logger = logging.getLogger("rooms.live")

RETRY_INTERVAL = 1.0
"""Seconds between attempts to read while the database is away."""


class Desk:
    """Knows who is connected and what has rung, has the states read in rounds, and hands to the pages what was drawn.

    `rung` and `unread` are what the next round is about.
    """

    def __init__(self, hub: Hub, feed_class: type[PersonalFeed[Any]]) -> None:
        self.hub = hub
        self.feed_class = feed_class
        self.watches: dict[int, PersonalWatch] = {}
        """Of the people who have a page open here."""
        self.states = States(feed_class)
        self.rung: set[str] = set()
        self.unread: set[int] = set()
        self.departed: set[int] = set()
        self.partly: dict[str, dict[int, int]] = {}
        """To whom a shared topic alone reads differently, up to which clock of theirs."""
        self.doubtful: dict[int, int] = {}
        """The same people: what they are told of from now on is one thing more."""
        self.touched: set[int] = set()
        self.arrivals: list[Arrival] = []
        self.commits: list[float] = []
        self.wake = asyncio.Event()
        self.doubts = Doubts(hub, self.wake.set)
        hub.spawn(self.run())

    # What makes work, all of it in the loop

    async def welcome(self, listener: Listener, cursor: str) -> None:
        """Tell a page what it lacks, that it is connected, and let it listen."""
        while listener.state is not State.GONE:
            listener.state = State.CATCHING_UP
            if listener.suspicion:
                await listener.suspicion
                continue
            done: asyncio.Future[bool] = self.hub.loop.create_future()
            self.arrivals.append(Arrival(listener, cursor, done))
            self.wake.set()
            if await done:
                return

    def hear(self, topic: str, clock: int, at: float | None = None) -> None:
        """A shared topic has reached `clock`."""
        known = self.states.positions.get(topic)
        if topic in self.states.followers and (known is None or clock > known.clock):
            self.rung.add(topic)
            self.commits += [at] if at is not None else []
            self.wake.set()

    def hear_of(self, user_id: int, clock: int, at: float | None = None, about: str = "") -> None:
        """A person's own part has reached `clock`. Where that is one tick, and `about` one topic, only that is read."""
        state = self.states.get(user_id)
        if state is not None and clock <= max(state.position.clock, self.doubtful.get(user_id, 0)):
            return
        self.commits += [at] if at is not None else []
        if about and state is not None and user_id not in self.doubtful and clock == state.position.clock + 1:
            self.partly.setdefault(about, {})[user_id] = self.doubtful[user_id] = clock
            self.wake.set()
        else:
            self.read_anew([user_id])

    def leave(self, user_id: int) -> None:
        """Somebody has no page here any more."""
        self.watches.pop(user_id, None)
        if user_id in self.states:
            self.departed.add(user_id)
            self.wake.set()

    def read_anew(self, user_ids: Iterable[int]) -> None:
        """Have what these people's pages show read whole, and drawn where it is another."""
        self.unread.update(user_ids)
        self.wake.set()

    def touch(self, user_ids: Iterable[int]) -> None:
        """Have what no clock tells of drawn for these people, where it is not what their pages show."""
        self.touched.update(user_ids)
        self.wake.set()

    async def compare(self) -> None:
        """Find the bells of shared topics that were lost. One query."""
        if not self.states.followers:
            return
        actual = await self.hub.run(self.feed_class.topic_positions, list(self.states.followers))
        for topic, position in actual.items():
            known = self.states.positions.get(topic)
            if known is None or position == known:
                continue
            counters["bell_missed"] += topic not in self.rung
            if position.epoch != known.epoch or position.clock < known.clock:
                self.states.positions[topic] = position  # A backup was restored under us.
                self.read_anew(self.states.followers.get(topic, ()))
            else:
                self.hear(topic, position.clock)

    # A round

    async def run(self) -> None:
        while True:
            await self.wake.wait()
            self.wake.clear()
            job = self._take()
            try:
                drawing = await self.hub.run(self.states.work, job)
            except Exception as error:
                await self._put_off(job, error)
                continue
            self._settle(job)
            self._deliver(job, drawing)

    def _take(self) -> Job:
        people, topics, arrivals, touched = self.unread, self.rung, self.arrivals, self.touched
        self.unread, self.rung, self.arrivals, self.touched = set(), set(), [], set()
        partly, self.partly, doubtful, self.doubtful = self.partly, {}, self.doubtful, {}
        doubts = self.doubts.take()
        self._forget()
        # A page may have been drawn since a change of which no bell has been heard yet.
        coming = {arrival.listener.user_id for arrival in arrivals if not self._is_current(arrival)}
        people = {pk for pk in people if pk in self.states} | coming
        concerned = people.union(touched, doubtful, *(self.states.followers.get(topic, ()) for topic in topics))
        concerned.update(*(doubt.people for doubt in doubts.values()))
        watches, roll = self.hub.watches, self.hub.presence.roll if self.hub.presence else None
        return Job(
            people=list(people),
            topics=list(topics),
            partly=partly,
            arrivals=arrivals,
            touched=list(touched),
            open={pk: self._listeners(pk) for pk in concerned},
            looking={topic: watches[topic].live_people() for topic in topics if topic in watches},
            elsewhere={topic: roll.elsewhere(topic) for topic in topics} if roll else {},
            doubts=doubts,
            quiet=roll.served_first(self.feed_class.name) if roll else (),
            doubted={},
        )

    def _is_current(self, arrival: Arrival) -> bool:
        state = self.states.get(arrival.listener.user_id)
        return state is not None and str(state.cursor) == arrival.cursor

    def _listeners(self, user_id: int) -> list[Listener]:
        watch = self.watches.get(user_id)
        return [listener for listener in watch.listeners if listener.state is State.LIVE] if watch else []

    def _forget(self) -> None:
        """Let go of those who have no page any more."""
        departed, self.departed = self.departed, set()
        for user_id in departed:
            if user_id not in self.watches and user_id in self.states:
                self.states.forget(user_id)

    def _deliver(self, job: Job, drawing: Drawing) -> None:
        sent: Counter[Frame] = Counter()
        frames, besides = drawing.frames, 0
        for listener, html, position, own in drawing.changes:
            if listener.state is not State.LIVE:
                continue
            transport = listener.transport
            if transport.congested:
                listener.fall_behind()
            else:
                frame = frames[html]
                try:
                    transport.write(frame, position, own)
                except Exception as failure:  # It cannot be encoded: its page's trouble, and not the end of the desk.
                    drawing.failures.append((listener, failure))
                    continue
                listener.position = position
                sent[frame] += 1
                besides += len(own)
        for listener, error in drawing.failures:
            self.hub.let_go(listener, error)
        for arrival in job.arrivals:
            let_in = self._let_in(arrival, drawing)
            if not arrival.done.done():
                arrival.done.set_result(let_in)
        commits, self.commits = self.commits, []
        metrics.note_delivery(sent, commits, besides)

    def _let_in(self, arrival: Arrival, drawing: Drawing) -> bool:
        """Whether that was the last word on it; otherwise it asks again."""
        listener = arrival.listener
        if listener.state is not State.CATCHING_UP or arrival not in drawing.greetings:
            return listener.state is State.GONE
        if listener.suspicion:
            return False
        html, position = drawing.greetings[arrival]
        try:
            listener.write(drawing.frames[html], position)
        except Exception as error:
            self.hub.let_go(listener, error)
        else:
            listener.state = State.LIVE
        return True

    def _settle(self, job: Job) -> None:
        """Note how far everybody is, and hear what they follow."""
        for user_id in {*job.people}.union(*job.partly.values()):
            watch, state = self.watches.get(user_id), self.states.get(user_id)
            if watch is not None and state is not None:
                watch.position = state.position
        if job.people:
            self.hub.subscription.wake()  # They may follow something that nobody did.
        for topic, doubt in job.doubted.items():
            self.doubts.add(topic, doubt)

    async def _put_off(self, job: Job, error: Exception) -> None:
        """Try again later: pages that are connected wait, those that come are sent to come again."""
        counters["read_failed"] += 1
        logger.warning("Could not read %s of %d people: %r", self.feed_class.name, len(job.people), error)
        for arrival in job.arrivals:
            arrival.listener.close(TRY_AGAIN_LATER)
            if not arrival.done.done():
                arrival.done.set_result(True)
        self.read_anew(job.open)  # Those who were to be read in part, too.
        await asyncio.sleep(RETRY_INTERVAL)
