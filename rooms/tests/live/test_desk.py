"""People's inboxes, as one process keeps them for everybody who is connected."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from rooms.feeds import InboxFeed, RoomFeed, standing
from rooms.feeds.inbox import mark_partners
from rooms.feeds.news import read_room_news, reread_room
from rooms.feeds.standing import InboxState, read_inboxes
from rooms.live import desk
from rooms.live.feed import Cohort, Position
from rooms.live.hub import Hub
from rooms.live.listener import Listener, State
from rooms.live.personal import Page
from rooms.live.sweep import Sweep
from rooms.live.testing import lost_bells
from rooms.models import Membership, Notification, Room, User
from rooms.models.membership import read_everything, read_together
from rooms.notifications import notify
from rooms.tests.live.conftest import Follow, Wire, frames_with, sign_in, until

pytestmark = pytest.mark.usefixtures("no_sweep")


def fresh(user: User) -> str:
    """The cursor that a page rendered now would have."""
    return str(read_inboxes([User.objects.get(pk=user.pk)])[user.pk].cursor)


Inbox = Callable[..., Any]


@pytest.fixture
async def inbox(hub: Hub, follow: Follow) -> Inbox:
    """Open a page that shows a person's inbox as it is now."""

    async def inbox(user: User, cursor: str | None = None, **page: str) -> Listener:
        listener = Listener(InboxFeed(user.pk), user.pk, await hub.run(sign_in, user), Cohort.of(user))
        listener.transport = Wire()
        listener.page = page
        hub.join(listener)
        await hub.sync(listener, await hub.run(fresh, user) if cursor is None else cursor)
        return listener

    return inbox


def badges(listener: Listener, room: Room) -> list[int]:
    """The numbers that a page was sent for a room, one after the other."""
    frames = "".join(listener.transport.frames)
    target = rf'<hx-partial hx-target="#room-{room.pk}-badge" hx-swap="innerHTML">(.*?)</hx-partial>'
    return [int(match[1]) if (match := re.search(r">@?(\d+)<", badge)) else 0 for badge in re.findall(target, frames)]


def last(listener: Listener) -> str:
    frame: str = listener.transport.frames[-1]
    return frame


@contextmanager
def counted(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Collect the queries that the hub's threads make."""
    queries: list[str] = []
    run = hub.threads.run

    async def counting(function: Any, *args: Any) -> Any:
        def call() -> Any:
            with CaptureQueriesContext(connection) as captured:
                result = function(*args)
            queries.extend(query["sql"] for query in captured)
            return result

        return await run(call)

    with monkeypatch.context() as patch:
        patch.setattr(hub.threads, "run", counting)
        yield queries


async def test_a_message_elsewhere_moves_badge_title_and_icon(
    hub: Hub, inbox: Inbox, room: Room, people: dict[str, User]
) -> None:
    alice = await inbox(people["alice"], title="Settings <b>")
    await hub.run(room.post, people["bob"], "Hello", "k-1")
    await until(lambda: badges(alice, room))
    assert badges(alice, room) == [1]
    assert ">(1) Settings &lt;b&gt;</hx-partial>" in last(alice)
    assert 'id="icon"' in last(alice) and "unread" in last(alice)
    assert "Hello" not in last(alice)


async def test_the_page_of_a_room_is_called_after_it(
    hub: Hub, inbox: Inbox, room: Room, people: dict[str, User]
) -> None:
    den = await hub.run(
        lambda: Room.objects.open_up(Room.Kind.CLOSED, name="Den", creator=people["alice"], people=[people["bob"]])
    )
    alice = await inbox(people["alice"], room=str(den.pk), title="Something else")
    await hub.run(room.post, people["bob"], "Hello", "k-1")
    await until(lambda: badges(alice, room))
    assert ">(1) Den</hx-partial>" in last(alice)


async def test_its_author_and_those_outside_hear_nothing(
    hub: Hub, inbox: Inbox, room: Room, people: dict[str, User]
) -> None:
    pages = {name: await inbox(people[name]) for name in ("alice", "bob", "charlie")}
    written = {name: len(page.transport.frames) for name, page in pages.items()}
    await hub.run(room.post, people["bob"], "Hello", "k-1")
    await until(lambda: badges(pages["alice"], room))
    assert [len(pages[name].transport.frames) - written[name] for name in ("alice", "bob", "charlie")] == [1, 0, 0]


async def test_who_has_the_room_before_their_eyes_sees_no_badge(
    hub: Hub, inbox: Inbox, follow: Follow, room: Room, people: dict[str, User]
) -> None:
    looking = await follow(RoomFeed(room.pk), people["alice"])
    elsewhere = await inbox(people["alice"])
    await hub.run(room.post, people["bob"], "Hello", "k-1")
    await until(lambda: frames_with(looking, "Hello"))
    membership = await hub.run(lambda: Membership.objects.get(room=room, user=people["alice"]))
    while membership.read_position < room.clock:
        await hub.run(membership.refresh_from_db)
    await until(lambda: not hub.desks[InboxFeed].unread)
    assert 1 not in badges(elsewhere, room)
    assert len(elsewhere.transport.frames) == 1


def test_keeping_up_with_a_room_is_not_counted(
    room: Room, people: dict[str, User], django_assert_num_queries: Any
) -> None:
    alice = people["alice"]
    states = read_inboxes([alice])
    room.post(people["bob"], "Hello", "k-1")
    since = Position(room.epoch, room.clock - 1)
    news = read_room_news(room.pk, since, states, [alice.pk])
    read_together(room.pk, [alice.pk], room.clock)
    with django_assert_num_queries(1):
        reading = reread_room(room.pk, states, {alice.pk: 7})
    assert news and reading and not news.told and not reading.told
    assert states[alice.pk].position.clock == 7


def test_what_was_read_before_it_was_heard_of_is_not_counted(room: Room, people: dict[str, User]) -> None:
    alice = people["alice"]
    states = read_inboxes([alice])
    room.post(people["bob"], "Hello", "k-1")
    read_together(room.pk, [alice.pk], room.clock)
    reread_room(room.pk, states, {alice.pk: 7})
    read_room_news(room.pk, Position(room.epoch, room.clock - 1), states, [])
    assert states[alice.pk].total == 0


def test_what_names_somebody_who_looks_is_counted_when_it_is_read(room: Room, people: dict[str, User]) -> None:
    alice = people["alice"]
    states = read_inboxes([alice])
    room.post(people["bob"], "Hello, @Alice", "k-1")
    news = read_room_news(room.pk, Position(room.epoch, room.clock - 1), states, [alice.pk])
    read_together(room.pk, [alice.pk], room.clock)
    reading = reread_room(room.pk, states, {alice.pk: 7})
    assert news and reading and not news.told
    assert reading.told == {alice.pk}  # Her list of what she was told has one more, read already.
    again = reread_room(room.pk, states, {alice.pk: 8})
    assert again and not again.told


async def test_one_reading_for_everybody(
    hub: Hub, inbox: Inbox, room: Room, people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    crowd = await hub.run(
        lambda: [
            User.objects.create(email=f"{number}@example.org", name=f"Number {number}", language="en")
            for number in range(40)
        ]
    )
    await hub.run(room.admit, crowd)
    pages = [await inbox(person) for person in crowd]
    with counted(hub, monkeypatch) as queries:
        await post(room, people["bob"])
        await until(lambda: all(badges(page, room) == [1] for page in pages))
    assert len(queries) == 1, "\n".join(queries)
    assert len({id(last(page)) for page in pages}) == 1  # The same frame: drawn, encoded and compressed once.


async def post(room: Room, author: User, body: str = "Hello") -> None:
    await elsewhere(room.post, author, body, f"k-{body}")


async def elsewhere(function: Callable[..., object], *args: Any) -> None:
    """Do something in a thread that is none of the hub's."""

    def act() -> None:
        try:
            function(*args)
        finally:
            connection.close()

    await asyncio.to_thread(act)


async def test_a_mention_is_counted_and_slides_in_once(
    hub: Hub, inbox: Inbox, room: Room, people: dict[str, User]
) -> None:
    alice = await inbox(people["alice"])
    await hub.run(room.post, people["bob"], "What do you say, @Alice?", "k-1")
    await until(lambda: badges(alice, room))
    assert "@</span>" in last(alice) or ">@1<" in last(alice)
    assert "What do you say" in last(alice)
    await hub.run(room.post, people["bob"], "Anything else?", "k-2")
    await until(lambda: badges(alice, room) == [1, 2])
    assert "What do you say" not in last(alice)


async def test_an_erased_message_takes_its_number_back(
    hub: Hub, inbox: Inbox, room: Room, people: dict[str, User]
) -> None:
    alice = await inbox(people["alice"])
    message = await hub.run(room.post, people["bob"], "Ask @Alice", "k-1")
    await until(lambda: badges(alice, room))
    await hub.run(message.erase, people["bob"])
    await until(lambda: badges(alice, room) == [1, 0])


async def test_an_icon_is_its_readers_own(hub: Hub, inbox: Inbox, room: Room, people: dict[str, User]) -> None:
    """Alice and Charlie have the same unread in this room; Charlie alone has something in another."""
    await hub.run(lambda: room.admit([people["charlie"]]))
    kitchen = await hub.run(
        lambda: Room.objects.open_up(
            Room.Kind.CLOSED, name="Kitchen", creator=people["charlie"], people=[people["bob"], people["charlie"]]
        )
    )
    await hub.run(kitchen.post, people["bob"], "Soup", "k-0")
    message = await hub.run(room.post, people["bob"], "Ask @Alice or @Charlie", "k-1")
    alice, charlie = await inbox(people["alice"]), await inbox(people["charlie"])
    await hub.run(message.erase, people["bob"])
    await until(lambda: badges(alice, room) == [0] and badges(charlie, room) == [0])
    assert "icons/rooms.svg" in last(alice)
    assert "icons/rooms-unread.svg" in last(charlie)


@pytest.mark.parametrize(("reader", "other"), [("alice", "charlie"), ("charlie", "alice")])
async def test_who_has_read_what_is_erased_and_who_has_not_are_told_each_their_own(
    hub: Hub, inbox: Inbox, room: Room, people: dict[str, User], reader: str, other: str
) -> None:
    """The other's icon stays as it is: they have something in another room as well."""
    await hub.run(lambda: room.admit([people["charlie"]]))
    kitchen = await hub.run(
        lambda: Room.objects.open_up(
            Room.Kind.CLOSED, name="Kitchen", creator=people[other], people=[people["bob"], people[other]]
        )
    )
    await hub.run(kitchen.post, people["bob"], "Soup", "k-0")
    message = await hub.run(room.post, people["bob"], "Never mind", "k-1")
    await hub.run(read_everything, people[reader].pk)
    pages = [await inbox(people[reader]), await inbox(people[other])]
    await hub.run(message.erase, people["bob"])
    await until(lambda: all('hx-target="#centre-stale"' in last(page) for page in pages))
    assert [badges(page, room) for page in pages] == [[], [0]]


async def test_who_is_not_named_has_an_icon_for_it_too(
    hub: Hub, inbox: Inbox, room: Room, people: dict[str, User]
) -> None:
    await hub.run(lambda: room.admit([people["charlie"]]))
    alice, charlie = await inbox(people["alice"]), await inbox(people["charlie"])
    await hub.run(room.post, people["bob"], "What do you say, @Alice?", "k-1")
    await until(lambda: badges(alice, room) == badges(charlie, room) == [1])
    assert "icons/rooms-mention.svg" in last(alice)
    assert "icons/rooms-unread.svg" in last(charlie)


STALE = 'hx-target="#centre-stale"'


async def test_what_was_read_and_is_erased_goes_from_an_open_list(
    hub: Hub, inbox: Inbox, follow: Follow, room: Room, people: dict[str, User]
) -> None:
    message = await hub.run(room.post, people["bob"], "A secret for @Alice", "k-1")
    await hub.run(read_everything, people["alice"].pk)
    away = await inbox(people["alice"])
    await hub.run(message.erase, people["bob"])
    await until(lambda: STALE in last(away))
    assert badges(away, room) == []

    await follow(RoomFeed(room.pk), people["alice"])  # In another tab.
    seen = await hub.run(room.post, people["bob"], "Another for @Alice", "k-2")
    await until(lambda: len(frames_with(away, STALE)) == 2)  # Told, and read.
    await hub.run(seen.erase, people["bob"])
    await until(lambda: len(frames_with(away, STALE)) == 3)


@pytest.mark.parametrize("body", ["@Alice, never mind", "Never mind"])
@pytest.mark.parametrize("read", [True, False])
async def test_what_was_put_otherwise_is_so_in_an_open_list(
    hub: Hub, inbox: Inbox, room: Room, people: dict[str, User], body: str, read: bool
) -> None:
    message = await hub.run(room.post, people["bob"], "A secret for @Alice", "k-1")
    if read:
        await hub.run(read_everything, people["alice"].pk)
    alice = await inbox(people["alice"])
    await hub.run(message.edit, body)
    await until(lambda: STALE in last(alice))
    assert hub.desks[InboxFeed].states[people["alice"].pk].told.unread == (not read and "@" in body)


async def test_what_was_unread_by_hand_alone_is_counted_no_more_when_it_is_erased(
    hub: Hub, inbox: Inbox, room: Room, people: dict[str, User]
) -> None:
    message = await hub.run(room.post, people["bob"], "A secret for @Alice", "k-1")
    await hub.run(read_everything, people["alice"].pk)
    await hub.run(lambda: message.notifications.get().unread())
    alice = await inbox(people["alice"])
    state = hub.desks[InboxFeed].states[people["alice"].pk]
    assert state.told.unread == 1
    await hub.run(message.erase, people["bob"])
    await until(lambda: STALE in last(alice))
    assert state.told.unread == 0 and "bell__count" not in last(alice)


async def test_what_is_said_of_a_message_counts_nothing(
    hub: Hub, inbox: Inbox, room: Room, people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    message = await hub.run(room.post, people["bob"], "Hello @room", "k-1")
    plain = await hub.run(room.post, people["bob"], "Hello", "k-2")
    alice = await inbox(people["alice"])
    kept, written = hub.desks[InboxFeed], len(alice.transport.frames)

    with counted(hub, monkeypatch) as queries:
        await elsewhere(plain.react, people["bob"], "👍")
        await until(lambda: kept.states.positions[f"room.{room.pk}"].clock == plain.clock)
        assert len(queries) == 1, "\n".join(queries)
        await elsewhere(message.react, people["bob"], "👍")
        await until(lambda: kept.states.positions[f"room.{room.pk}"].clock == message.clock)
    assert len(alice.transport.frames) == written


async def test_an_edit_is_said_to_those_it_names_now(
    hub: Hub, inbox: Inbox, room: Room, people: dict[str, User]
) -> None:
    alice = await inbox(people["alice"])
    message = await hub.run(room.post, people["bob"], "Hello", "k-1")
    await until(lambda: badges(alice, room) == [1])
    await hub.run(message.edit, "Hello @Alice")
    await until(lambda: "@1<" in last(alice))
    assert f'id="toast-room-{room.pk}"' in last(alice)


@pytest.mark.parametrize(("level", "plain", "mention"), [("everything", 1, 2), ("mentions", 0, 1), ("nothing", 0, 0)])
async def test_involvement_says_what_counts(
    hub: Hub, inbox: Inbox, room: Room, people: dict[str, User], level: str, plain: int, mention: int
) -> None:
    membership = await hub.run(lambda: Membership.objects.get(room=room, user=people["alice"]))
    await hub.run(membership.involve, level)
    alice = await inbox(people["alice"])
    state = hub.desks[InboxFeed].states[people["alice"].pk]
    await hub.run(room.post, people["bob"], "Hello", "k-1")
    await until(lambda: state.standings[room.pk].position.clock == room.clock)
    assert state.total == plain
    await hub.run(room.post, people["bob"], "Hello @Alice", "k-2")
    await until(lambda: state.standings[room.pk].position.clock == room.clock)
    assert state.total == mention
    assert alice.state is State.LIVE


async def test_a_page_that_shows_the_present_is_sent_nothing(hub: Hub, inbox: Inbox, people: dict[str, User]) -> None:
    alice = await inbox(people["alice"])
    assert len(alice.transport.frames) == 1
    assert "#rooms" not in last(alice)


async def test_a_page_that_lacks_something_gets_the_list(
    hub: Hub, inbox: Inbox, room: Room, people: dict[str, User]
) -> None:
    cursor = await hub.run(fresh, people["alice"])
    await hub.run(room.post, people["bob"], "Hello", "k-1")
    alice = await inbox(people["alice"], cursor=cursor, title="People")
    assert 'hx-target="#rooms"' in last(alice)
    assert ">(1) People</hx-partial>" in last(alice)


async def test_what_came_while_the_line_was_away_is_one_toast(
    hub: Hub, inbox: Inbox, room: Room, people: dict[str, User]
) -> None:
    cursor = await hub.run(fresh, people["alice"])
    for number in range(100):
        await hub.run(room.post, people["bob"], f"Word {number}", f"k-{number}")
    alice = await inbox(people["alice"], cursor=cursor)
    assert last(alice).count(f'id="toast-room-{room.pk}"') == 1
    assert "100 new in <bdi>Lobby</bdi>" in last(alice)
    reading = await inbox(people["alice"], cursor=cursor, room=str(room.pk))
    assert "100 new in" not in last(reading)


async def test_one_read_and_another_told_is_news(hub: Hub, inbox: Inbox, people: dict[str, User]) -> None:
    """The number stays: the list does not, and what came slides in."""
    alice = people["alice"]
    first = await hub.run(tell, alice, "first")
    page = await inbox(alice)

    def change() -> None:
        with transaction.atomic():
            first.read()
            tell(alice, "second")

    await hub.run(change)
    await until(lambda: 'hx-target="#centre-stale"' in last(page))
    assert 'id="toast-notification-' in last(page)


async def test_a_page_that_was_away_hears_of_it_too(hub: Hub, inbox: Inbox, people: dict[str, User]) -> None:
    alice = people["alice"]
    first = await hub.run(tell, alice, "first")
    cursor = await hub.run(fresh, alice)
    await hub.run(first.read)
    await hub.run(tell, alice, "second")
    page = await inbox(alice, cursor=cursor)
    assert 'hx-target="#centre-stale"' in last(page)


def tell(user: User, source: str) -> Notification:
    return notify(user, "deploy", source, template="notifications/_stale.html")


async def test_a_lost_bell_is_found_by_the_sweep(hub: Hub, inbox: Inbox, room: Room, people: dict[str, User]) -> None:
    alice = await inbox(people["alice"])

    def post_unheard() -> None:
        with lost_bells():
            room.post(people["bob"], "Hello", "k-1")

    await hub.run(post_unheard)
    await Sweep(hub).once()
    await until(lambda: badges(alice, room) == [1])


async def test_a_restored_backup_is_counted_anew(hub: Hub, inbox: Inbox, room: Room, people: dict[str, User]) -> None:
    alice = await inbox(people["alice"])
    before = room.clock
    for number in range(3):
        await hub.run(room.post, people["bob"], f"Word {number}", f"k-{number}")
    await until(lambda: badges(alice, room)[-1:] == [3])

    def restore() -> None:
        room.messages.all().delete()
        Room.objects.filter(pk=room.pk).update(clock=before)

    await hub.run(restore)
    await Sweep(hub).once()
    await until(lambda: 'hx-target="#rooms"' in last(alice))
    assert "room-link__badge" not in last(alice)


async def test_pages_wait_for_a_database_that_is_away(
    hub: Hub, inbox: Inbox, room: Room, people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "RETRY_INTERVAL", 0.01)
    alice = await inbox(people["alice"])

    async def away(function: Any, *args: Any) -> Any:
        raise OperationalError("the database is away")

    with monkeypatch.context() as patch:
        patch.setattr(hub.threads, "run", away)
        await post(room, people["bob"])
        newcomer = Listener(InboxFeed(people["alice"].pk), people["alice"].pk, alice.session_key, alice.cohort)
        newcomer.transport = Wire()
        hub.join(newcomer)
        await hub.sync(newcomer, "")
        assert newcomer.transport.closed == 1013
    await until(lambda: ">1<" in last(alice))


async def test_a_sentence_is_in_the_language_of_its_reader(
    hub: Hub, inbox: Inbox, room: Room, people: dict[str, User]
) -> None:
    bob = await inbox(people["bob"])
    await hub.run(room.post, people["alice"], "Hello", "k-1")
    await until(lambda: badges(bob, room))
    assert "未読メッセージ1件" in last(bob)


async def test_those_who_leave_are_forgotten(hub: Hub, inbox: Inbox, room: Room, people: dict[str, User]) -> None:
    alice, bob = await inbox(people["alice"]), await inbox(people["bob"])
    kept = hub.desks[InboxFeed]
    hub.leave(alice)
    await until(lambda: people["alice"].pk not in kept.states)
    assert kept.states.followers[f"room.{room.pk}"] == {people["bob"].pk}
    hub.leave(bob)
    await until(lambda: not kept.states)
    assert not kept.states.followers and not kept.states.positions


async def test_nobody_is_told_of_a_room_that_they_were_taken_out_of(
    hub: Hub, inbox: Inbox, room: Room, people: dict[str, User]
) -> None:
    bob = await inbox(people["bob"])
    await hub.run(room.dismiss, [people["bob"]])
    await until(lambda: "Lobby" not in last(bob) and "#rooms" in last(bob))
    written = len(bob.transport.frames)
    await hub.run(room.post, people["alice"], "Without him", "k-1")
    await Sweep(hub).once()
    assert len(bob.transport.frames) == written


async def test_a_slow_reader_gets_the_list_when_it_reads_again(
    hub: Hub, inbox: Inbox, room: Room, people: dict[str, User]
) -> None:
    alice = await inbox(people["alice"])
    alice.transport.blocked, alice.transport.pending = True, 10**9
    await hub.run(room.post, people["bob"], "Hello", "k-1")
    await until(lambda: alice.state is State.BEHIND)
    alice.transport.blocked, alice.transport.pending = False, 0
    alice.drained()
    await until(lambda: 'hx-target="#rooms"' in last(alice))
    assert ">1<" in last(alice)


def test_a_page_whose_socket_is_away_asks_over_http(room: Room, people: dict[str, User], client: Client) -> None:
    client.force_login(people["alice"])
    here = {"cursor": fresh(people["alice"]), "title": "People", "room": ""}
    nothing = client.get("/live/inbox/changes/", here).content.decode()
    room.post(people["bob"], "Hello", "k-1")
    answer = client.get("/live/inbox/changes/", here).content.decode()

    assert "#rooms" not in nothing and "delay:3s" in nothing
    assert ">(1) People</hx-partial>" in answer and 'hx-target="#rooms"' in answer
    assert f'id="toast-room-{room.pk}"' in answer
    assert f'value="{fresh(people["alice"])}"' in answer


def test_over_http_one_is_told_as_by_a_socket(room: Room, people: dict[str, User], client: Client) -> None:
    alice, bob = people["alice"], people["bob"]
    direct = Room.objects.direct_between([alice, bob])
    client.force_login(alice)
    here = {"cursor": fresh(alice), "title": "People", "room": ""}

    def poll(**page: str) -> str:
        answer = client.get("/live/inbox/changes/", here | page).content.decode()
        here["cursor"] = re.search(r'id="live-inbox-cursor" value="(\S+)"', answer)[1]  # type: ignore[index]
        return answer

    room.post(bob, "What do you say, @Alice?", "k-1")
    told = tell(alice, "first")
    answer = poll()
    assert "Bob</bdi> mentioned you in <bdi>Lobby" in answer
    assert f'id="toast-notification-{told.pk}"' in answer
    assert "new in" not in answer  # The room has its toast.

    room.post(bob, "Anything else?", "k-2")
    answer = poll()
    assert "1 new in <bdi>Lobby" in answer and "mentioned you" not in answer and "toast-notification" not in answer
    room.post(bob, "Here, @Alice", "k-3")
    assert 'id="toast-' not in poll(room=str(room.pk))  # Before one's eyes.

    direct.post(bob, "One", "k-4")
    assert "Bob</bdi> wrote to you" in poll()
    direct.post(bob, "Two", "k-5"), direct.post(bob, "Three", "k-6")
    assert "2 new in <bdi>Bob" in poll()

    User.objects.filter(pk=alice.pk).update(toasts="nothing")
    tell(alice, "second")
    assert 'id="toast-' not in poll()


async def test_a_line_that_breaks_after_an_edit_brings_nothing_twice(
    hub: Hub, inbox: Inbox, room: Room, people: dict[str, User]
) -> None:
    message = await hub.run(room.post, people["bob"], "Hello, @Alice", "k-1")
    await hub.run(room.post, people["bob"], "And on", "k-2")
    alice = await inbox(people["alice"])
    await hub.run(message.edit, "Goodbye, @Alice")
    await until(lambda: STALE in last(alice))
    (cursor,) = re.findall(r'id="live-inbox-cursor" value="(\S+)"', last(alice))
    again = await inbox(people["alice"], cursor=cursor)
    assert "#rooms" in last(again) and 'id="toast-' not in last(again)


def test_nobody_asks_who_is_signed_out(people: dict[str, User], client: Client) -> None:
    answer = client.get("/live/inbox/changes/")
    assert answer.status_code == 401
    assert 'hx-target="#live-inbox" hx-swap="delete"' in answer.content.decode()


async def test_pages_of_other_names_share_all_but_their_titles(
    hub: Hub, inbox: Inbox, room: Room, people: dict[str, User]
) -> None:
    await hub.run(lambda: room.admit([people["charlie"]]))
    alice, charlie = await inbox(people["alice"], title="Kyoto"), await inbox(people["charlie"], title="<Release>")
    await hub.run(room.post, people["bob"], "Hello", "k-1")
    await until(lambda: badges(alice, room) == badges(charlie, room) == [1])

    assert alice.transport.shared[-1] is charlie.transport.shared[-1]
    assert frames_with(alice, "(1) Kyoto<")
    assert frames_with(charlie, "(1) &lt;Release&gt;<")


async def test_what_cannot_be_sent_to_one_disturbs_nobody_else(
    hub: Hub, inbox: Inbox, room: Room, people: dict[str, User]
) -> None:
    """Half of a surrogate pair, in what a page says of itself."""
    bob = await inbox(people["bob"])
    alice = await inbox(people["alice"], cursor="", title="\ud800")
    assert alice.transport.closed == 1013
    await hub.run(lambda: room.admit([people["charlie"]]))
    alice = await inbox(people["alice"], title="\ud800")
    await hub.run(room.post, people["charlie"], "Hello", "k-1")
    await until(lambda: badges(bob, room) == [1])
    await until(lambda: alice.transport.closed == 1013)


async def test_what_cannot_be_drawn_for_one_disturbs_nobody_else(
    hub: Hub, inbox: Inbox, room: Room, people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, bob = await inbox(people["alice"], title="Broken"), await inbox(people["bob"])
    draw_own = InboxFeed.draw_own

    def fail(state: InboxState, page: Page) -> str:
        if page.get("title") == "Broken":
            raise ValueError("cannot be drawn")
        return draw_own(state, page)

    monkeypatch.setattr(InboxFeed, "draw_own", fail)
    await hub.run(lambda: room.admit([people["charlie"]]))
    await hub.run(room.post, people["charlie"], "Hello", "k-1")
    await until(lambda: badges(bob, room) == [1])
    await until(lambda: alice.transport.closed == 1013)


async def test_a_page_drawn_since_is_not_taken_back(
    hub: Hub, inbox: Inbox, room: Room, people: dict[str, User]
) -> None:
    await inbox(people["alice"])

    def post_unheard() -> None:
        with lost_bells():
            room.post(people["bob"], "Hello", "k-1")

    await hub.run(post_unheard)
    newer = await inbox(people["alice"])
    assert "#rooms" not in last(newer)
    assert hub.desks[InboxFeed].states[people["alice"].pk].total == 1


async def test_nobody_hears_of_what_was_said_after_they_were_taken_out(
    hub: Hub, inbox: Inbox, room: Room, people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both bells ring while a round is under way: the next one reads both changes."""
    await hub.run(lambda: User.objects.filter(pk=people["bob"].pk).update(toasts="everything", sound=True))
    bob = await inbox(people["bob"])
    kept = hub.desks[InboxFeed]
    work, happened = kept.states.work, []

    def happening(job: Any) -> Any:
        if not happened:
            happened.append(room.dismiss([people["bob"]]))
            room.post(people["alice"], "Now that he is gone", "k-2")
        return work(job)

    monkeypatch.setattr(kept.states, "work", happening)
    await post(room, people["alice"], "Before")
    await until(lambda: "#rooms" in last(bob) and "Lobby" not in last(bob))
    await Sweep(hub).once()
    assert not frames_with(bob, "Now that he is gone")
    assert 2 not in badges(bob, room)


async def test_taking_a_message_back_is_no_news(hub: Hub, inbox: Inbox, room: Room, people: dict[str, User]) -> None:
    await hub.run(lambda: User.objects.filter(pk=people["bob"].pk).update(toasts="everything", sound=True))
    await post(room, people["alice"], "One")
    bob = await inbox(people["bob"])
    message = await hub.run(room.post, people["alice"], "Two", "k-2")
    await until(lambda: badges(bob, room) == [2])
    assert 'id="toast-room-' in last(bob) and "<audio" in last(bob)
    await hub.run(message.erase, people["alice"])
    await until(lambda: badges(bob, room) == [2, 1])
    assert 'id="toast-room-' not in last(bob) and "<audio" not in last(bob)


async def test_a_page_of_history_reads_nothing_and_is_told(
    hub: Hub, inbox: Inbox, follow: Follow, room: Room, people: dict[str, User]
) -> None:
    past = await follow(RoomFeed(room.pk), people["bob"])
    past.looking = past.feed.shows_present({"history": "1"})
    bob = await inbox(people["bob"])
    await hub.run(room.post, people["alice"], "Here and now", "k-1")
    await until(lambda: badges(bob, room) == [1])
    await Sweep(hub).once()
    assert not await hub.run(
        lambda: Membership.objects.filter(room=room, user=people["bob"], read_position__gt=0).exists()
    )


async def test_who_is_online_costs_a_dot_and_no_reading(
    hub: Hub, inbox: Inbox, people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    direct = await hub.run(lambda: Room.objects.direct_between([people["alice"], people["bob"]]))
    alice, charlie = await inbox(people["alice"]), await inbox(people["charlie"])
    written = len(charlie.transport.frames)
    dot = f'hx-target="#room-{direct.pk}-online"'
    assert dot in last(alice) and "room-link__online" not in last(alice)
    kept, bob = hub.desks[InboxFeed], people["bob"].pk

    async def turn(online: bool) -> None:
        monkeypatch.setattr(standing, "shown_online", lambda: frozenset({bob} if online else ()))
        mark_partners(hub, {bob})
        await until(lambda: not kept.touched and kept.states.moments.get(people["alice"].pk) == {direct.pk: online})

    with counted(hub, monkeypatch) as queries:
        await turn(True)
        await until(lambda: len(alice.transport.frames) == 2)
        assert dot in last(alice) and "room-link__online" in last(alice)
        await turn(True)
        await turn(False)
        await until(lambda: len(alice.transport.frames) == 3)
        assert dot in last(alice) and "room-link__online" not in last(alice)
    assert queries == []
    assert len(charlie.transport.frames) == written
