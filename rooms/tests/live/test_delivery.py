"""What the hub promises: every change, to every listener, in order, once, at a constant cost."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from rooms.feeds import InboxFeed, RoomFeed
from rooms.live import hub as hub_module
from rooms.live.feed import Changes, Position
from rooms.live.frames import Frame
from rooms.live.hub import Hub
from rooms.live.listener import Listener, State
from rooms.live.testing import lost_bells
from rooms.live.transport import OUTBOX_LIMIT, AsgiTransport
from rooms.models import Room, User
from rooms.tests.live.conftest import Follow, frames_with, until


def everyone_has(listeners: list[Listener], text: str) -> bool:
    return all(frames_with(listener, text) for listener in listeners)


async def test_a_post_reaches_every_listener(hub: Hub, follow: Follow, room: Room, people: dict[str, User]) -> None:
    alice, bob = [await follow(RoomFeed(room.pk), people[name]) for name in ("alice", "bob")]
    await hub.run(room.post, people["alice"], "hello", "k-1")
    await until(lambda: frames_with(alice, "hello") and frames_with(bob, "hello"))
    assert len(frames_with(alice, "hello")) == 1


async def test_posts_arrive_in_the_order_of_the_clock(
    hub: Hub, follow: Follow, room: Room, people: dict[str, User]
) -> None:
    listener = await follow(RoomFeed(room.pk), people["alice"])
    for number in range(20):
        await hub.run(room.post, people["bob"], f"word{number:02}", f"k-{number}")
    await until(lambda: frames_with(listener, "word19"))
    text = "".join(listener.transport.frames)
    places = [text.index(f"word{number:02}") for number in range(20)]
    assert places == sorted(places)
    assert all(text.count(f"word{number:02}") == 1 for number in range(20))


async def test_a_lost_bell_costs_a_sweep_at_most(hub: Hub, follow: Follow, room: Room, people: dict[str, User]) -> None:
    listener = await follow(RoomFeed(room.pk), people["alice"])

    def post_silently() -> None:
        with lost_bells():
            room.post(people["bob"], "unheard", "k-1")

    await hub.run(post_silently)
    assert not frames_with(listener, "unheard")
    await until(lambda: frames_with(listener, "unheard"), seconds=10)


async def test_a_page_that_was_away_gets_what_it_missed(
    hub: Hub, follow: Follow, room: Room, people: dict[str, User]
) -> None:
    before = await hub.run(RoomFeed(room.pk).position)
    await hub.run(room.post, people["bob"], "while away", "k-1")
    listener = await follow(RoomFeed(room.pk), people["alice"], str(before))
    assert "while away" in listener.transport.frames[0]
    assert listener.state is State.LIVE


async def test_each_language_and_time_zone_gets_its_own_frame(
    hub: Hub, follow: Follow, room: Room, people: dict[str, User]
) -> None:
    message = await hub.run(room.post, people["alice"], "soon gone", "k-1")
    alice, bob = [await follow(RoomFeed(room.pk), people[name]) for name in ("alice", "bob")]
    await hub.run(message.erase, people["alice"])
    await until(lambda: frames_with(alice, "erased") and frames_with(bob, "article"))
    utc, tokyo = frames_with(alice, "article")[-1], frames_with(bob, "article")[-1]
    assert "+0000" in utc
    assert "+0900" in tokyo


async def test_a_change_costs_the_same_for_one_listener_and_for_fifty(
    hub: Hub, follow: Follow, room: Room, people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    costs: list[tuple[int, int]] = []
    renders: list[object] = []
    plain_read, plain_render = hub_module.read, RoomFeed.render

    def count_render(feed: RoomFeed, changes: Changes) -> str:
        renders.append(changes)
        return plain_render(feed, changes)

    def count_read(*args: Any) -> Any:
        renders.clear()
        with CaptureQueriesContext(connection) as queries:
            result = plain_read(*args)
        costs.append((len(queries), len(renders)))
        return result

    monkeypatch.setattr(RoomFeed, "render", count_render)
    monkeypatch.setattr(hub_module, "read", count_read)
    listeners = []
    for count, text in ((1, "to one"), (49, "to fifty")):
        listeners += [await follow(RoomFeed(room.pk), people["alice"]) for _ in range(count)]
        costs.clear()
        await hub.run(room.post, people["bob"], text, text.replace(" ", "-"))
        await until(partial(everyone_has, listeners, text))
        assert costs == [(3, 1)]  # Where the room is, what changed, and the message itself: no page has shown it yet.


async def test_someone_dismissed_gets_nothing_after_it(
    hub: Hub, follow: Follow, room: Room, people: dict[str, User]
) -> None:
    bob = await follow(RoomFeed(room.pk), people["bob"])

    def dismiss_and_post() -> None:
        room.dismiss([people["bob"]])
        room.post(people["alice"], "secret", "k-1")

    await hub.run(dismiss_and_post)
    await until(lambda: bob.transport.closed)
    assert bob.transport.closed == 4403
    assert not frames_with(bob, "secret")
    assert 'hx-swap="delete"' in bob.transport.frames[-1]


async def test_dismissal_holds_without_any_bell(hub: Hub, follow: Follow, room: Room, people: dict[str, User]) -> None:
    bob = await follow(RoomFeed(room.pk), people["bob"])

    def dismiss_and_post() -> None:
        with lost_bells():
            room.dismiss([people["bob"]])
            room.post(people["alice"], "secret", "k-1")

    await hub.run(dismiss_and_post)
    await until(lambda: bob.transport.closed, seconds=10)
    assert not frames_with(bob, "secret")


async def test_deactivation_closes_every_page_of_the_person(
    no_sweep: None, hub: Hub, follow: Follow, room: Room, people: dict[str, User]
) -> None:
    pages = [await follow(RoomFeed(room.pk), people["bob"]), await follow(InboxFeed(people["bob"].pk), people["bob"])]
    await hub.run(people["bob"].deactivate)
    await until(lambda: all(page.transport.closed for page in pages))


async def test_a_slow_reader_is_caught_up_when_it_reads_again(
    hub: Hub, follow: Follow, room: Room, people: dict[str, User]
) -> None:
    slow = await follow(RoomFeed(room.pk), people["alice"])
    quick = await follow(RoomFeed(room.pk), people["bob"])
    slow.transport.blocked = True
    for number in range(40):
        await hub.run(room.post, people["bob"], f"word{number:02} " + "x" * 9_000, f"k-{number}")
    await until(lambda: frames_with(quick, "word39"))
    assert slow.state is State.BEHIND
    slow.transport.blocked = False
    slow.drained()
    await until(lambda: frames_with(slow, "word39"))
    assert all(frames_with(slow, f"word{number:02}") for number in range(40))


async def test_the_list_of_rooms_follows_a_new_membership(
    hub: Hub, follow: Follow, room: Room, people: dict[str, User]
) -> None:
    charlie = await follow(InboxFeed(people["charlie"].pk), people["charlie"])
    assert not frames_with(charlie, "Lobby")
    await hub.run(room.admit, [people["charlie"]])
    await until(lambda: frames_with(charlie, "Lobby"))


async def test_under_any_server_what_is_of_one_page_alone_leaves_first_and_is_dropped_with_the_rest() -> None:
    sent: list[str] = []
    ready, drained = asyncio.Event(), asyncio.Event()

    async def send(message: dict[str, Any]) -> None:
        sent.append(message["text"])
        await ready.wait()

    transport = AsgiTransport(send, drained.set)
    transport.write(Frame("shared"), Position("e", 1), b"own")
    await until(lambda: sent == ["own"])
    assert transport.last is None
    transport.write(Frame("late"), Position("e", 2), b"x" * OUTBOX_LIMIT)
    assert transport.congested
    transport.clear()
    assert not transport.congested
    transport.write(Frame("after"), Position("e", 3), b"own")
    ready.set()
    await until(drained.is_set)
    assert (sent, transport.last) == (["own", "own", "after"], Position("e", 3))
