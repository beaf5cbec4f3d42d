"""Hundreds of pages ask in one moment what they missed."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from rooms.feeds import RoomFeed
from rooms.live.batch import AT_ONCE
from rooms.live.feed import Changes, Cohort, Position
from rooms.live.hub import THREADS, Hub
from rooms.live.listener import Listener, State
from rooms.models import Room, User
from rooms.tests.live.conftest import Wire, frames_with

PAGES = 300


class CountedFeed(RoomFeed):
    """A room's feed that notes how often it is read, and how often at the same time."""

    lock = threading.Lock()
    reads = running = most = 0

    def changes(self, since: int, now: Position) -> Changes | None:
        with counted():
            return super().changes(since, now)


@contextmanager
def counted() -> Iterator[None]:
    with CountedFeed.lock:
        CountedFeed.reads += 1
        CountedFeed.running += 1
        CountedFeed.most = max(CountedFeed.most, CountedFeed.running)
    try:
        yield
    finally:
        with CountedFeed.lock:
            CountedFeed.running -= 1


@pytest.fixture(autouse=True)
def fresh() -> None:
    CountedFeed.reads = CountedFeed.running = CountedFeed.most = 0


async def come_back(hub: Hub, pages: list[tuple[Room, User, Position]]) -> list[Listener]:
    """Have all of them ask at once, each from where it was."""
    listeners = []
    for room, user, _ in pages:
        listener = Listener(CountedFeed(room.pk), user.pk, "", Cohort.of(user))
        listener.transport = Wire()
        hub.join(listener)
        listeners.append(listener)
    await asyncio.gather(*[hub.sync(listener, str(page[2])) for listener, page in zip(listeners, pages, strict=True)])
    return listeners


async def test_who_stood_at_the_same_place_is_read_for_together(hub: Hub, room: Room, people: dict[str, User]) -> None:
    places: list[Any] = []
    for number in range(4):
        places.append(await hub.run(RoomFeed(room.pk).position))
        await hub.run(room.post, people["bob"], f"text {number}", f"key-{number}")
    listeners = await come_back(hub, [(room, people["alice"], places[number % 3]) for number in range(PAGES)])

    batches = 1 + -(-PAGES // AT_ONCE)
    assert CountedFeed.reads <= batches * 3
    for number, listener in enumerate(listeners):
        assert listener.state is State.LIVE
        assert len(frames_with(listener, "text 3")) == 1
        assert len(frames_with(listener, "text 0")) == (number % 3 == 0)


async def test_many_rooms_are_read_a_few_at_a_time(hub: Hub, people: dict[str, User]) -> None:
    create = Room.objects.open_up
    rooms = [
        await hub.run(lambda number=number: create(Room.Kind.OPEN, name=f"Room {number}", creator=people["alice"]))
        for number in range(30)
    ]
    pages = [(room, people["alice"], await hub.run(RoomFeed(room.pk).position)) for room in rooms]
    for room in rooms:
        await hub.run(room.post, people["alice"], "while away", f"key-{room.pk}")
    listeners = await come_back(hub, pages)

    assert CountedFeed.most <= THREADS
    assert CountedFeed.reads == len(rooms)
    assert all(len(frames_with(listener, "while away")) == 1 for listener in listeners)
