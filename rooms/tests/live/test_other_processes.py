"""A page has two sockets, a person several pages: they may be in different processes."""

from __future__ import annotations

from typing import Any

import pytest

from rooms.feeds import InboxFeed, RoomFeed
from rooms.feeds.standing import read_inboxes
from rooms.live import doubts, presence, seeing
from rooms.live.feed import Cohort, Feed, Position
from rooms.live.hub import Hub
from rooms.live.listener import Listener
from rooms.models import Membership, Room, User
from rooms.models.membership import read_everything
from rooms.tests.live.conftest import Start, Wire, frames_with, sign_in, until

pytestmark = pytest.mark.usefixtures("no_sweep")


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "INTERVAL", 0.05)
    monkeypatch.setattr(presence, "GATHERING", 0.01)


@pytest.fixture
def bob(people: dict[str, User], room: Room) -> User:
    """He wants to hear of things, and knows that he was let in."""
    User.objects.filter(pk=people["bob"].pk).update(sound=True)
    read_everything(people["bob"].pk)
    return people["bob"]


async def open_page(hub: Hub, feed: Feed, user: User, cursor: str, **page: str) -> Listener:
    listener = Listener(feed, user.pk, await hub.run(sign_in, user), Cohort.of(user))
    listener.transport = Wire()
    listener.page = page
    listener.looking = feed.shows_present(page)
    hub.join(listener)
    await hub.sync(listener, cursor)
    return listener


async def open_room(hub: Hub, room: Room, user: User, **page: str) -> Listener:
    return await open_page(hub, RoomFeed(room.pk), user, str(await hub.run(RoomFeed(room.pk).position)), **page)


async def open_inbox(hub: Hub, user: User, **page: str) -> Listener:
    state = (await hub.run(read_inboxes, [user]))[user.pk]
    return await open_page(hub, InboxFeed(user.pk), user, str(state.cursor), **page)


def roll(hub: Hub) -> Any:
    assert hub.presence
    return hub.presence.roll


async def until_read(hub: Hub, room: Room, user: User) -> None:
    """Everybody has come to rest: what was said is read, and who was doubted has been asked about."""
    inboxes = hub.desks[InboxFeed]
    await until(lambda: inboxes.doubts.waiting)
    await until(lambda: not inboxes.doubts.waiting and not inboxes.doubts.due and not inboxes.wake.is_set())
    await hub.run(room.refresh_from_db)
    membership = await hub.run(lambda: Membership.objects.get(room=room, user=user))
    assert membership.read_position == room.clock


def told(listener: Listener) -> str:
    return "".join(listener.transport.frames)


async def test_what_one_looks_at_in_another_process_is_no_news(
    start: Start, room: Room, people: dict[str, User], bob: User
) -> None:
    here, there = await start(), await start()
    page = await open_room(there, room, bob)
    same_page = await open_inbox(here, bob, room=str(room.pk), title="Lobby")
    other_tab = await open_inbox(here, bob, title="People")
    await until(lambda: bob.pk in roll(here).elsewhere(f"room.{room.pk}"))
    before = told(same_page), told(other_tab)
    await here.run(room.post, people["alice"], "@Bob hello", "k-1")
    await until_read(here, room, bob)
    await here.run(room.post, people["alice"], "@Bob are you there?", "k-2")
    await until_read(here, room, bob)
    for page_told, known in zip((told(same_page), told(other_tab)), before, strict=True):
        came = page_told.removeprefix(known)  # That what one was told is another list: of two more, read already.
        assert 'hx-target="#centre-stale"' in came
        assert not any(sign in came for sign in ("toast-room", "<audio", "-badge", "bell__count", "(1)", "(2)"))

    page.close(1001)  # Who does not look is told.
    await until(lambda: bob.pk not in roll(here).elsewhere(f"room.{room.pk}"))
    await here.run(room.post, people["alice"], "@Bob bye", "k-3")
    await until(lambda: "toast-room" in told(other_tab))


@pytest.mark.parametrize("page", ["a place in the past", "dead"])
async def test_who_does_not_see_it_there_is_told_a_moment_later(
    start: Start, room: Room, people: dict[str, User], bob: User, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    here, there = await start(), await start()
    past = {"history": "1"} if page == "a place in the past" else {}
    await open_room(there, room, bob, **past)
    tab = await open_inbox(here, bob, title="People")
    await until(lambda: bob.pk in roll(here).elsewhere(f"room.{room.pk}"))
    if page == "dead":
        monkeypatch.setattr(seeing, "SEEN_AFTER", 3600)
        monkeypatch.setattr(seeing, "SEEN_AFTER_AT_MOST", 3600)
    await here.run(room.post, people["alice"], "@Bob hello", "k-1")
    await until(lambda: "toast-room" in told(tab))
    assert "<audio" in told(tab) and "(1) People" in told(tab)
    assert len(frames_with(tab, "toast-room")) == 1


async def test_what_comes_while_one_is_asked_about_has_its_own_turn(
    start: Start, room: Room, people: dict[str, User], bob: User
) -> None:
    here, there = await start(), await start()
    await open_room(there, room, bob)
    tab = await open_inbox(here, bob, title="People")
    await until(lambda: bob.pk in roll(here).elsewhere(f"room.{room.pk}"))
    before, inboxes = told(tab), here.desks[InboxFeed]
    await here.run(room.post, people["alice"], "hello", "k-0")
    await until(lambda: inboxes.doubts.waiting)
    for number in range(1, 5):
        await here.run(room.post, people["alice"], "hello", f"k-{number}")
        await until(lambda: inboxes.states.positions[f"room.{room.pk}"].clock == room.clock)
    await until_read(here, room, bob)
    assert told(tab) == before


async def test_there_is_one_sound_in_all_processes(
    start: Start, room: Room, people: dict[str, User], bob: User
) -> None:
    first, second = sorted([await start(), await start()], key=lambda hub: roll(hub).process)
    tabs = [await open_inbox(hub, bob, title="People") for hub in (first, second)]
    await until(lambda: bob.pk in roll(second).served_first("inbox"))
    assert bob.pk not in roll(first).served_first("inbox")
    await first.run(room.post, people["alice"], "@Bob hello", "k-1")
    await until(lambda: all("toast-room" in told(tab) for tab in tabs))
    assert ["<audio" in told(tab) for tab in tabs] == [True, False]

    tabs[0].close(1001)
    await until(lambda: bob.pk not in roll(second).served_first("inbox"))
    await first.run(room.post, people["alice"], "@Bob bye", "k-2")
    await until(lambda: "<audio" in told(tabs[1]))


async def test_a_process_without_pages_makes_no_sound_for_others(
    start: Start, room: Room, people: dict[str, User], bob: User
) -> None:
    """A room's socket alone is none: the sound comes with the inbox."""
    first, second = sorted([await start(), await start()], key=lambda hub: roll(hub).process)
    other = await first.run(
        lambda: Room.objects.open_up("closed", name="Den", creator=people["alice"], people=[people["alice"], bob])
    )
    await open_room(first, other, bob)
    tab = await open_inbox(second, bob, room=str(other.pk))
    await until(lambda: bob.pk in roll(second).elsewhere(f"room.{other.pk}"))
    await first.run(room.post, people["alice"], "@Bob hello", "k-1")
    await until(lambda: "<audio" in told(tab))


async def test_who_is_still_to_be_asked_about_is_not_forgotten_for_who_comes_after(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A desk may be late: while the database is away it takes up nobody."""
    monkeypatch.setattr(doubts, "LOOK_AGAIN_AFTER", 0)
    first, second, third = (Position("epoch", clock) for clock in (1, 2, 3))
    late = doubts.Doubts(await start(), lambda: None)
    late.add("room.1", doubts.Doubt(first, second, {1}))
    late.add("room.1", doubts.Doubt(second, third, {2}))
    await until(lambda: not late.waiting)

    assert late.take() == {"room.1": doubts.Doubt(first, third, {1, 2})}
    assert late.take() == {}


def test_they_are_asked_about_when_they_had_the_time_to_see_it() -> None:
    assert doubts.LOOK_AGAIN_AFTER > seeing.SEEN_AFTER_AT_MOST
