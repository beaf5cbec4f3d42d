"""What the pages of one class of personal feeds show in this process, and the rounds in which that changes."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

from rooms.live.doubts import Doubt
from rooms.live.drawing import Arrival, Drawing
from rooms.live.feed import Position
from rooms.live.listener import Listener
from rooms.live.personal import News, PersonalFeed

PEOPLE_AT_ONCE = 200
"""Whose states one query reads."""


class Job(NamedTuple):
    """What one round of reading is about; put together in the loop, worked through in a thread."""

    people: list[int]
    topics: list[str]
    partly: dict[str, dict[int, int]]
    arrivals: list[Arrival]
    touched: list[int]
    open: dict[int, list[Listener]]
    looking: dict[str, set[int]]
    """Who has a topic itself before their eyes, here …"""
    elsewhere: dict[str, set[int]]
    """… or in other processes, as those say. They are asked about again: a page may be in the past, or dead."""
    doubts: dict[str, Doubt]
    """Who is to be asked about."""
    quiet: Collection[int]
    """Whose noises another process makes."""
    doubted: dict[str, Doubt]
    """Filled by the round: who is to be asked about later."""


class States(dict[int, Any]):
    """The states of the people who are connected, by their ids, and how far the topics are read that they follow.

    They change in rounds only, one after the other, each in a thread.
    """

    def __init__(self, feed_class: type[PersonalFeed[Any]]) -> None:
        super().__init__()
        self.feed_class = feed_class
        self.followers: dict[str, set[int]] = {}
        self.positions: dict[str, Position] = {}
        """Up to where each shared topic is read."""
        self.moments: dict[int, Any] = {}
        """What no clock tells of, as people's pages show it."""

    def work(self, job: Job) -> Drawing:
        """Read and draw, in one of the hub's threads. Nobody else looks at the states meanwhile."""
        drawing = Drawing(self.feed_class, job.quiet)
        for topic, doubt in job.doubts.items():
            self._look_again(topic, doubt, job, drawing)
        for topic in job.topics:
            if (news := self._read_news(topic, job)) is not None:
                readers = ((self[pk], job.open[pk]) for pk in news.told if pk in job.open)
                drawing.add_news(readers, news)
        for topic, clocks in job.partly.items():
            self._reread(topic, clocks, job, drawing)
        before = {pk: self[pk] for pk in job.people if pk in self}
        self._read_people(job.people)
        for user_id, known in before.items():
            if user_id in self:
                drawing.add_state(job.open.get(user_id, ()), self[user_id], known)
        for user_id in job.touched:
            if user_id in self:
                known = self.moments.get(user_id)
                self.moments[user_id] = drawing.add_moment(job.open[user_id], self[user_id], known)
        for arrival in job.arrivals:
            if arrival.listener.user_id in self:
                drawing.add_arrival(arrival, self[arrival.listener.user_id])
        drawing.share()
        return drawing

    def _read_news(self, topic: str, job: Job) -> News | None:
        followers = {pk: self[pk] for pk in self.followers.get(topic, ()) if pk in self}
        if not followers:
            return None
        looking, elsewhere = job.looking.get(topic, set()), job.elsewhere.get(topic, set())
        since = self.positions[topic]
        news = self.feed_class.read_news(topic, since, followers, looking | elsewhere)
        if news is None:
            job.people.extend(followers.keys() - set(job.people))
            self.positions |= self.feed_class.topic_positions([topic])
        else:
            self.positions[topic] = news.position
            if doubted := (elsewhere - looking) & followers.keys():
                job.doubted[topic] = Doubt(since, news.position, doubted)
        return news

    def _look_again(self, topic: str, doubt: Doubt, job: Job, drawing: Drawing) -> None:
        """Who had it before their eyes has read it by now. The others are told."""
        states = {pk: self[pk] for pk in doubt.people - set(job.people) if pk in self}
        states = {pk: state for pk, state in states.items() if topic in state.topics}
        news = self.feed_class.read_unseen(topic, doubt.since, doubt.until, states) if states else None
        if news is None:
            job.people.extend(states)
        else:
            drawing.add_news(((states[pk], job.open[pk]) for pk in news.told), news)

    def _reread(self, topic: str, clocks: dict[int, int], job: Job, drawing: Drawing) -> None:
        states = {pk: self[pk] for pk in clocks.keys() - set(job.people) if pk in self}
        news = self.feed_class.reread(topic, states, clocks) if states else None
        if news is None:
            job.people.extend(states)
        else:
            drawing.add_news(((states[pk], job.open[pk]) for pk in news.told), news)

    def _read_people(self, user_ids: list[int]) -> None:
        for start in range(0, len(user_ids), PEOPLE_AT_ONCE):
            some = user_ids[start : start + PEOPLE_AT_ONCE]
            states = self.feed_class.read_states(some)
            for user_id in some:
                before, state = self.pop(user_id, None), states.get(user_id)
                if before is not None:
                    self._unfollow(user_id, before.topics)
                if state is not None:
                    self[user_id] = state
                    self._follow(user_id, state.topics)

    def _follow(self, user_id: int, topics: Any) -> None:
        for topic, position in topics.items():
            self.followers.setdefault(topic, set()).add(user_id)
            # What was read for the others may be older: each state knows by itself how far it is.
            self.positions.setdefault(topic, position)

    def _unfollow(self, user_id: int, topics: Collection[str]) -> None:
        for topic in topics:
            followers = self.followers.get(topic)
            if followers is not None:
                followers.discard(user_id)
                if not followers:
                    del self.followers[topic]
                    self.positions.pop(topic, None)

    def forget(self, user_id: int) -> None:
        """Somebody has no page any more."""
        self._unfollow(user_id, self.pop(user_id).topics)
        self.moments.pop(user_id, None)
