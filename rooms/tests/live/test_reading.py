"""A reading takes several queries. Whatever changes between any two of them is shown, or comes after the cursor."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from threading import Thread
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from rooms.feeds import RoomFeed
from rooms.live.feed import Cohort, catch_up, render_for
from rooms.live.testing import FakePage
from rooms.models import Message, Room, User, history
from rooms.tests.pages import assert_live_equals_reload, read_messages

pytestmark = pytest.mark.django_db(transaction=True)

numbers = count(1)


class Moment:
    """Has something happen elsewhere just before one of the queries of this thread."""

    def __init__(self, number: int, happening: Callable[[], None]) -> None:
        self.number = number
        self.happening = happening
        self.seen = 0
        self.came = False

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        # Not while we hold locks: the others would wait for us, and this for them.
        if not self.came and not connection.in_atomic_block:
            self.came = self.seen == self.number
            self.seen += 1
            if self.came:
                elsewhere(self.happening)
        return execute(sql, params, many, context)


def elsewhere(job: Callable[[], None]) -> None:
    """Do it in another thread, with its own connection, and wait for it."""
    failures: list[BaseException] = []

    def run() -> None:
        try:
            job()
        except BaseException as failure:
            failures.append(failure)
        finally:
            connection.close()

    thread = Thread(target=run)
    thread.start()
    thread.join()
    if failures:
        raise failures[0]


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "PAGE_SIZE", 4)


@pytest.fixture
def talked_in(room: Room, people: dict[str, User], small_pages: None) -> Room:
    for _ in range(10):
        say(room, people["bob"])
    return room


def say(room: Room, author: User) -> None:
    key = f"k-{next(numbers)}"
    room.post(author, f"This is {key}", key)


def change_everything(room: Room, author: User) -> None:
    """One more message, another first one, another one on every page of history, another name."""
    say(room, author)
    for message in Message.objects.filter(room=room).order_by("position")[::3]:
        message.edit(f"{message.body}, or {next(numbers)}")
    Room.objects.get(pk=room.pk).change(name="Lobby", topic=f"Topic {next(numbers)}")


@contextmanager
def at(moment: Moment) -> Iterator[None]:
    with connection.execute_wrapper(moment):
        yield


class Reader:
    """Alice, her page, and what the room's feed would send her."""

    def __init__(self, room: Room, people: dict[str, User], browser: Client) -> None:
        self.people, self.browser = people, browser
        self.room = room
        self.path = room.get_absolute_url()
        self.feed = RoomFeed(room.pk)
        browser.force_login(people["alice"])
        self.open()

    def open(self) -> None:
        self.page = FakePage(self.get(self.path))

    def get(self, path: str, **headers: str) -> str:
        response = self.browser.get(path, headers=headers)
        assert response.status_code == 200
        return response.content.decode()

    def change(self) -> None:
        change_everything(self.room, self.people["bob"])

    def catch_up(self, cursor: object = None) -> None:
        cohort = Cohort("en", "UTC")
        changes = catch_up(self.feed, cursor or str(self.page.cursor(self.feed)))
        self.page.apply(render_for(self.feed, changes, [cohort])[cohort])

    def compare(self) -> None:
        elsewhere(lambda: self.get(self.path))  # Has read it all: what is unread is not what this is about.
        fresh = FakePage(self.get(self.path))
        for part in "rooms", "title":
            stale = self.page.document.find(id=part)
            assert stale is not None
            stale.replace_with(fresh.document.find(id=part))
        assert_live_equals_reload(self.page.document, self.get, self.path)


@pytest.fixture
def alice(talked_in: Room, people: dict[str, User], client: Client) -> Reader:
    return Reader(talked_in, people, client)


def moments(happening: Callable[[], None]) -> Iterator[Moment]:
    """One for each query there is, until there is none for it."""
    for number in count():
        moment = Moment(number, happening)
        yield moment
        if not moment.came:
            assert number > 1, "nothing was read"
            return


def test_the_page(alice: Reader) -> None:
    for moment in moments(alice.change):
        with at(moment):
            alice.open()
        alice.catch_up()
        alice.compare()


def test_changes(alice: Reader) -> None:
    for moment in moments(alice.change):
        alice.change()
        with at(moment):
            alice.catch_up()
        alice.catch_up()
        alice.compare()


def test_a_reset(alice: Reader) -> None:
    for moment in moments(alice.change):
        with at(moment):
            alice.catch_up("beef.1")
        alice.catch_up()
        alice.compare()


@pytest.mark.parametrize("socket_first", [True, False])
def test_a_page_of_history(alice: Reader, socket_first: bool) -> None:
    """What its answer shows may be older than what the socket brought meanwhile, or newer."""
    for moment in moments(alice.change):
        alice.open()
        link = alice.page.document.find(id="older")
        with at(moment):
            answer = alice.get(str(link["hx-get"]), **{"HX-Request": "true"})
        if socket_first:
            alice.catch_up()
        alice.page.respond(answer, link, "outerHTML")
        assert len(read_messages(alice.page.document)) >= 8
        ((_, signal),) = alice.page.signals
        alice.page.signals.clear()
        alice.catch_up(signal["cursor"] if socket_first else None)
        alice.compare()


def test_the_way_back_to_the_present(alice: Reader) -> None:
    """A reader of history arrives at the end: new messages follow from there on. The answer may be late."""
    for moment in moments(alice.change):
        newest = Message.objects.latest("position").position
        alice.page = FakePage(alice.get(f"{alice.path}?before={newest}"))
        link = alice.page.document.find(id="newer")
        with at(moment):
            answer = alice.get(str(link["hx-get"]), **{"HX-Request": "true"})
        alice.catch_up()
        alice.page.respond(answer, link, "outerHTML")
        ((_, signal),) = alice.page.signals
        alice.page.signals.clear()
        alice.catch_up(signal["cursor"])
        alice.compare()
        assert alice.page.document.find(id="newer") is None


def test_history_that_begins_anew_says_that_it_shows_the_present(alice: Reader) -> None:
    """What is new is read then: who shows the past is taken for somebody who does not see it."""
    alice.catch_up("beef.1")
    assert alice.page.signals == []

    alice.page = FakePage(alice.get(f"{alice.path}?before={Message.objects.latest('position').position}"))
    socket = alice.feed.socket_url()
    assert alice.page.sockets()[socket]["history"] == "1"
    alice.catch_up("beef.1")

    ((path, signal),) = alice.page.signals
    assert path == socket and "history" not in signal and signal["cursor"] == str(alice.feed.position())
