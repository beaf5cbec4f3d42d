"""One feed that is slow to read keeps nobody else waiting: Channels' one thread for all would (reliability F35)."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from django.db import connection

from rooms.feeds import RoomFeed
from rooms.live.feed import Changes, Position
from rooms.live.hub import Hub
from rooms.models import Room, User
from rooms.tests.live.conftest import Follow, frames_with, until


class SlowFeed(RoomFeed):
    """A room whose changes are read for as long as the test likes."""

    reading, may_end = threading.Event(), threading.Event()

    def changes(self, since: int, now: Position) -> Changes | None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            self.reading.set()
            self.may_end.wait(60)
        return super().changes(since, now)


@pytest.fixture(autouse=True)
def nothing_is_read_for_ever() -> Iterator[None]:
    SlowFeed.reading.clear()
    SlowFeed.may_end.clear()
    yield
    SlowFeed.may_end.set()


async def test_a_slow_read_delays_no_other_room(hub: Hub, follow: Follow, room: Room, people: dict[str, User]) -> None:
    alice, bob = people["alice"], people["bob"]
    slow_room = await hub.run(
        lambda: Room.objects.open_up(Room.Kind.CLOSED, name="Slow", creator=alice, people=[alice])
    )
    slow, quick = await follow(SlowFeed(slow_room.pk), alice), await follow(RoomFeed(room.pk), bob)

    await hub.run(slow_room.post, alice, "in its own time", "k-slow")
    await until(SlowFeed.reading.is_set)
    for number in range(20):
        await hub.run(room.post, alice, f"quick {number:02}", f"k-{number}")
        await until(lambda text=f"quick {number:02}": frames_with(quick, text))
    latecomer = await follow(RoomFeed(room.pk), alice, f"{room.epoch}.0")

    assert frames_with(latecomer, "quick 19")
    assert not frames_with(slow, "in its own time")
    SlowFeed.may_end.set()
    await until(lambda: frames_with(slow, "in its own time"))
