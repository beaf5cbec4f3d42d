"""What is true for a few seconds: who is typing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.db import transaction

from rooms.feeds import RoomFeed, typing
from rooms.live import bell, whisper, whispers
from rooms.live.consumer import LiveConsumer
from rooms.live.hub import Hub
from rooms.live.listener import Listener
from rooms.models import Room, User
from rooms.tests.live.conftest import Follow, frames_with, until


@pytest.fixture(autouse=True)
def nobody_has_typed() -> Iterator[None]:
    yield
    typing.passed_on.clear()


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whispers, "INTERVAL", 0.1)
    monkeypatch.setattr(typing, "SECONDS", 1.0)


def sentences(listener: Listener) -> dict[str, str]:
    """What the page's typing line holds, by whom each is for: the last frame counts."""
    frames = [frame for frame in listener.transport.frames if "#typing" in frame]
    found = BeautifulSoup(frames[-1] if frames else "", "html.parser").find_all("p")
    return {p.get("data-reader") or f"not {p['data-typists']}": p.text for p in found}


def type_in(room: Room, user: User) -> None:
    RoomFeed(room.pk).signal(user, "typing", {"type": "typing"})


async def test_one_types_the_others_see_it_and_it_ends(
    hub: Hub, follow: Follow, room: Room, people: dict[str, User]
) -> None:
    bob = await follow(RoomFeed(room.pk), people["bob"])
    alice = people["alice"].pk
    await hub.run(type_in, room, people["alice"])
    await until(lambda: sentences(bob))
    assert list(sentences(bob)) == [f"not {alice}"]
    await until(lambda: frames_with(bob, "#typing") and not sentences(bob), seconds=3)
    await until(lambda: not hub.whispers.talks)


async def test_each_of_several_reads_of_the_others(
    hub: Hub, follow: Follow, room: Room, people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(typing, "SECONDS", 60)
    page = await follow(RoomFeed(room.pk), people["alice"])
    alice, bob = people["alice"].pk, people["bob"].pk
    await hub.run(type_in, room, people["alice"])
    await hub.run(type_in, room, people["bob"])
    await until(lambda: len(sentences(page)) == 3)
    assert sentences(page) == {
        f"not {alice} {bob}": "Alice and Bob are typing",
        str(alice): "Bob is typing",
        str(bob): "Alice is typing",
    }


async def test_four_are_several_and_five_are_for_themselves_too(
    hub: Hub, follow: Follow, room: Room, people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(typing, "SECONDS", 60)
    page = await follow(RoomFeed(room.pk), people["alice"])
    crowd = [User(email=f"{n}@example.org", name=f"Person {n}") for n in range(5)]
    await hub.run(lambda: (User.objects.bulk_create(crowd), room.admit(crowd)))
    for user in crowd[:4]:
        await hub.run(type_in, room, user)
    await until(lambda: len(sentences(page)) == 5)
    everybody = next(text for reader, text in sentences(page).items() if reader.startswith("not"))
    assert everybody == "Several people are typing"
    assert sentences(page)[str(crowd[0].pk)] == "Person 1, Person 2 and Person 3 are typing"
    await hub.run(type_in, room, crowd[4])
    await until(lambda: sentences(page) == {"not ": "Several people are typing"})


async def test_who_sends_it_does_not_type_any_more(
    hub: Hub, follow: Follow, room: Room, people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(typing, "SECONDS", 60)
    page = await follow(RoomFeed(room.pk), people["bob"])
    await hub.run(type_in, room, people["alice"])
    await until(lambda: sentences(page))
    await hub.run(room.post, people["alice"], "done", "k-1")
    await until(lambda: not sentences(page))
    typing.passed_on.clear()
    await hub.run(type_in, room, people["alice"])  # The last signal was still on its way.
    assert not await comes(lambda: sentences(page))


async def comes(condition: Any, seconds: float = 0.5) -> bool:
    try:
        await until(condition, seconds)
    except TimeoutError:
        return False
    return True


async def test_a_signal_a_second_is_passed_on(hub: Hub, room: Room, people: dict[str, User]) -> None:
    heard: list[bell.Message] = []
    bell.eavesdroppers.append(heard)
    try:
        for _ in range(20):
            await hub.run(type_in, room, people["alice"])
    finally:
        bell.eavesdroppers.remove(heard)
    (message,) = heard
    assert {key: message[key] for key in ("type", "topic", "kind", "subject")} == {
        "type": "whisper",
        "topic": f"room.{room.pk}",
        "kind": "typing",
        "subject": people["alice"].pk,
    }


async def test_a_crowd_that_types_is_a_frame_each_interval(
    hub: Hub, follow: Follow, room: Room, people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whispers, "INTERVAL", 10)
    page = await follow(RoomFeed(room.pk), people["bob"])
    crowd = [User(email=f"{n}@example.org", name=f"Person {n}") for n in range(50)]
    await hub.run(lambda: (User.objects.bulk_create(crowd), room.admit(crowd)))
    for user in crowd:
        await hub.run(type_in, room, user)
    await until(lambda: frames_with(page, "#typing"))
    assert not await comes(lambda: len(frames_with(page, "#typing")) > 1)


async def test_only_the_room_is_told(hub: Hub, follow: Follow, room: Room, people: dict[str, User]) -> None:
    other = await hub.run(
        lambda: Room.objects.open_up(Room.Kind.CLOSED, name="Den", creator=people["charlie"], people=[])
    )
    outside = await follow(RoomFeed(other.pk), people["charlie"])
    refused = await follow(RoomFeed(room.pk), people["charlie"])
    inside = await follow(RoomFeed(room.pk), people["bob"])
    await hub.run(type_in, room, people["alice"])
    await until(lambda: sentences(inside))
    assert not frames_with(outside, "Alice")
    assert not frames_with(refused, "Alice")


async def test_who_is_not_in_the_room_cannot_type_there(
    hub: Hub, follow: Follow, room: Room, people: dict[str, User]
) -> None:
    page = await follow(RoomFeed(room.pk), people["bob"])
    await hub.run(type_in, room, people["charlie"])
    await hub.run(whisper, f"room.{room.pk}", "typing", people["charlie"].pk, 1)
    assert not await comes(lambda: frames_with(page, "#typing"))


async def test_the_invisible_type_without_a_trace(
    hub: Hub, follow: Follow, room: Room, people: dict[str, User]
) -> None:
    page = await follow(RoomFeed(room.pk), people["bob"])
    await hub.run(lambda: people["alice"].change_visibility(invisible=True))
    before = list(page.transport.frames)
    await hub.run(type_in, room, people["alice"])
    assert not await comes(lambda: page.transport.frames != before)
    assert not hub.whispers.talks


async def test_what_is_rolled_back_is_not_whispered(
    hub: Hub, follow: Follow, room: Room, people: dict[str, User]
) -> None:
    page = await follow(RoomFeed(room.pk), people["bob"])

    def whisper_and_fail() -> None:
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            whisper(f"room.{room.pk}", "typing", people["alice"].pk, 5)
            raise ZeroDivisionError

    await hub.run(whisper_and_fail)
    assert not await comes(lambda: frames_with(page, "#typing"))


async def test_what_waited_for_the_line_is_not_passed_on(hub: Hub, room: Room, people: dict[str, User]) -> None:
    """htmx sends what it kept in line before it says where the page is."""
    consumer = LiveConsumer(RoomFeed)
    consumer.feed, consumer.user = RoomFeed(room.pk), people["alice"]
    heard: list[bell.Message] = []
    bell.eavesdroppers.append(heard)
    try:
        listener = Listener(consumer.feed, people["alice"].pk, "", (await hub.run(cohort, people["alice"])))
        listener.hub = hub
        await consumer._act(listener, {"type": "typing"})
        assert heard == []
        listener.state = listener.state.LIVE
        await consumer._act(listener, {"type": "typing"})
        assert len(heard) == 1
    finally:
        bell.eavesdroppers.remove(heard)


def cohort(user: User) -> Any:
    from rooms.live.feed import Cohort

    return Cohort.of(user)


async def test_it_is_heard_once_though_it_comes_twice(
    hub: Hub, follow: Follow, room: Room, people: dict[str, User]
) -> None:
    page = await follow(RoomFeed(room.pk), people["bob"])
    message = {"type": "whisper", "topic": f"room.{room.pk}", "kind": "typing", "subject": people["alice"].pk}
    hub.hear({**message, "seconds": 0.3, "id": "a"})
    await until(lambda: sentences(page))
    await until(lambda: not sentences(page))
    hub.hear({**message, "seconds": 0.3, "id": "a"})
    assert not await comes(lambda: sentences(page))
    hub.hear({**message, "seconds": 0.3, "id": "b"})
    await until(lambda: sentences(page))
