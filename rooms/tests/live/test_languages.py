"""What the server says over a socket of its own accord, it says in the reader's language."""

from __future__ import annotations

import json

import pytest
from asgiref.testing import ApplicationCommunicator
from channels.routing import URLRouter

from rooms.feeds import InboxFeed, RoomFeed
from rooms.live.hub import Hub
from rooms.live.listener import State
from rooms.live.sweep import Sweep
from rooms.live.testing import lost_bells
from rooms.models import Room, User
from rooms.routing import websocket_urlpatterns
from rooms.tests.live.conftest import Follow, sign_in, until

PATIENCE = 20
"""Seconds, for a database that is asked for the first time and a language that is still to be read."""


async def open_socket(room: Room, **headers: str) -> ApplicationCommunicator:
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "websocket", "path": f"/live/rooms/{room.pk}/", "headers": pairs}
    socket = ApplicationCommunicator(URLRouter(websocket_urlpatterns), scope)
    await socket.send_input({"type": "websocket.connect"})
    assert await socket.receive_output(PATIENCE) == {"type": "websocket.accept"}
    return socket


@pytest.mark.parametrize(
    ("name", "text"), [("alice", "Write something first."), ("bob", "メッセージを入力してください。")]
)
async def test_why_a_message_was_not_posted(
    hub: Hub, room: Room, people: dict[str, User], name: str, text: str
) -> None:
    socket = await open_socket(room, cookie=f"session={await hub.run(sign_in, people[name])}")
    message = {"type": "message", "body": " ", "key": "k-1"}
    await socket.send_input({"type": "websocket.receive", "text": json.dumps(message)})

    assert text in (await socket.receive_output(PATIENCE))["text"]
    await socket.send_input({"type": "websocket.disconnect", "code": 1001})
    await socket.wait(PATIENCE)


@pytest.mark.parametrize(
    ("language", "text"),
    [("en-GB,en", "You are signed out"), ("ja,en;q=0.5", "サインアウトしました"), ("*", "You are signed out")],
)
async def test_why_the_socket_of_nobody_closes(hub: Hub, room: Room, language: str, text: str) -> None:
    socket = await open_socket(room, accept_language=language)

    assert text in (await socket.receive_output(PATIENCE))["text"]
    assert await socket.receive_output(PATIENCE) == {"type": "websocket.close", "code": 4401}
    await socket.send_input({"type": "websocket.disconnect", "code": 4401})
    await socket.wait(PATIENCE)


JAPANESE = {"name": "Alice", "language": "ja", "time_zone": "UTC"}


async def test_open_pages_come_back_in_another_language(
    hub: Hub, follow: Follow, room: Room, people: dict[str, User]
) -> None:
    alice = people["alice"]
    listeners = [await follow(feed, alice) for feed in (RoomFeed(room.pk), InboxFeed(alice.pk))]
    await hub.run(lambda: alice.introduce(**JAPANESE))

    for listener in listeners:
        await until(lambda listener=listener: listener.state is State.GONE)
        assert listener.transport.closed == 1012
        # Without a cursor: what the page shows is drawn anew.
        assert f'id="{listener.feed.element_id}-cursor" value=""' in listener.transport.frames[-1]


async def test_the_sweep_finds_who_changed_their_language_without_a_bell(
    hub: Hub, follow: Follow, room: Room, people: dict[str, User], no_sweep: None
) -> None:
    listener = await follow(RoomFeed(room.pk), people["alice"])
    others = await follow(RoomFeed(room.pk), people["bob"])
    with lost_bells():
        await hub.run(lambda: people["alice"].introduce(**JAPANESE))
    await Sweep(hub).once()

    assert listener.transport.closed == 1012
    assert others.state is State.LIVE


async def test_another_name_closes_nothing(hub: Hub, follow: Follow, room: Room, people: dict[str, User]) -> None:
    listener = await follow(RoomFeed(room.pk), people["alice"])
    await hub.run(lambda: people["alice"].introduce(name="Alicia", language="en", time_zone="UTC"))
    await Sweep(hub).once()

    assert listener.state is State.LIVE
