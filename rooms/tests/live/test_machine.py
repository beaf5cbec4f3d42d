"""Whatever happens, and in whatever order: when it is over, every open page shows what a reload would.

Hypothesis makes up histories of people, tabs and faults; a plain list says what the room must show in the end. What is
on its way can be held: reads of the hub, answers to requests, sockets that nobody reads. So the races are in the
histories and not in the timing, and a failure repeats itself.
"""

from __future__ import annotations

import asyncio
import os
import re
import socket
from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any, ClassVar

import pytest
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from rooms import posting
from rooms.feeds import RoomFeed
from rooms.files.models import Attachment, Blob
from rooms.files.uploading import upload
from rooms.links.models import Card, Preview
from rooms.links.reading import lease_due, unfurl
from rooms.live import consumer, desk, rights, seeing, sweep, transport
from rooms.live.testing import lost_bells
from rooms.models import Membership, Message, Room, User, following, history
from rooms.models.archiving import Archived
from rooms.tests import pages
from rooms.tests.files.pictures import picture
from rooms.tests.live.tabs import Network, Socket, Tab
from rooms.tests.outside.zoo import says, serving
from rooms.tests.pages import assert_live_equals_reload, read_messages

HISTORIES = int(os.environ.get("HISTORIES", "150"))
STEPS = 15
RETRY_SECONDS = 0.005
"""Between attempts to reach a database that is away."""

WORD = re.compile(r"\bw\d+\b")
INBOX = "/live/inbox/"
NAMES = ("alice", "bob", "carol")
PAGES = ("/harbour", "/ferry", "/nothing")
PICTURE = picture(size=(40, 30))
FORMS = ("/me {}", "**{}**", "> {}", "`{}` :tada:", "{} @Bob", "{} @room")


@dataclass
class Said:
    """What the list knows of a message."""

    pk: int
    word: str
    """What it says: a word that nothing else says. Empty when it is erased."""


Share = Callable[[User, Room, str], Attachment]


def share_note(person: User, room: Room, word: str) -> Attachment:
    return upload(person, room, word, SimpleUploadedFile("note.txt", word.encode()))


def share_picture(person: User, room: Room, word: str) -> Attachment:
    """As an upload leaves it, without a decoder for each."""
    blobs = [Blob.store(PICTURE), Blob.store(PICTURE)]
    Blob.keep(blobs)
    facts = {"key": word, "digest": word, "name": "boat.png", "media": "image/png", "size": len(PICTURE)}
    kept = {"blob": blobs[0], "thumbnail": blobs[1], "width": 40, "height": 30}
    return Attachment.objects.create(owner=person, room=room, **facts, **kept)


class Conversation(RuleBasedStateMachine):
    people: dict[str, User]
    elsewhere: str
    """Where pages are that messages link to."""
    clients: dict[str, Client]
    numbers = count(1)
    hours: ClassVar[list[int]] = []
    """That have passed, besides those of the clock on the wall."""

    tabs: Bundle[Tab] = Bundle("tabs")

    def __init__(self) -> None:
        super().__init__()
        self.hours.clear()
        self.runner = asyncio.Runner()
        self.network = self.await_(self.make_network())
        self.said: list[Said] = []
        self.ticks: dict[str, int] = {}
        """When each word was said."""
        self.archived = False
        self.dismissed: dict[str, int] = {}
        """The tick at which each person who is out was taken out."""
        self.drawn_at: dict[Tab, int] = {}
        """The tick at which each page was last drawn as a whole."""
        self.linked = False
        """Whether anything that was said links to a page."""
        self.ended: list[Socket] = []
        """Those whose session is over."""

    # How things are done

    async def make_network(self) -> Network:
        return Network()

    def await_[T](self, coroutine: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(coroutine)

    def settle(self) -> None:
        self.await_(self.network.settle())

    def outside[T](self, function: Callable[..., T], *args: Any, lost: bool = False) -> T:
        """Do something elsewhere, with its bells or without, and let what follows follow."""

        def act() -> T:
            with ExitStack() as stack:
                if lost:
                    stack.enter_context(lost_bells())
                return function(*args)

        result = self.await_(self.network.outside.run(act))
        self.settle()
        return result

    def attempt[T](self, function: Callable[..., T], lost: bool) -> T | None:
        """Do something in the room, in which nothing changes while it is archived."""
        try:
            result = self.outside(function, lost=lost)
        except Archived:
            assert self.archived
            return None
        assert not self.archived
        return result

    def new_word(self) -> str:
        return f"w{next(self.numbers)}"

    def fresh(self) -> Room:
        return Room.objects.get(pk=self.room.pk)

    # The room and the people in it

    @initialize(target=tabs, number=st.integers(0, 9), who=st.integers(0, 2), shared=st.booleans())
    def open_room(self, number: int, who: int, shared: bool) -> Tab:
        self.room = self.outside(self.start_afresh)
        self.feed = RoomFeed(self.room.pk)
        if number:
            self.post(number, 0, lost=True)
        return self.open_page(who, shared, connect=True)

    def start_afresh(self) -> Room:
        for model in (Message, Membership, Room, Card):
            model.objects.all().delete()
        people = list(self.people.values())
        return Room.objects.open_up("closed", name="Lobby", creator=people[0], people=people)

    def members(self) -> list[str]:
        return [name for name in NAMES if name not in self.dismissed]

    @rule(number=st.integers(1, 8), who=st.integers(0, 2), lost=st.booleans())
    def post(self, number: int, who: int, lost: bool) -> None:
        for _ in range(number):
            self.say(who, lost)

    @precondition(lambda self: self.said)
    @rule(who=st.integers(0, 2), which=st.integers(0, 30), lost=st.booleans())
    def reply(self, who: int, which: int, lost: bool) -> None:
        """Or begin, where what was said is taken back."""
        self.say(who, lost, reply_to=self.outside(self.find, which))

    @rule(who=st.integers(0, 2), lost=st.booleans(), form=st.sampled_from(FORMS))
    def say_in_another_form(self, who: int, lost: bool, form: str) -> None:
        self.say(who, lost, form)

    @rule(who=st.integers(0, 2), lost=st.booleans(), page=st.sampled_from(PAGES), at_once=st.booleans())
    def link_to_a_page(self, who: int, lost: bool, page: str, at_once: bool) -> None:
        """What it says of itself is known if somebody has read it; else its place is kept until then."""
        self.say(who, lost, f"{{}}: {self.elsewhere}{page}")
        self.linked = True
        if at_once:
            self.read_pages(lost)

    @precondition(lambda self: self.linked)
    @rule(lost=st.booleans())
    def read_pages(self, lost: bool) -> None:
        """As the worker does: all messages that link to them are changed by nobody."""

        def look() -> None:
            for pk, lease in lease_due(50):
                unfurl(pk, lease)

        self.outside(look, lost=lost)

    @precondition(lambda self: self.linked)
    @rule(which=st.integers(0, 30), lost=st.booleans())
    def take_preview_away(self, which: int, lost: bool) -> None:
        """Or its place, before anybody knows what stands there: the last one that is shown."""

        def remove() -> None:
            shown = Preview.objects.filter(message__in=Message.objects.exclude(previews=[])).order_by("-pk")
            if shown:
                shown[which % len(shown)].remove()

        with suppress(Archived):
            self.outside(remove, lost=lost)

    @rule(who=st.integers(0, 2), lost=st.booleans(), share=st.sampled_from([share_note, share_picture]))
    def share_a_file(self, who: int, lost: bool, share: Share) -> None:
        self.say(who, lost, share=share)

    @rule(hours=st.integers(1, 30))
    def let_time_pass(self, hours: int) -> None:
        """Another day begins, in some time zone."""
        self.hours.append(hours)

    def say(
        self, who: int, lost: bool, form: str = "{}", reply_to: Message | None = None, share: Share | None = None
    ) -> None:
        person, word = self.people[self.members()[who % len(self.members())]], self.new_word()

        def post() -> Message:
            files = [share(person, self.room, word).pk] if share else []
            return self.room.post(person, form.format(word), word, reply_to, attachments=files)

        if message := self.attempt(post, lost):
            self.said.append(Said(message.pk, word))
            self.ticks[word] = message.clock

    def find(self, which: int) -> Message:
        return Message.objects.get(pk=self.said[-1 - which % len(self.said)].pk)

    @precondition(lambda self: self.said)
    @rule(which=st.integers(0, 30), who=st.integers(0, 2), what=st.sampled_from(["👍", "wow"]), lost=st.booleans())
    def react(self, which: int, who: int, what: str, lost: bool) -> None:
        person = self.people[self.members()[who % len(self.members())]]
        self.attempt(lambda: self.find(which).toggle_reaction(person, what), lost)

    @precondition(lambda self: self.said)
    @rule(which=st.integers(0, 30), lost=st.booleans())
    def pin(self, which: int, lost: bool) -> None:
        """Or take it off again."""

        def toggle() -> None:
            message = self.find(which)
            message.unpin() if message.pinned_at else message.pin(by=self.people["alice"])

        self.attempt(toggle, lost)

    @precondition(lambda self: self.said)
    @rule(which=st.integers(0, 30), lost=st.booleans(), page=st.sampled_from(["", *PAGES]))
    def edit(self, which: int, lost: bool, page: str) -> None:
        said = self.said[-1 - which % len(self.said)]
        word = self.new_word()
        if said.word and not self.archived:
            body = f"{word}: {self.elsewhere}{page}" if page else word
            self.outside(lambda: Message.objects.get(pk=said.pk).edit(body), lost=lost)
            said.word, self.linked = word, self.linked or bool(page)
            self.ticks[word] = self.outside(self.fresh).clock

    @precondition(lambda self: self.said)
    @rule(which=st.integers(0, 30), lost=st.booleans())
    def erase(self, which: int, lost: bool) -> None:
        said = self.said[-1 - which % len(self.said)]
        if not self.archived:
            self.outside(lambda: Message.objects.get(pk=said.pk).erase(by=self.people["alice"]), lost=lost)
            said.word = ""

    @rule(lost=st.booleans())
    def rename(self, lost: bool) -> None:
        word = self.new_word()
        self.outside(lambda: self.fresh().change(name=f"Lobby {word}", topic=word), lost=lost)
        self.ticks[word] = self.outside(self.fresh).clock

    @rule(lost=st.booleans())
    def archive(self, lost: bool) -> None:
        """Or take it out again."""
        room = self.outside(self.fresh)
        self.outside(room.unarchive if self.archived else room.archive, lost=lost)
        self.archived = not self.archived

    @rule(name=st.sampled_from(NAMES[1:]), lost=st.booleans())
    def dismiss(self, name: str, lost: bool) -> None:
        if name not in self.dismissed:
            self.dismissed[name] = self.outside(self.fresh).clock + 1
            self.outside(lambda: self.fresh().dismiss([self.people[name]]), lost=lost)

    @precondition(lambda self: self.dismissed)
    @rule(lost=st.booleans())
    def admit(self, lost: bool) -> None:
        name, _ = self.dismissed.popitem()
        self.outside(lambda: self.fresh().admit([self.people[name]]), lost=lost)

    @rule(who=st.integers(0, 2), lost=st.booleans(), overtaken=st.booleans())
    def sign_out(self, who: int, lost: bool, overtaken: bool) -> None:
        """And in again: the next socket is a good one, those that were open are not.

        `overtaken`: what is said next is read before it is known whether they may stay.
        """
        client, tick = self.clients[NAMES[who]], self.outside(self.fresh).clock
        sockets = [socket for tab in self.network.tabs if tab.client is client for socket in tab.sockets.values()]
        if not lost:
            for socket in sockets:
                socket.check = lambda html: self.check_words(html, tick, f"{NAMES[who]}, who signed out")
        self.ended += sockets
        if overtaken:
            self.hold()
        self.outside(client.post, reverse("sign_out"), lost=lost)
        self.outside(client.force_login, self.people[NAMES[who]])
        if overtaken:
            self.post(1, who, lost=False)
        if overtaken and self.network.threads.held:
            self.let_one_go(-1)

    # Their tabs

    @precondition(lambda self: len(self.network.tabs) < 3)
    @rule(target=tabs, who=st.integers(0, 2), shared=st.booleans(), connect=st.booleans())
    def open_page(self, who: int, shared: bool, connect: bool) -> Tab:
        name = self.members()[who % len(self.members())]
        html = self.get(name, self.room.get_absolute_url())
        tab = Tab(self.network, self.clients[name], html, shared=shared)
        tab.check = lambda html: self.check(tab, name, html)
        self.note_drawing(tab)
        if connect:
            self.connect(tab)
        return tab

    def get(self, name: str, path: str) -> str:
        response = self.outside(self.clients[name].get, path)
        assert response.status_code == 200
        return response.content.decode()

    @rule(tab=tabs)
    def connect(self, tab: Tab) -> None:
        self.await_(acting(tab.connect))
        self.settle()

    @rule(tab=tabs)
    def drop(self, tab: Tab) -> None:
        self.await_(acting(tab.drop))
        self.settle()

    @rule(tab=tabs, place=st.sampled_from(["behind", "ahead", "of another epoch", "none"]), ticks=st.integers(0, 8))
    def ask_out_of_turn(self, tab: Tab, place: str, ticks: int) -> None:
        """As a page does that has read history meanwhile, and in other ways as none should."""
        cursor, socket = tab.page.cursor(self.feed), tab.sockets.get(self.feed.socket_url())
        if cursor and socket:
            # Not from before the page was drawn: it would be sent messages that stand above what it has loaded.
            clock = cursor.clock + ticks if place == "ahead" else max(self.drawn_at[tab], cursor.clock - ticks)
            asked = f"{'beef' if place == 'of another epoch' else cursor.epoch}.{clock}" if place != "none" else None
            self.await_(acting(socket.say, {"type": "sync", "cursor": asked}))
            self.settle()

    @rule(tab=tabs, late=st.booleans())
    def scroll_up(self, tab: Tab, late: bool) -> None:
        self.request(tab, tab.scroll_up(), late)

    @rule(tab=tabs, late=st.booleans())
    def scroll_down(self, tab: Tab, late: bool) -> None:
        self.request(tab, tab.scroll_down(), late)

    @rule(tab=tabs, late=st.booleans())
    def change_place(self, tab: Tab, late: bool) -> None:
        """Scroll away from the end of the log, or come to it."""
        self.request(tab, tab.change_place(), late)

    @rule(tab=tabs, late=st.booleans())
    def poll(self, tab: Tab, late: bool) -> None:
        self.request(tab, tab.poll(), late)

    def request(self, tab: Tab, sending: Coroutine[Any, Any, None], late: bool) -> None:
        waiting = len(tab.answers)
        self.await_(sending)
        self.settle()
        if len(tab.answers) > waiting and not late:
            self.answer(tab, -1)

    @rule(tab=tabs, late=st.booleans())
    def post_by_page(self, tab: Tab, late: bool) -> None:
        name = next(name for name, client in self.clients.items() if client is tab.client)
        if name not in self.dismissed and not self.archived:
            word = self.new_word()
            self.request(tab, tab.post(f"{self.room.get_absolute_url()}messages/", body=word, key=word), late)
            message = self.outside(lambda: Message.objects.get(key=word))
            self.said.append(Said(message.pk, word))
            self.ticks[word] = message.clock

    @rule(tab=tabs, which=st.integers(0, 3))
    def answer(self, tab: Tab, which: int) -> None:
        if tab.answers:
            self.await_(acting(tab.answer, which))
            self.settle()

    @rule(tab=tabs)
    def block(self, tab: Tab) -> None:
        tab.block()

    @rule(tab=tabs)
    def unblock(self, tab: Tab) -> None:
        self.await_(acting(tab.unblock))
        self.settle()

    # The server

    @rule()
    def hold(self) -> None:
        self.network.threads.holding = True

    @precondition(lambda self: self.network.threads.held)
    @rule(which=st.integers(0, 5))
    def let_one_go(self, which: int) -> None:
        self.await_(acting(self.network.threads.let_go, which))
        self.settle()

    @precondition(lambda self: self.network.threads.holding)
    @rule()
    def let_all_go(self) -> None:
        self.network.threads.holding = False
        while self.network.threads.held:
            self.let_one_go(0)

    @rule()
    def sweep(self) -> None:
        self.await_(acting(self.network.sweep))
        self.settle()

    @rule()
    def restart(self) -> None:
        away = self.network.threads.away
        self.await_(self.network.restart())
        self.network.threads.away = away

    @rule()
    def lose_database(self) -> None:
        """Whatever the hub asks from here on fails; the pages' own requests go another way."""
        self.network.threads.away = True

    @precondition(lambda self: self.network.threads.away)
    @rule()
    def find_database(self) -> None:
        self.settle()  # What fails meanwhile may be complained of.
        self.network.threads.away = False
        self.await_(asyncio.sleep(2 * RETRY_SECONDS))
        self.settle()

    # What must hold

    def check(self, tab: Tab, name: str, html: str) -> None:
        """After every frame and answer: order, no doubles, no word from behind a closed door."""
        read_messages(tab.page.document)
        if 'hx-target="#log"' in html:
            self.note_drawing(tab)
        if name in self.dismissed:
            self.check_words(html, self.dismissed[name], f"{name}, who was taken out")

    def note_drawing(self, tab: Tab) -> None:
        if cursor := tab.page.cursor(self.feed):
            self.drawn_at[tab] = cursor.clock

    def check_words(self, html: str, tick: int, whose: str) -> None:
        late = [word for word in WORD.findall(html) if self.ticks.get(word, 0) > tick]
        assert not late, f"{whose} at {tick}, reads {late}"

    @rule()
    def come_to_rest(self) -> None:
        """Nothing is held or lost any more: then each page shows what a reload shows, and that is what was said."""
        self.let_all_go()
        if self.network.threads.away:
            self.find_database()
        for tab in self.network.tabs:
            self.unblock(tab)
            while tab.answers:
                self.answer(tab, 0)
            self.connect(tab)
        for _ in range(2):  # What the first finds is seen by the second.
            self.sweep()
        assert all(socket.over for socket in self.ended), "A socket outlives its session"
        reloaded: dict[tuple[str, str], BeautifulSoup] = {}
        for tab in self.network.tabs:
            # One whose list of rooms was told that they signed out is over, even where its room was away just then.
            if tab.page.follows(self.feed) and INBOX in tab.page.sockets():
                self.compare(tab, reloaded)

    def compare(self, tab: Tab, reloaded: dict[tuple[str, str], BeautifulSoup]) -> None:
        name = next(name for name, client in self.clients.items() if client is tab.client)
        assert name not in self.dismissed, f"{name} is out, but the page still follows the room"

        def fetch(url: str) -> BeautifulSoup:
            if (name, url) not in reloaded:
                reloaded[name, url] = BeautifulSoup(self.get(name, url), "html.parser")
            return reloaded[name, url]

        document = tab.page.document
        assert_live_equals_reload(document, fetch, self.room.get_absolute_url())
        assert tab.page.cursor(self.feed) == self.outside(self.feed.position)
        shown = [int(str(article["id"]).removeprefix("message-")) for article in read_messages(document).values()]
        bodies = [body.get_text(strip=True) for body in document.find_all(class_="message__body")]
        words = ["".join(WORD.findall(body)) for body in bodies]
        pks = [said.pk for said in self.said]
        first = pks.index(shown[0]) if shown else 0
        assert list(zip(shown, words, strict=True)) == [(s.pk, s.word) for s in self.said[first : first + len(shown)]]

    def teardown(self) -> None:
        try:
            if hasattr(self, "room"):
                self.come_to_rest()
        finally:
            self.await_(self.network.stop())
            self.runner.close()


async def acting(function: Callable[..., object], *args: Any) -> None:
    """Call a function inside the event loop."""
    function(*args)


class Almanac:
    """Tells the time of what is said."""

    @staticmethod
    def now() -> datetime:
        return timezone.now() + timedelta(hours=sum(Conversation.hours))


@pytest.fixture
def small_world(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Everything that has an edge has it within reach of a short history."""
    monkeypatch.setattr(history, "PAGE_SIZE", 3)
    monkeypatch.setattr(history, "KEPT", 5)
    monkeypatch.setattr(history, "STEP", 2)
    monkeypatch.setattr(pages, "SHOWN", 7)
    monkeypatch.setattr(pages, "KEPT", 5)
    monkeypatch.setattr(RoomFeed, "limit", 5)
    monkeypatch.setattr(transport, "OUTBOX_LIMIT", 6_000)
    monkeypatch.setattr(consumer, "CONGESTION_INTERVAL", 0)  # Seconds in which nothing is under way would be peace.
    monkeypatch.setattr(following, "timezone", Almanac)
    monkeypatch.setattr(sweep, "INTERVAL", 3_600)
    monkeypatch.setattr(seeing, "SEEN_AFTER", 3_600)
    monkeypatch.setattr(rights, "RIGHTS_RETRY_INTERVAL", RETRY_SECONDS)
    monkeypatch.setattr(desk, "RETRY_INTERVAL", RETRY_SECONDS)
    monkeypatch.setattr(posting, "BURST", 1_000_000)
    return


@pytest.fixture
def pages_elsewhere(settings: Any) -> Iterator[None]:
    """Each says its name, and the last one that it is not there."""

    def answer(line: socket.socket) -> None:
        path = server.requests[-1].split()[1].decode()
        page = f"<title>The page {path}</title>".encode()
        says(404 if path == PAGES[-1] else 200, "Content-Type: text/html", body=page)(line)

    with serving(answer) as server:
        settings.LINK_PREVIEWS, settings.LINK_PREVIEWS_ALLOWED = True, [("127.0.0.0/8", server.port)]
        Conversation.elsewhere = f"http://127.0.0.1:{server.port}"
        yield


@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("times", [1, pytest.param(10, marks=pytest.mark.long)])
def test_every_history_ends_at_what_a_reload_shows(
    transactional_db: None, small_world: None, pages_elsewhere: None, times: int
) -> None:
    Conversation.people = {
        name: User.objects.create(email=f"{name}@example.org", name=name.title(), language=language, time_zone=zone)
        for name, language, zone in (("alice", "en", "UTC"), ("bob", "ja", "Asia/Tokyo"), ("carol", "en", "UTC"))
    }
    Conversation.clients = {name: Client() for name in NAMES}
    for name, client in Conversation.clients.items():
        client.force_login(Conversation.people[name])
    run_state_machine_as_test(
        Conversation,
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
