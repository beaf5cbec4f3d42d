"""A room's clock: every change has a tick of its own, none is left out, and none is seen before those before it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
from django.db import connection
from django.db.models import Count

from rooms.models import Message, Room, User

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 8
EACH = 15


def in_threads(job: Callable[[int], Any]) -> list[Any]:
    def run(number: int) -> Any:
        try:
            return job(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as threads:
        return list(threads.map(run, range(THREADS)))


def test_posts_at_once_take_every_tick_once(lobby: Room, alice: User, bob: User) -> None:
    def talk(thread: int) -> None:
        author = (alice, bob)[thread % 2]
        for number in range(EACH):
            Room.objects.get(pk=lobby.pk).post(author, "me too", f"k-{thread}-{number}")

    in_threads(talk)

    messages = lobby.messages.order_by("position")
    assert list(messages.values_list("position", "clock")) == [(n, n) for n in range(1, THREADS * EACH + 1)]
    lobby.refresh_from_db()
    assert lobby.clock == THREADS * EACH


def test_changes_at_once_take_every_tick_once(lobby: Room, alice: User, bob: User) -> None:
    """Each thread posts, edits and erases messages of its own, and renames the room: four ticks a turn."""

    def change(thread: int) -> list[int]:
        ticks = []
        for number in range(EACH):
            room = Room.objects.get(pk=lobby.pk)
            message = room.post(bob, "hello", f"k-{thread}-{number}")
            ticks.append(message.clock)
            message.edit("hallo")
            ticks.append(message.clock)
            message.erase(by=alice)
            ticks.append(message.clock)
            room.change(name="Lobby", topic=f"{thread}-{number}")
            ticks.append(room.clock)
        return ticks

    ticks = [tick for ticks in in_threads(change) for tick in ticks]

    assert sorted(ticks) == list(range(1, 4 * THREADS * EACH + 1))


def test_nobody_sees_a_tick_before_those_before_it(lobby: Room, bob: User) -> None:
    over = Event()

    def watch() -> int:
        """The room and its messages in one statement: as many as ticks, whenever one looks."""
        looks = 0
        rooms = Room.objects.filter(pk=lobby.pk).annotate(said=Count("messages")).values_list("clock", "said")
        try:
            while not over.wait(0.001):  # Not without a pause: Python's lock would be that thread's for seconds.
                clock, said = rooms.get()
                assert clock == said
                looks += 1
        finally:
            connection.close()
        return looks

    with ThreadPoolExecutor(1) as observer:
        looks = observer.submit(watch)
        try:
            in_threads(lambda thread: [lobby.post(bob, "hm", f"k-{thread}-{n}") for n in range(EACH)])
        finally:
            over.set()
        assert looks.result() > 10
    assert Message.objects.count() == THREADS * EACH
