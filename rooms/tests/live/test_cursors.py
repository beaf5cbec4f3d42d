"""Where a page says it is, and what it then gets: what it lacks, or the whole last page. Never a hole."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import count
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from rooms.feeds import RoomFeed
from rooms.live import seeing
from rooms.live.feed import Position
from rooms.live.testing import lost_bells
from rooms.models import Message, Room, User
from rooms.tests.live.tabs import Network, Tab
from rooms.tests.pages import assert_live_equals_reload, read

EDGES = (1, 40, 41, 500)
"""One change; a page of history; one more; more than is told change by change."""

numbers = count(1)


@pytest.fixture
async def network(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Network]:
    monkeypatch.setattr(seeing, "SEEN_AFTER", 3_600)  # What is seen is read with the sweeps that a test asks for.
    network = Network()
    yield network
    await network.stop()


Open = Callable[..., Awaitable[Tab]]


@pytest.fixture
def open_page(network: Network, room: Room, people: dict[str, User]) -> Open:
    """Open the room for Alice, and its sockets, unless told to wait with them."""

    async def open_page(connect: bool = True) -> Tab:
        client = Client()

        def get() -> str:
            client.force_login(people["alice"])
            return client.get(room.get_absolute_url()).content.decode()

        tab = Tab(network, client, await network.outside.run(get))
        if connect:
            tab.connect()
            await network.settle()
        return tab

    return open_page


@pytest.fixture
def shows_what_a_reload_shows(network: Network, room: Room) -> Callable[..., Awaitable[None]]:
    path = room.get_absolute_url()

    async def compare(tab: Tab, at_once: bool = True) -> None:
        await network.settle()
        before = read(tab.page.document, path).messages
        for _ in range(2):  # What the first finds is seen, and counts as read, in the second.
            network.sweep()
            await network.settle()

        def check() -> None:
            assert_live_equals_reload(tab.page.document, lambda url: tab.client.get(url).content.decode(), path)

        await network.outside.run(check)
        assert not at_once or read(tab.page.document, path).messages == before, "it took a sweep"

    return compare


Compare = Callable[..., Awaitable[None]]


def post(room: Room, author: User, number: int = 1) -> None:
    for _ in range(number):
        key = f"k-{next(numbers)}"
        room.post(author, f"This is {key}", key)


def fill(room: Room, author: User, number: int) -> int:
    """Let a room have been talked in, faster than by talking; return its clock."""
    with transaction.atomic():
        first = Room.objects.get(pk=room.pk).clock + 1
        ticks = range(first, first + number)
        now = timezone.now()
        rows = ((tick, f"k-{next(numbers)}") for tick in ticks)
        Message.objects.bulk_create(
            Message(room=room, author=author, key=key, body=f"This is {key}", position=tick, clock=tick, created_at=now)
            for tick, key in rows
        )
        Room.objects.filter(pk=room.pk).update(clock=ticks[-1])
    return ticks[-1]


@pytest.fixture
def restore_backup(network: Network, room: Room) -> Callable[[int], Awaitable[None]]:
    """Have the database be as it was at a tick, as if it had been copied then and copied back now."""

    def restore(clock: int) -> None:
        with transaction.atomic():
            Message.objects.filter(room=room, position__gt=clock).delete()
            Room.objects.filter(pk=room.pk).update(clock=clock)

    async def restore_backup(clock: int) -> None:
        network.restored = True
        await network.outside.run(restore, clock)

    return restore_backup


RestoreBackup = Callable[[int], Awaitable[None]]


def resets(tab: Tab) -> list[str]:
    return [frame for frame in tab.frames if 'hx-target="#log"' in frame]


# While a page is away


async def test_what_is_said_between_the_reading_of_a_page_and_its_opening(
    network: Network, open_page: Open, room: Room, people: dict[str, User], shows_what_a_reload_shows: Compare
) -> None:
    tab = await open_page(connect=False)
    await network.outside.run(post, room, people["bob"], 20)
    await network.outside.run(lambda: room.change(name="Foyer", topic="Come in"))
    tab.connect()
    await shows_what_a_reload_shows(tab)
    assert not resets(tab)


async def test_what_is_said_between_catching_up_and_listening(
    network: Network, open_page: Open, room: Room, people: dict[str, User], shows_what_a_reload_shows: Compare
) -> None:
    await open_page()  # Somebody else's: the hub follows the room already, and goes on while this page catches up.
    tab = await open_page(connect=False)
    network.threads.holding = True
    await network.outside.run(post, room, people["bob"])
    tab.connect()
    await network.settle()
    while network.threads.held:
        await network.outside.run(post, room, people["bob"])
        network.threads.let_go(-1)
        await network.settle()
        network.threads.holding = next(numbers) < 40
    await shows_what_a_reload_shows(tab)


@pytest.mark.parametrize("number", EDGES)
async def test_posts_while_away(
    number: int,
    network: Network,
    open_page: Open,
    room: Room,
    people: dict[str, User],
    shows_what_a_reload_shows: Compare,
) -> None:
    tab = await open_page()
    tab.drop()
    await network.outside.run(post, room, people["bob"], number)
    tab.connect()
    await shows_what_a_reload_shows(tab)
    assert bool(resets(tab)) == (number > RoomFeed.limit)


@pytest.mark.parametrize("number", EDGES)
@pytest.mark.parametrize("change", ["edit", "erase"])
async def test_changes_while_away(
    number: int,
    change: str,
    network: Network,
    open_page: Open,
    room: Room,
    people: dict[str, User],
    shows_what_a_reload_shows: Compare,
) -> None:
    await network.outside.run(fill, room, people["bob"], 520)
    tab = await open_page()
    await tab.scroll_up()
    tab.answer()
    await network.settle()
    tab.drop()

    def change_the_newest() -> None:
        for message in Message.objects.order_by("-position")[:number]:
            if change == "edit":
                message.edit(f"{message.body}, or rather not")
            else:
                message.erase(by=people["alice"])

    await network.outside.run(change_the_newest)
    tab.connect()
    await shows_what_a_reload_shows(tab)


async def test_as_many_changes_as_are_told_and_one_more(
    network: Network, open_page: Open, room: Room, people: dict[str, User], shows_what_a_reload_shows: Compare
) -> None:
    for number in (RoomFeed.limit, RoomFeed.limit + 1):
        tab = await open_page()
        tab.drop()
        await network.outside.run(fill, room, people["bob"], number)
        tab.connect()
        await shows_what_a_reload_shows(tab)
        assert bool(resets(tab)) == (number > RoomFeed.limit)
        tab.drop()


async def test_ten_thousand_posts_cost_no_more_than_a_page(
    network: Network, open_page: Open, room: Room, people: dict[str, User], shows_what_a_reload_shows: Compare
) -> None:
    tab = await open_page()
    tab.drop()
    await network.outside.run(fill, room, people["bob"], 10_000)
    tab.frames.clear()
    tab.connect()
    await shows_what_a_reload_shows(tab)
    assert len(resets(tab)) == 1
    assert sum(map(len, tab.frames)) < 100_000


# Cursors that cannot be


def wrong_cursors(room: Room, other: Room, clock: int) -> dict[str, Any]:
    return {
        "ahead of the clock": f"{room.epoch}.{clock + 1}",
        "far ahead of the clock": f"{room.epoch}.{10**17}",
        "2 to the 63rd": f"{room.epoch}.{2**63}",
        "beyond any integer": f"{room.epoch}.{'9' * 5_000}",
        "negative": f"{room.epoch}.-1",
        "of another room": f"{other.epoch}.50",
        "of another epoch": "0000beef.50",
        "text": "yesterday",
        "half": f"{room.epoch}.",
        "without an epoch": ".50",
        "with a line break": f"{room.epoch}.50\n",
        "in other digits": f"{room.epoch}.５０",
        "a lone surrogate": "\ud800",
        "NUL": f"{room.epoch}.5\x00",
        "empty": "",
        "none": None,
        "a number": 50,
        "a list": [f"{room.epoch}.50"],
        "an object": {"clock": 50},
    }


async def test_a_wrong_cursor_is_answered_with_the_whole_last_page(
    network: Network, open_page: Open, room: Room, people: dict[str, User], shows_what_a_reload_shows: Compare
) -> None:
    clock = await network.outside.run(fill, room, people["bob"], 50)
    create = Room.objects.open_up
    other = await network.outside.run(lambda: create(Room.Kind.CLOSED, name="Den", creator=people["bob"]))
    for kind, cursor in wrong_cursors(room, other, clock).items():
        tab = await open_page(connect=False)
        for message in tab.page.document.select("#messages article"):
            message.decompose()
        tab.greeting = {"type": "sync", "cursor": cursor}
        tab.connect()
        await shows_what_a_reload_shows(tab)
        assert len(resets(tab)) == 1, f"a cursor that is {kind}"
        assert tab.page.cursor(RoomFeed(room.pk)) == Position(room.epoch, clock)
        tab.drop()  # One person may not have as many sockets as there are wrong cursors.


def test_a_wrong_cursor_over_http_is_answered_with_the_whole_last_page(
    room: Room, people: dict[str, User], client: Client
) -> None:
    clock = fill(room, people["bob"], 50)
    client.force_login(people["alice"])
    other = Room.objects.open_up(Room.Kind.CLOSED, name="Den", creator=people["bob"])
    cursors = [
        cursor
        for cursor in wrong_cursors(room, other, clock).values()
        if isinstance(cursor, str) and cursor.isprintable()
    ]
    for cursor in (*cursors, None):
        query = {} if cursor is None else {"cursor": cursor}
        answer = client.get(f"/live/rooms/{room.pk}/changes/", query).content.decode()
        assert 'hx-target="#log"' in answer
        assert answer.count("<article") == 40
        assert f'value="{room.epoch}.{clock}"' in answer


async def test_a_page_that_is_live_may_ask_from_anywhere(
    network: Network, open_page: Open, room: Room, people: dict[str, User], shows_what_a_reload_shows: Compare
) -> None:
    await network.outside.run(fill, room, people["bob"], 50)
    tab = await open_page()

    def post_unheard() -> None:
        with lost_bells():
            post(room, people["bob"])

    for cursor in (f"{room.epoch}.50", f"{room.epoch}.51", f"{room.epoch}.99", "beef.1", None):
        await network.outside.run(post_unheard)
        tab.sockets[RoomFeed(room.pk).socket_url()].say({"type": "sync", "cursor": cursor})
        await shows_what_a_reload_shows(tab, at_once=False)


# The restore of a backup


async def test_a_backup_is_restored_under_open_pages(
    network: Network,
    open_page: Open,
    room: Room,
    people: dict[str, User],
    shows_what_a_reload_shows: Compare,
    restore_backup: RestoreBackup,
) -> None:
    await network.outside.run(fill, room, people["bob"], 30)
    tabs = [await open_page(), await open_page()]
    await network.outside.run(post, room, people["bob"], 20)
    await restore_backup(30)
    network.sweep()
    for tab in tabs:
        await shows_what_a_reload_shows(tab)
        assert tab.page.cursor(RoomFeed(room.pk)) == Position(room.epoch, 30)
    await network.outside.run(post, room, people["bob"])
    for tab in tabs:
        await shows_what_a_reload_shows(tab)


async def test_a_backup_is_restored_while_a_page_catches_up(
    network: Network,
    open_page: Open,
    room: Room,
    people: dict[str, User],
    shows_what_a_reload_shows: Compare,
    restore_backup: RestoreBackup,
) -> None:
    await network.outside.run(fill, room, people["bob"], 30)
    await open_page()
    tab = await open_page(connect=False)
    await network.outside.run(post, room, people["bob"], 20)
    await network.settle()
    tab.connect()
    await hold_the_second_read(network)
    await restore_backup(30)
    network.sweep()
    network.threads.holding = False
    while network.threads.held:
        network.threads.let_go(-1)
        await network.settle()
    await shows_what_a_reload_shows(tab)


async def hold_the_second_read(network: Network) -> None:
    """Let the page be admitted, and hold what is read for it then."""
    network.threads.holding = True
    await network.settle()
    for _ in range(len(network.threads.held)):
        network.threads.let_go()
    await network.settle()


async def test_a_page_comes_back_after_a_backup_was_restored(
    network: Network,
    open_page: Open,
    room: Room,
    people: dict[str, User],
    shows_what_a_reload_shows: Compare,
    restore_backup: RestoreBackup,
) -> None:
    await network.outside.run(fill, room, people["bob"], 50)
    tab = await open_page()
    tab.drop()
    await restore_backup(30)
    tab.connect()
    await shows_what_a_reload_shows(tab)
    assert len(resets(tab)) == 1


async def test_a_bell_from_before_the_restore_is_nothing_to_wait_for(
    network: Network, open_page: Open, room: Room, people: dict[str, User], shows_what_a_reload_shows: Compare
) -> None:
    await network.outside.run(fill, room, people["bob"], 30)
    tab = await open_page()
    network.hub.hear({"type": "bell", "topic": RoomFeed(room.pk).topic, "clock": 50})
    await network.settle()  # Would never return if the hub read again and again for what is not there.
    await network.outside.run(post, room, people["bob"])
    await shows_what_a_reload_shows(tab)
