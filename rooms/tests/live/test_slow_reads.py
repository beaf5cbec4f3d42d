"""One feed that is slow to read keeps nobody else waiting: Channels' one thread for all would (reliability F35)."""

from __future__ import annotations

import time

from django.db import connection

from rooms.feeds import RoomFeed
from rooms.live.feed import Changes, Position
from rooms.live.hub import Hub
from rooms.models import Room, User
from rooms.tests.live.conftest import Follow, frames_with, until

SLOW_SECONDS = 2.0


class SlowFeed(RoomFeed):
    """A room whose changes take the database two seconds."""

    reading = False

    def changes(self, since: int, now: Position) -> Changes | None:
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                connection.connection.create_function("pg_sleep", 1, time.sleep)
            type(self).reading = True
            cursor.execute("SELECT pg_sleep(%s)", [SLOW_SECONDS])
        return super().changes(since, now)


async def test_a_slow_read_delays_no_other_room(hub: Hub, follow: Follow, room: Room, people: dict[str, User]) -> None:
    alice, bob = people["alice"], people["bob"]
    slow_room = await hub.run(
        lambda: Room.objects.open_up(Room.Kind.CLOSED, name="Slow", creator=alice, people=[alice])
    )
    slow, quick = await follow(SlowFeed(slow_room.pk), alice), await follow(RoomFeed(room.pk), bob)

    await hub.run(slow_room.post, alice, "in its own time", "k-slow")
    await until(lambda: SlowFeed.reading)
    delays = []
    for number in range(20):
        began = time.monotonic()
        await hub.run(room.post, alice, f"quick {number:02}", f"k-{number}")
        await until(lambda text=f"quick {number:02}": frames_with(quick, text))
        delays.append(time.monotonic() - began)
    latecomer = await follow(RoomFeed(room.pk), alice, f"{room.epoch}.0")

    assert frames_with(latecomer, "quick 19")
    assert not frames_with(slow, "in its own time"), "It was not slow enough for anything to be tested"
    assert max(delays) < 0.5
    await until(lambda: frames_with(slow, "in its own time"))
