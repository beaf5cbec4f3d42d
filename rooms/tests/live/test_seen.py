"""What counts as seen: what came while somebody looked."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db import OperationalError
from django.test import Client, RequestFactory

from rooms.feeds import RoomFeed
from rooms.live.http import catch_up_response
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


def test_what_a_page_gets_by_asking_is_read(room: Room, people: dict[str, User], client: Client) -> None:
    client.force_login(people["bob"])
    message = room.post(people["alice"], "hello", "k-1")

    answer = ask(client, room, message.position - 1)

    assert "hello" in answer
    assert read_position(room, people["bob"]) == message.position
    assert people["bob"].memberships.with_unread().get(room=room).unread == 0


def test_what_a_page_of_history_is_told_is_not(room: Room, people: dict[str, User], client: Client) -> None:
    client.force_login(people["bob"])
    message = room.post(people["alice"], "hello", "k-1")

    ask(client, room, message.position - 1, history="1")

    assert people["bob"].memberships.with_unread().get(room=room).unread == 1


def test_an_answer_does_not_wait_for_a_database_that_cannot_write(
    room: Room, people: dict[str, User], rf: RequestFactory, caplog: Any
) -> None:
    class Unwritable(RoomFeed):
        def seen(self, user_ids: Collection[int], clock: int) -> None:
            raise OperationalError("the disk is full")

    message = room.post(people["alice"], "hello", "k-1")
    request = rf.get("/", {"cursor": f"{room.epoch}.{message.position - 1}"})
    request.user = people["bob"]

    answer = catch_up_response(request, Unwritable(room.pk))
    assert "hello" in answer.content.decode()
    assert "full" not in caplog.text

    answer.close()
    assert answer.closed
    assert "the disk is full" in caplog.text


def ask(client: Client, room: Room, clock: int, **page: str) -> str:
    query = {"cursor": f"{room.epoch}.{clock}", **page}
    return client.get(f"/live/rooms/{room.pk}/changes/", query).content.decode()


def read_position(room: Room, user: User) -> int:
    return room.memberships.get(user=user).read_position
