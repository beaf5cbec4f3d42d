"""Who is here: counted over tabs, processes and machines, shown to those who may see it, a frame at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from rooms.feeds import InboxFeed, RoomFeed
from rooms.live import presence
from rooms.live.attendance import Attendance, online, present
from rooms.live.feed import Cohort, Feed
from rooms.live.here import Here
from rooms.live.hub import Hub
from rooms.live.listener import Listener
from rooms.live.presence import Presence, shown_online
from rooms.live.roll import Roll
from rooms.models import Room, User
from rooms.tests.live.conftest import Wire, sign_in, until

INTERVAL = 0.05

Open = Callable[..., Awaitable[Listener]]


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "INTERVAL", INTERVAL)
    monkeypatch.setattr(presence, "GATHERING", 0.01)
    monkeypatch.setattr(presence, "QUIET_START", 0)
    monkeypatch.setattr(Here, "grace", 0.3)


async def open_page(hub: Hub, feed: Feed, user: User) -> Listener:
    listener = Listener(feed, user.pk, await hub.run(sign_in, user), Cohort.of(user))
    listener.transport = Wire()
    hub.join(listener)
    await hub.sync(listener, str(await hub.run(feed.position)))
    return listener


def names(listener: Listener) -> list[str] | None:
    """Who is here, as the page shows it; None before it has been told."""
    for frame in reversed(listener.transport.frames):
        if "room-presence" in frame:
            return [image["title"] for image in BeautifulSoup(frame, "html.parser").find_all("img")]
    return None


def presence_frames(listener: Listener) -> list[str]:
    return [frame for frame in listener.transport.frames if "room-presence" in frame]


async def test_who_comes_is_shown_at_once_and_told_who_is_here(start: Any, room: Room, people: dict[str, User]) -> None:
    hub = await start()
    alice = await open_page(hub, RoomFeed(room.pk), people["alice"])
    await until(lambda: names(alice) == ["Alice"])
    bob = await open_page(hub, RoomFeed(room.pk), people["bob"])
    await until(lambda: names(alice) == ["Alice", "Bob"])
    await until(lambda: names(bob) == ["Alice", "Bob"])
    assert await hub.run(present, f"room.{room.pk}") == {people["alice"].pk, people["bob"].pk}


async def test_one_of_three_tabs_makes_no_difference(start: Any, room: Room, people: dict[str, User]) -> None:
    hub = await start()
    alice = await open_page(hub, RoomFeed(room.pk), people["alice"])
    tabs = [await open_page(hub, RoomFeed(room.pk), people["bob"]) for _ in range(3)]
    await until(lambda: names(alice) == ["Alice", "Bob"])
    told = len(presence_frames(alice))
    hub.leave(tabs[0])
    await asyncio.sleep(Here.grace + 4 * INTERVAL)  # What must not come would have come.
    assert names(alice) == ["Alice", "Bob"]
    assert len(presence_frames(alice)) == told
    for tab in tabs[1:]:
        hub.leave(tab)
    await until(lambda: names(alice) == ["Alice"])


async def test_a_page_that_finds_all_as_it_was_is_told_too(start: Any, room: Room, people: dict[str, User]) -> None:
    hub = await start()
    first = await open_page(hub, RoomFeed(room.pk), people["bob"])
    await until(lambda: names(first) == ["Bob"])
    second = await open_page(hub, RoomFeed(room.pk), people["bob"])
    await until(lambda: names(second) == ["Bob"])
    assert len(presence_frames(first)) == 1


async def test_who_comes_while_the_row_is_written_is_not_missed(
    start: Any, room: Room, people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = await start()
    alice = await open_page(hub, RoomFeed(room.pk), people["alice"])
    await until(lambda: names(alice) == ["Alice"])
    real, pages = Roll.write, []

    async def write(self: Roll) -> None:
        await real(self)
        if not pages:
            pages.append(await open_page(hub, RoomFeed(room.pk), people["bob"]))

    monkeypatch.setattr(Roll, "write", write)
    await open_page(hub, InboxFeed(people["charlie"].pk), people["charlie"])
    await until(lambda: names(alice) == ["Alice", "Bob"])
    assert await hub.run(present, f"room.{room.pk}") == {people["alice"].pk, people["bob"].pk}


async def test_processes_know_of_each_other(start: Any, room: Room, people: dict[str, User]) -> None:
    here, there = await start(), await start()
    alice = await open_page(here, RoomFeed(room.pk), people["alice"])
    bob = await open_page(there, RoomFeed(room.pk), people["bob"])
    await until(lambda: names(alice) == ["Alice", "Bob"])
    await until(lambda: names(bob) == ["Alice", "Bob"])
    there.leave(bob)
    await until(lambda: names(alice) == ["Alice"])


async def test_whom_no_bell_tells_of_the_heartbeat_finds(
    start: Any, room: Room, people: dict[str, User], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.LIVE_PRESENCE_HEARTBEAT = 0.3
    here, there = await start(), await start()
    here.ears["presence"] = lambda message: None
    alice = await open_page(here, RoomFeed(room.pk), people["alice"])
    await open_page(there, RoomFeed(room.pk), people["bob"])
    await until(lambda: names(alice) == ["Alice", "Bob"])


async def test_a_process_that_ends_takes_its_people_with_it(start: Any, room: Room, people: dict[str, User]) -> None:
    here, there = await start(), await start()
    alice = await open_page(here, RoomFeed(room.pk), people["alice"])
    await open_page(there, RoomFeed(room.pk), people["bob"])
    await until(lambda: names(alice) == ["Alice", "Bob"])
    await there.stop()
    await until(lambda: names(alice) == ["Alice"])
    assert await here.run(Attendance.objects.count) == 1


async def test_a_process_that_was_killed_haunts_nobody(
    start: Any, room: Room, people: dict[str, User], settings: Any
) -> None:
    settings.LIVE_PRESENCE_HEARTBEAT = 2.0
    here = await start()
    alice = await open_page(here, RoomFeed(room.pk), people["alice"])
    ghost = people["bob"].pk
    follows = {"online": [ghost], f"room.{room.pk}": [ghost]}
    await here.run(lambda: Attendance.objects.create(process="gone", seen_at=Now(), version=1, follows=follows))
    await until(lambda: names(alice) == ["Alice", "Bob"])
    assert await here.run(online) == {people["alice"].pk, ghost}
    await until(lambda: names(alice) == ["Alice"])
    assert await here.run(online) == {people["alice"].pk}
    assert await here.run(Attendance.objects.count) == 1
    await here.run(people["bob"].refresh_from_db)
    assert people["bob"].last_seen_at is not None


async def test_a_row_that_others_took_for_dead_is_written_again(
    start: Any, room: Room, people: dict[str, User], settings: Any
) -> None:
    settings.LIVE_PRESENCE_HEARTBEAT = 1.0
    hub = await start()
    await open_page(hub, RoomFeed(room.pk), people["alice"])
    async with asyncio.timeout(20):
        while not await hub.run(online):
            await asyncio.sleep(INTERVAL)
        await hub.run(lambda: Attendance.objects.all().delete())
        while not await hub.run(online):
            await asyncio.sleep(INTERVAL)
    assert await hub.run(present, f"room.{room.pk}") == {people["alice"].pk}


async def test_who_comes_back_soon_was_never_away(
    start: Any, room: Room, people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Here, "grace", 10)  # So that it is soon on a busy machine, too.
    hub = await start()
    alice = await open_page(hub, RoomFeed(room.pk), people["alice"])
    bob = await open_page(hub, RoomFeed(room.pk), people["bob"])
    await until(lambda: names(alice) == ["Alice", "Bob"])
    told = len(presence_frames(alice))
    for _ in range(5):
        hub.leave(bob)
        await asyncio.sleep(2 * INTERVAL)
        bob = await open_page(hub, RoomFeed(room.pk), people["bob"])
        await asyncio.sleep(2 * INTERVAL)
    assert len(presence_frames(alice)) == told


async def test_a_storm_is_a_handful_of_frames(
    start: Any, room: Room, people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence, "INTERVAL", 0.5)
    hub = await start()
    alice = await open_page(hub, RoomFeed(room.pk), people["alice"])
    await until(lambda: names(alice))
    crowd = await hub.run(make_crowd, room, 1_000)
    began = asyncio.get_running_loop().time()
    await come(hub, room, crowd)
    await until(lambda: ">1001<" in presence_frames(alice)[-1])
    seconds = asyncio.get_running_loop().time() - began
    assert len(presence_frames(alice)) <= 3 + seconds / presence.INTERVAL
    assert len(names(alice) or []) == 8


async def test_a_crowd_that_comes_back_was_never_away(
    start: Any, room: Room, people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Here, "grace", 10)
    hub = await start()
    alice = await open_page(hub, RoomFeed(room.pk), people["alice"])
    crowd = await hub.run(make_crowd, room, 1_000)
    listeners = await come(hub, room, crowd)
    await until(lambda: presence_frames(alice) and ">1001<" in presence_frames(alice)[-1])
    told = len(presence_frames(alice))
    for listener in listeners:
        hub.leave(listener)
    await asyncio.sleep(4 * INTERVAL)
    await come(hub, room, crowd)
    await asyncio.sleep(4 * INTERVAL)
    assert len(presence_frames(alice)) == told


async def come(hub: Hub, room: Room, crowd: list[User]) -> list[Listener]:
    listeners = []
    for user in crowd:
        listener = Listener(RoomFeed(room.pk), user.pk, "", Cohort.of(user))
        listener.transport = Wire()
        hub.join(listener)
        listeners.append(listener)
        await asyncio.sleep(0)
    return listeners


def make_crowd(room: Room, number: int) -> list[User]:
    crowd = [User(email=f"{n}@example.org", name=f"Person {n}") for n in range(number)]
    User.objects.bulk_create(crowd)
    room.admit(crowd)
    return crowd


async def test_the_rooms_of_others_tell_nothing(start: Any, room: Room, people: dict[str, User]) -> None:
    hub = await start()
    other = await hub.run(
        lambda: Room.objects.open_up(Room.Kind.CLOSED, name="Den", creator=people["charlie"], people=[])
    )
    charlie = await open_page(hub, RoomFeed(other.pk), people["charlie"])
    refused = await open_page(hub, RoomFeed(room.pk), people["charlie"])
    alice = await open_page(hub, RoomFeed(room.pk), people["alice"])
    await until(lambda: names(alice) == ["Alice"])
    await until(lambda: names(charlie) == ["Charlie"])
    assert refused.transport.closed == 4403
    assert "Alice" not in "".join(refused.transport.frames)
    assert "Alice" not in "".join(charlie.transport.frames)


async def test_online_is_any_page_and_says_whom_it_concerns(start: Any, people: dict[str, User]) -> None:
    told: list[set[int]] = []
    presence.changes.append(lambda hub, user_ids: told.append(user_ids))
    try:
        hub = await start()
        alice = people["alice"].pk
        listener = await open_page(hub, InboxFeed(alice), people["alice"])
        await until(lambda: told == [{alice}])
        assert shown_online() == {alice}
        assert await hub.run(online) == {alice}
        hub.leave(listener)
        await until(lambda: told == [{alice}, {alice}])
        assert shown_online() == set()
    finally:
        presence.changes.pop()


async def test_invisible_is_as_good_as_absent(start: Any, room: Room, people: dict[str, User]) -> None:
    """What others' pages are told of somebody invisible, against what they are told of somebody who is not there."""
    hub = await start()
    people["bob"].invisible = True
    await hub.run(lambda: people["bob"].save(update_fields=["invisible"]))
    alice = await open_page(hub, RoomFeed(room.pk), people["alice"])
    await until(lambda: names(alice) == ["Alice"])
    before = list(alice.transport.frames)
    bob = await open_page(hub, RoomFeed(room.pk), people["bob"])
    inbox = await open_page(hub, InboxFeed(people["bob"].pk), people["bob"])
    await until(lambda: names(bob) == ["Alice"])
    hub.leave(bob)
    hub.leave(inbox)
    await asyncio.sleep(Here.grace + 4 * INTERVAL)
    assert alice.transport.frames == before
    await hub.run(people["bob"].refresh_from_db)
    assert people["bob"].last_seen_at is None


async def test_becoming_invisible_takes_effect_in_open_pages(start: Any, room: Room, people: dict[str, User]) -> None:
    here, there = await start(), await start()
    alice = await open_page(here, RoomFeed(room.pk), people["alice"])
    await open_page(there, RoomFeed(room.pk), people["bob"])
    await until(lambda: names(alice) == ["Alice", "Bob"])
    await there.run(lambda: people["bob"].change_visibility(invisible=True))
    await until(lambda: names(alice) == ["Alice"])
    await until(lambda: people["bob"].pk not in shown_online())  # Each process comes to it in a round of its own.
    assert await here.run(present, f"room.{room.pk}") == {people["alice"].pk, people["bob"].pk}
    await there.run(lambda: people["bob"].change_visibility(invisible=False))
    await until(lambda: names(alice) == ["Alice", "Bob"])


async def test_who_hides_while_it_is_asked_who_may_be_shown_is_asked_about_again(
    start: Any, room: Room, people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = await start()
    alice = await open_page(hub, RoomFeed(room.pk), people["alice"])
    await until(lambda: names(alice) == ["Alice"])
    real, hidden = presence.find_faces, []

    def find_faces(user_ids: Any) -> dict[int, str]:
        found = real(user_ids)
        if not hidden:
            hidden.append(people["bob"].change_visibility(invisible=True))
        return found

    monkeypatch.setattr(presence, "find_faces", find_faces)
    await open_page(hub, RoomFeed(room.pk), people["bob"])
    await until(lambda: hidden)
    await until(lambda: people["bob"].pk in hub.presence.hidden)
    await until(lambda: names(alice) == ["Alice"])


async def test_who_has_gone_was_last_seen_then(start: Any, room: Room, people: dict[str, User]) -> None:
    hub = await start()
    bob = await open_page(hub, RoomFeed(room.pk), people["bob"])
    await until(lambda: names(bob))
    hub.leave(bob)
    async with asyncio.timeout(5):
        while people["bob"].last_seen_at is None:
            await hub.run(people["bob"].refresh_from_db)


async def test_rest_costs_next_to_nothing(
    start: Any, room: Room, people: dict[str, User], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = await start()
    alice = await open_page(hub, RoomFeed(room.pk), people["alice"])
    await until(lambda: names(alice))
    rounds = count_rounds(monkeypatch)
    await asyncio.sleep(30 * INTERVAL)
    assert len(rounds) <= 2  # The last of what was under way.


async def test_a_change_costs_a_few_queries(room: Room, people: dict[str, User], hub: Hub) -> None:
    task = Presence(hub)
    await open_page(hub, RoomFeed(room.pk), people["alice"])
    await open_page(hub, RoomFeed(room.pk), people["bob"])

    async def look() -> list[str]:
        captured: list[str] = []

        async def run(function: Callable[..., Any], *args: Any) -> Any:
            def call() -> Any:
                with CaptureQueriesContext(connection) as context:
                    result = function(*args)
                captured.extend(query["sql"] for query in context.captured_queries)
                return result

            return await hub.threads.run(call)

        hub.run = run  # type: ignore[method-assign]
        await task.round()
        return captured

    first = await look()
    assert len([sql for sql in first if "live_attendance" in sql]) == 2  # Its own row, the others'.
    assert len(first) == 3  # And who may be shown.
    assert await look() == []


def count_rounds(monkeypatch: pytest.MonkeyPatch) -> list[Presence]:
    rounds: list[Presence] = []
    real = Presence.round

    async def round(self: Presence) -> None:
        rounds.append(self)
        await real(self)

    monkeypatch.setattr(Presence, "round", round)
    return rounds


@pytest.fixture(autouse=True)
def nobody_yet(transactional_db: None) -> Iterator[None]:
    assert not Attendance.objects.exists()
    yield


def test_a_row_counts_for_three_heartbeats(transactional_db: None) -> None:
    Attendance.objects.create(process="fresh", seen_at=Now() - timedelta(seconds=44), follows={"online": [1]})
    Attendance.objects.create(process="stale", seen_at=Now() - timedelta(seconds=46), follows={"online": [2]})
    assert online() == {1}
