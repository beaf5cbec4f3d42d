"""What counts as seen: what came while somebody looked."""

from __future__ import annotations

from rooms.feeds import RoomFeed
from rooms.live.hub import Hub
from rooms.live.sweep import Sweep
from rooms.models import Room, User
from rooms.tests.live.conftest import Follow, frames_with, until


async def test_what_came_while_someone_looked_is_read(
    hub: Hub, follow: Follow, room: Room, people: dict[str, User]
) -> None:
    listener = await follow(RoomFeed(room.pk), people["bob"])
    message = await hub.run(room.post, people["alice"], "hello", "k-1")
    await until(lambda: frames_with(listener, "hello"))
    await Sweep(hub).once()
    assert await hub.run(read_position, room, people["bob"]) == message.position


async def test_what_came_just_before_someone_left_is_read(
    hub: Hub, follow: Follow, room: Room, people: dict[str, User]
) -> None:
    listener = await follow(RoomFeed(room.pk), people["bob"])
    message = await hub.run(room.post, people["alice"], "hello", "k-1")
    await until(lambda: frames_with(listener, "hello"))
    hub.leave(listener)
    await hub.run(room.post, people["alice"], "are you there?", "k-2")
    await Sweep(hub).once()
    assert await hub.run(read_position, room, people["bob"]) == message.position


def read_position(room: Room, user: User) -> int:
    return room.memberships.get(user=user).read_position
