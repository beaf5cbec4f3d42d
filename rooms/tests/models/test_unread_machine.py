"""Whatever three people do, and in whatever order: what is unread is what the definition says, on every device.

Hypothesis makes up histories; a dictionary keeps up to where each has read. After each step the numbers of the database
are counted once more in plain Python, from the rows, and every open page shows them, as a fresh one would: in the list
of rooms, in its title and icon, on the bell, and in the list of what one was told.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine, Iterator
from itertools import count, product
from typing import Any, NamedTuple

import pytest
from bs4 import BeautifulSoup, Tag
from django.test import Client
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from rooms.live import rights, seeing, sweep
from rooms.models import Membership, Message, Notification, Room, User
from rooms.models.membership import read_everything
from rooms.models.notification import count_unread
from rooms.notifications import notify
from rooms.tests.live.tabs import Network, Tab

HISTORIES = int(os.environ.get("HISTORIES", "30"))
STEPS = 15
NAMES = ("alice", "bob", "carol")
SHARED, DIRECT = 0, 1
"""The rooms, by their place in the list: one that can be left, and the direct one of the three."""

who, where, which = st.sampled_from(NAMES), st.sampled_from([SHARED, DIRECT]), st.integers(0, 20)
names = st.sets(st.sampled_from(NAMES), max_size=2)


class Place(NamedTuple):
    """What the dictionary knows of a membership."""

    read: int
    held: bool = False


class Readers(RuleBasedStateMachine):
    people: dict[str, User]
    clients: dict[str, Client]
    numbers = count(1)

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.network = self.await_(self.make_network())
        self.places: dict[tuple[str, int], Place] = {}

    # How things are done

    async def make_network(self) -> Network:
        return Network()

    def await_[T](self, coroutine: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(coroutine)

    def do[T](self, function: Callable[..., T], *args: Any) -> T:
        """Do something elsewhere, and let what follows follow."""
        result = self.await_(self.network.outside.run(function, *args))
        self.await_(self.network.settle())
        return result

    def membership(self, name: str, room: int) -> Membership:
        return Membership.objects.select_related("room").get(user=self.people[name], room=self.rooms[room])

    def clock(self, room: int) -> int:
        return self.do(lambda: Room.objects.get(pk=self.rooms[room].pk).clock)

    def reads(self, name: str, room: int, position: int) -> None:
        """In the dictionary: forward only."""
        place = self.places[name, room]
        self.places[name, room] = Place(position) if position > place.read else place

    # What people do

    @initialize()
    def begin(self) -> None:
        self.rooms = self.do(self.start_afresh)
        self.said: list[tuple[int, int]] = []  # The room and the key of each message.
        for name, room in product(NAMES, (SHARED, DIRECT)):
            self.places[name, room] = Place(self.do(self.membership, name, room).read_position)
        for name, room in product(NAMES, (SHARED, DIRECT)):
            self.say(name, room, {"bob"}, None)
        self.open_centre("bob", shared=False)  # He is told more than others.

    def start_afresh(self) -> list[Room]:
        for model in (Notification, Message, Membership, Room):
            model.objects.all().delete()
        people = list(self.people.values())
        shared = Room.objects.open_up("closed", name="Lobby", creator=people[0], people=people)
        return [shared, Room.objects.direct_between(people)]

    @rule(name=who, room=where, named=names, reply=st.none() | which)
    def say(self, name: str, room: int, named: set[str], reply: int | None) -> None:
        if (name, room) in self.places:
            earlier = [pk for at, pk in self.said if at == room]
            answered = earlier[-1 - reply % len(earlier)] if earlier and reply is not None else None
            self.said.append((room, self.do(self._say, name, room, self.write(named), answered)))

    def _say(self, name: str, room: int, body: str, answered: int | None) -> int:
        reply_to = Message.objects.get(pk=answered) if answered else None
        fresh = Room.objects.get(pk=self.rooms[room].pk)
        return fresh.post(self.people[name], body, body.split()[0], reply_to=reply_to).pk

    def write(self, named: set[str]) -> str:
        return " ".join([f"w{next(self.numbers)}", *(f"@{name.title()}" for name in sorted(named))])

    def message(self, number: int) -> Message:
        return Message.objects.select_related("room", "author").get(pk=self.said[-1 - number % len(self.said)][1])

    @rule(number=which, named=st.none() | names)
    def change(self, number: int, named: set[str] | None) -> None:
        if named is None:
            return self.do(lambda: self.message(number).erase(by=self.people["alice"]))
        body = self.write(named)
        return self.do(lambda: self.message(number).edit(body))

    @rule(name=who, number=which)
    def react(self, name: str, number: int) -> None:
        if (name, self.said[-1 - number % len(self.said)][0]) in self.places:
            self.do(lambda: self.message(number).toggle_reaction(self.people[name], "👍"))

    @rule(name=who)
    def tell(self, name: str) -> None:
        source = f"n{next(self.numbers)}"
        self.do(lambda: notify(self.people[name], "test", source, template="notifications/_stale.html"))

    @rule(name=who, number=which, read=st.booleans())
    def turn_what_was_told(self, name: str, number: int, read: bool) -> None:
        """One notification alone is read, or is not any more; the room it is of stays as it is."""
        told = self.do(lambda: list(self.people[name].notifications.visible().order_by("-pk")))
        if told:
            self.do(told[number % len(told)].read if read else told[number % len(told)].unread)

    @rule(name=who, room=where, everything=st.booleans())
    def read(self, name: str, room: int, everything: bool) -> None:
        if everything:
            self.read_all(name)
        elif (name, room) in self.places:
            clock = self.clock(room)
            self.do(lambda: self.membership(name, room).read(clock))
            self.reads(name, room, clock)
            assert self.do(self.count, name, room) == 0

    @rule(name=who, number=which)
    def read_as_far_as(self, name: str, number: int) -> None:
        message, room = self.do(self.message, number), self.said[-1 - number % len(self.said)][0]
        # Who lets go of what they held reads it all: no page does less.
        if (name, room) in self.places and not self.places[name, room].held:
            self.do(lambda: self.membership(name, room).read(message.position))
            self.reads(name, room, message.position)

    @rule(name=who, number=which)
    def unread_from(self, name: str, number: int) -> None:
        message, room = self.do(self.message, number), self.said[-1 - number % len(self.said)][0]
        if (name, room) in self.places:
            self.do(lambda: self.membership(name, room).unread_from(message))
            self.places[name, room] = Place(min(self.places[name, room].read, message.position - 1), held=True)

    @rule(name=who, number=which, shared=st.booleans())
    def unread_from_before_an_open_page(self, name: str, number: int, shared: bool) -> None:
        self.open_room(name, self.said[-1 - number % len(self.said)][0], shared)
        self.unread_from(name, number)
        self.look()

    def read_all(self, name: str) -> None:
        self.do(read_everything, self.people[name].pk)
        for person, room in self.places:
            if person == name:
                self.reads(name, room, self.clock(room))

    @rule(name=who, room=where, level=st.sampled_from(Membership.Involvement.values))
    def involve(self, name: str, room: int, level: str) -> None:
        if (name, room) in self.places:
            self.do(lambda: self.membership(name, room).involve(level))

    @rule(name=st.sampled_from(NAMES[1:]))
    def leave_or_rejoin(self, name: str) -> None:
        room, person = self.do(lambda: Room.objects.get(pk=self.rooms[SHARED].pk)), self.people[name]
        if self.places.pop((name, SHARED), None):
            self.do(room.dismiss, [person])
        else:
            self.do(room.admit, [person])
            self.places[name, SHARED] = Place(self.clock(SHARED))

    # Their devices

    @rule(name=who, shared=st.booleans())
    def open_list(self, name: str, shared: bool) -> None:
        self.open(name, "/hidden-rooms/", shared)

    @rule(name=who, shared=st.booleans())
    def open_centre(self, name: str, shared: bool) -> None:
        self.open(name, "/notifications/", shared)

    @rule(name=who, room=where, shared=st.booleans())
    def open_room(self, name: str, room: int, shared: bool) -> None:
        if (name, room) in self.places:
            self.open(name, self.rooms[room].get_absolute_url(), shared)
            self.reads(name, room, self.clock(room))

    def open(self, name: str, path: str, shared: bool) -> None:
        if len(self.network.tabs) > 3:
            self.look()  # What came in their last moments on a page is seen, too.
            self.act(self.network.tabs.pop(0).drop)
        html = self.do(self.clients[name].get, path).content.decode()
        assert shown(html) == self.do(self.list_rooms, name)
        self.act(Tab(self.network, self.clients[name], html, shared=shared).connect)

    def act(self, function: Callable[[], object]) -> None:
        async def acting() -> None:
            function()

        self.await_(acting())
        self.await_(self.network.settle())

    @rule()
    def look(self) -> None:
        """Time passes: what open pages of a room show is seen by those who do not hold it unread."""
        self.act(self.network.sweep)
        for tab in self.network.tabs:
            for room in (SHARED, DIRECT):
                name = self.owner(tab)
                place = self.places.get((name, room))
                if place and not place.held and f"/live/rooms/{self.rooms[room].pk}/" in tab.sockets:
                    self.reads(name, room, self.clock(room))

    def owner(self, tab: Tab) -> str:
        return next(name for name, client in self.clients.items() if client is tab.client)

    # What must hold

    @invariant()
    def the_numbers_are_those_of_the_definition(self) -> None:
        for name, room in self.places:
            self.do(self.compare, name, room)

    def compare(self, name: str, room: int) -> None:
        membership = self.membership(name, room)
        assert (membership.read_position, membership.unread_held) == self.places[name, room]
        messages = Message.objects.filter(room=self.rooms[room])
        fresh = [message for message in messages if message.position > membership.read_position]
        theirs = [m for m in fresh if m.author_id != membership.user_id and m.erased_at is None]
        told = Notification.objects.filter(recipient=membership.user_id, message__in=theirs)
        named = [note for note in told if note.kind in {"mention", "reply"}]
        expected = {"everything": len(theirs), "mentions": len(named)}.get(membership.involvement, 0)
        assert self.count(name, room) == expected
        for note in named:
            text, answered = note.message.mentions, note.message.reply_to
            assert membership.user_id in text if note.kind == "mention" else answered.author_id == membership.user_id

    def count(self, name: str, room: int) -> int:
        return Membership.objects.with_unread().get(user=self.people[name], room=self.rooms[room]).unread

    @invariant()
    def every_device_shows_them(self) -> None:
        for name in sorted({self.owner(tab) for tab in self.network.tabs}):
            listed, looked_at = self.do(self.list_rooms, name), self.find_looked_at(name)
            told = self.do(self.count_told, name)
            before_them = self.do(self.count_told, name, looked_at)
            for tab in self.network.tabs:
                if self.owner(tab) == name:
                    document = tab.page.document
                    self.compare_lists(shown(document), listed, looked_at)
                    self.compare_tab(document)
                    assert told - before_them <= bell(document) <= told
                    self.compare_centre(tab, settled=not before_them)

    def compare_lists(self, live: dict[str, int], listed: dict[str, int], looked_at: set[str]) -> None:
        """Of a room before one's eyes nothing is announced: what comes is as good as read, until it is."""
        announced = {url: 0 if url in looked_at and not live.get(url) else number for url, number in listed.items()}
        assert live == announced

    def compare_tab(self, document: BeautifulSoup) -> None:
        """A tab says of all rooms what its list says of each."""
        total, mentioned = sum(shown(document).values()), document.select_one("#rooms .room-link__badge--mentioned")
        icon = "rooms-mention" if mentioned else "rooms-unread" if total else "rooms"
        assert document.select_one("#icon")["href"] == f"/static/icons/{icon}.svg"  # type: ignore[index]
        title = document.select_one("#title").get_text().strip()  # type: ignore[union-attr]
        assert title.startswith(f"({total}) ") if total else not title.startswith("(")

    def compare_centre(self, tab: Tab, settled: bool) -> None:
        """What a list says that was told to ask anew is what it would say at a reload: it asks at once."""
        stale, listed = tab.page.document.select_one("#centre-stale"), tab.page.document.select_one("#centre-list")
        if stale is None or listed is None:
            return
        if "hx-get" in stale.attrs:
            fresh = self.do(lambda: tab.client.get("/notifications/", headers={"HX-Request": "true"}))
            listed.clear()
            listed.append(BeautifulSoup(fresh.content.decode(), "html.parser"))
            del stale["hx-get"]
        if settled:
            page = BeautifulSoup(self.do(tab.client.get, "/notifications/").content.decode(), "html.parser")
            assert told(listed) == told(page.select_one("#centre-list"))

    def count_told(self, name: str, rooms: set[str] | None = None) -> int:
        """How much somebody was told and has not read, in all or of these rooms."""
        if rooms is None:
            return count_unread([self.people[name].pk])[self.people[name].pk]
        unread = self.people[name].notifications.visible().unread().select_related("room")
        return sum(bool(note.room and note.room.get_absolute_url() in rooms) for note in unread)

    def find_looked_at(self, name: str) -> set[str]:
        sockets = {path for tab in self.network.tabs if self.owner(tab) == name for path in tab.sockets}
        places = {room: place for (person, room), place in self.places.items() if person == name and not place.held}
        looked_at = [self.rooms[room] for room in places if f"/live/rooms/{self.rooms[room].pk}/" in sockets]
        return {room.get_absolute_url() for room in looked_at}

    def list_rooms(self, name: str) -> dict[str, int]:
        memberships = self.people[name].memberships.with_unread().exclude(involvement="hidden").select_related("room")
        return {membership.room.get_absolute_url(): membership.unread for membership in memberships}

    def teardown(self) -> None:
        try:
            self.await_(self.network.stop())
        finally:
            self.runner.close()


def shown(page: str | BeautifulSoup) -> dict[str, int]:
    """The rooms of a page's list, and the numbers beside them."""
    document = BeautifulSoup(page, "html.parser") if isinstance(page, str) else page
    links = document.select("#rooms li > a.room-link")
    badges = {link["href"]: link.select_one(".room-link__badge [aria-hidden]") for link in links}
    return {str(url): int(badge.get_text().removeprefix("@")) if badge else 0 for url, badge in badges.items()}


def bell(document: BeautifulSoup) -> int:
    number = document.select_one("#bell .bell__count")
    return int(number.get_text()) if number else 0


def told(listed: Tag | None) -> list[tuple[str, str, str]]:
    """The rows of a list of what one was told: which, what they say, and whether that is unread."""
    assert listed is not None
    rows = listed.select(".notification")
    return [(str(row["id"]), " ".join(row.get_text(" ").split()), str(row["class"])) for row in rows]


@pytest.fixture
def quiet_world(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(sweep, "INTERVAL", 3_600)
    monkeypatch.setattr(rights, "RIGHTS_RETRY_INTERVAL", 0.005)
    monkeypatch.setattr(seeing, "SEEN_AFTER", 3_600)
    return


@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("times", [1, pytest.param(10, marks=pytest.mark.long)])
def test_what_is_unread_is_what_the_definition_says(transactional_db: None, quiet_world: None, times: int) -> None:
    Readers.people = {name: User.objects.create(email=f"{name}@example.org", name=name.title()) for name in NAMES}
    Readers.clients = {name: Client() for name in NAMES}
    for name, client in Readers.clients.items():
        client.force_login(Readers.people[name])
    run_state_machine_as_test(
        Readers,
        settings=settings(
            max_examples=HISTORIES * times,
            stateful_step_count=STEPS,
            derandomize=True,  # The gate tries the same histories each time; more of them are others.
            database=None,
            deadline=None,
            report_multiple_bugs=False,
            suppress_health_check=[HealthCheck.too_slow],  # Opening rooms and pages is slow.
        ),
    )
