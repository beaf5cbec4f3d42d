"""Who is told outside of the browser, of what, and how often."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from rooms.live.attendance import Attendance
from rooms.models import Membership, Room, User
from rooms.outside.models import Burst, Target
from rooms.outside.schedule import schedule
from rooms.tests.outside.conftest import look, waiting
from rooms.tests.outside.zoo import Server


def level(user: User, room: Room, involvement: str) -> None:
    room.memberships.get(user=user).involve(involvement)


def attend(user: User, room: Room) -> Attendance:
    """Have this person's page of the room open and visible."""
    follows = {f"room.{room.pk}": [user.pk]}
    return Attendance.objects.create(process="a process", seen_at=timezone.now(), follows=follows)


def test_who_is_mentioned_while_away_is_told_once(
    target: Target, ntfy: Server, alice: User, lobby: Room, say: Any
) -> None:
    said = say(alice, lobby, "@Bob Okafor are you there?")

    assert look() == 1
    assert look() == 0

    (request,) = ntfy.requests
    head = ntfy.head()
    assert request.startswith(b"POST /topic HTTP/1.1\r\n")
    assert head["title"] == "Alice Moreau mentioned you in Lobby"
    assert head["click"] == f"https://chat.example.org/messages/{said.pk}/"
    assert head["priority"] == "high"
    assert ntfy.bodies() == ["Alice Moreau: @Bob Okafor are you there?"]
    target.refresh_from_db()
    assert (target.failures, target.trouble, target.busy_until) == (0, "", None)
    assert target.sent_at is not None


def test_nobody_else_is_told(target: Target, ntfy: Server, alice: User, charlie: User, lobby: Room, say: Any) -> None:
    say(alice, lobby, "Good morning, everyone")
    say(alice, lobby, "@Charlie, to you too")

    assert look() == 0
    assert Burst.objects.count() == 0


def test_a_delay_is_waited_for_and_a_burst_is_one(
    target: Target, ntfy: Server, alice: User, lobby: Room, say: Any, later: Any
) -> None:
    Target.objects.update(delay=60)
    say(alice, lobby, "@Bob Okafor one")
    later(seconds=50)
    say(alice, lobby, "@Bob Okafor two")
    assert look() == 0

    later(seconds=20)
    assert look() == 1

    assert ntfy.bodies() == ["Alice Moreau: @Bob Okafor one\nAlice Moreau: @Bob Okafor two"]
    assert ntfy.head()["title"] == "2 new in Lobby"


def test_what_was_read_meanwhile_is_not_told(
    target: Target, ntfy: Server, alice: User, bob: User, lobby: Room, say: Any
) -> None:
    said = say(alice, lobby, "@Bob Okafor look")
    lobby.memberships.get(user=bob).read(said.position)

    assert look() == 1
    assert (ntfy.requests, waiting(target)) == ([], [])


@pytest.mark.parametrize("how", ["erased", "silenced", "dismissed", "archived", "deactivated"])
def test_what_is_not_there_any_more_is_not_told(
    how: str, target: Target, ntfy: Server, alice: User, bob: User, den: Room, say: Any
) -> None:
    said = say(alice, den, "@Bob Okafor look")
    {
        "erased": lambda: said.erase(alice),
        "silenced": lambda: level(bob, den, "nothing"),
        "dismissed": lambda: den.dismiss([bob]),
        "archived": lambda: den.archive(),
        "deactivated": lambda: bob.deactivate(),
    }[how]()

    look()
    assert ntfy.requests == []


def test_who_is_looking_is_not_told_until_they_are_gone_without_reading(
    target: Target, ntfy: Server, alice: User, bob: User, lobby: Room, say: Any, later: Any
) -> None:
    page = attend(bob, lobby)
    say(alice, lobby, "@Bob Okafor hello")

    assert look() == 1
    assert ntfy.requests == []
    assert len(waiting(target)) == 1

    page.delete()
    later(seconds=11)
    look()
    assert len(ntfy.requests) == 1


def test_after_being_told_of_a_room_it_is_silent_until_they_have_been_back(
    target: Target, ntfy: Server, alice: User, bob: User, lobby: Room, say: Any, later: Any
) -> None:
    said = say(alice, lobby, "@Bob Okafor one")
    look()
    later(minutes=1)
    say(alice, lobby, "@Bob Okafor two")
    look()
    assert len(ntfy.requests) == 1

    lobby.memberships.get(user=bob).read(said.position)
    later(minutes=10)
    look()
    assert ntfy.bodies()[1:] == ["Alice Moreau: @Bob Okafor two"]


def test_who_has_been_back_is_told_at_once(
    target: Target, ntfy: Server, alice: User, bob: User, lobby: Room, say: Any, later: Any
) -> None:
    said = say(alice, lobby, "@Bob Okafor one")
    look()
    later(minutes=1)
    lobby.memberships.get(user=bob).read(said.position)
    say(alice, lobby, "@Bob Okafor two")
    look()

    assert ntfy.bodies() == ["Alice Moreau: @Bob Okafor one", "Alice Moreau: @Bob Okafor two"]


@pytest.mark.parametrize("scope", Target.Scope)
def test_who_had_read_everything_before_is_no_more_back_than_others(
    scope: str, target: Target, ntfy: Server, alice: User, bob: User, lobby: Room, say: Any, later: Any
) -> None:
    Target.objects.update(scope=scope)
    lobby.memberships.get(user=bob).read(say(alice, lobby, "Good morning").position)
    for word in ("one", "two", "three"):
        say(alice, lobby, f"@Bob Okafor {word}")
        look()
        later(seconds=20)

    assert ntfy.bodies() == ["Alice Moreau: @Bob Okafor one"]


@pytest.mark.parametrize("how", ["erasing", "editing", "editing out and in"])
def test_no_sender_makes_a_room_ring_again(
    how: str, target: Target, ntfy: Server, alice: User, lobby: Room, say: Any, later: Any
) -> None:
    """What was told and is gone was taken back by its author: nobody has been back for that."""
    for number in range(4):
        said = say(alice, lobby, f"@Bob Okafor {number}")
        look()
        if how == "erasing":
            said.erase(alice)
        else:
            said.edit("Never mind")
            look()
        if how == "editing out and in":
            said.edit(f"@Bob Okafor {number}, {number}")
            look()
        later(seconds=2)

    assert ntfy.bodies() == ["Alice Moreau: @Bob Okafor 0"]


def test_a_message_that_names_somebody_again_is_not_told_again(
    target: Target, ntfy: Server, alice: User, bob: User, lobby: Room, say: Any, later: Any
) -> None:
    said = say(alice, lobby, "@Bob Okafor one")
    plain = say(alice, lobby, "two")
    say(alice, lobby, "@Bob Okafor three")
    look()
    said.edit("one")
    said.edit("@Bob Okafor one, once more")
    later(hours=2)
    look()
    assert len(ntfy.requests) == 1

    plain.edit("@Bob Okafor two")
    look()
    assert ntfy.bodies()[1:] == ["Alice Moreau: @Bob Okafor two"]


def test_what_was_told_stays_told_when_newer_things_are_gone(
    target: Target, ntfy: Server, alice: User, bob: User, say: Any, later: Any
) -> None:
    direct = Room.objects.direct_between([alice, bob])
    for number in range(50):
        say(alice, direct, f"old {number}")
    look()
    later(hours=1)
    newer = [say(alice, direct, f"newer {number}") for number in range(100)]
    look()
    for said in newer[40:]:
        said.erase(alice)
    later(hours=1)
    say(alice, direct, "the last")
    look()

    assert ntfy.bodies()[2:] == ["Alice Moreau: the last"]


@pytest.mark.parametrize("scope", Target.Scope)
def test_all_that_is_new_is_counted(
    scope: str, target: Target, ntfy: Server, alice: User, bob: User, lobby: Room, say: Any, later: Any
) -> None:
    Target.objects.update(scope=scope)
    name = "@Bob Okafor " if scope == Target.Scope.MINE else ""
    for number in range(130):
        say(alice, lobby, f"{name}number {number}")
    look()

    assert ntfy.head()["title"] == "130 new in Lobby"
    assert "number 0" in ntfy.bodies()[0] and "number 10" not in ntfy.bodies()[0]
    later(hours=1)
    say(alice, lobby, f"{name}the last")
    look()
    assert ntfy.bodies()[1:] == [f"Alice Moreau: {name}the last"]


def test_a_room_that_cools_down_tells_the_rest_afterwards(
    target: Target, ntfy: Server, alice: User, lobby: Room, den: Room, say: Any, later: Any
) -> None:
    say(alice, lobby, "@Bob Okafor one")
    look()
    later(minutes=1)
    say(alice, lobby, "@Bob Okafor two")
    say(alice, den, "@Bob Okafor elsewhere")
    look()
    assert ntfy.bodies()[1:] == ["Alice Moreau: @Bob Okafor elsewhere"]

    later(minutes=9, seconds=1)
    look()
    assert ntfy.bodies()[2:] == ["Alice Moreau: @Bob Okafor two"]


def test_several_rooms_are_one_message(
    target: Target, ntfy: Server, alice: User, lobby: Room, den: Room, say: Any
) -> None:
    say(alice, lobby, "@Bob Okafor one")
    say(alice, den, "@Bob Okafor two")
    look()

    assert len(ntfy.requests) == 1
    assert ntfy.head()["title"] == "2 new in Lobby, Den"
    assert ntfy.head()["click"] == "https://chat.example.org/notifications/"


def test_a_target_may_want_every_message_of_rooms_set_to_everything(
    target: Target, ntfy: Server, alice: User, bob: User, lobby: Room, den: Room, say: Any
) -> None:
    Target.objects.update(scope=Target.Scope.EVERYTHING)
    level(bob, den, "mentions")
    say(alice, den, "Not this")
    say(bob, lobby, "Not one's own")
    say(alice, lobby, "Good morning")
    say(alice, lobby, "@Bob Okafor and you?")
    look()

    assert ntfy.bodies() == ["Alice Moreau: Good morning\nAlice Moreau: @Bob Okafor and you?"]
    assert ntfy.head()["title"] == "2 new in Lobby"


def test_a_content_free_target_says_where_and_not_what(
    target: Target, ntfy: Server, alice: User, lobby: Room, say: Any
) -> None:
    Target.objects.update(content_free=True)
    say(alice, lobby, "@Bob Okafor a secret")
    look()

    assert ntfy.bodies() == [ntfy.head()["title"]] == ["Something new in Lobby"]
    assert b"secret" not in ntfy.requests[0]


def test_what_was_there_before_the_target_is_not_told(
    ntfy: Server, alice: User, bob: User, lobby: Room, say: Any
) -> None:
    say(alice, lobby, "@Bob Okafor before")
    Target.objects.add(bob, Target.Kind.PUSH, url=ntfy.url, delay=0)
    assert look() == 0

    say(alice, lobby, "@Bob Okafor after")
    look()
    assert ntfy.bodies() == ["Alice Moreau: @Bob Okafor after"]


def test_a_notification_of_no_room_is_told(target: Target, ntfy: Server, bob: User) -> None:
    from rooms.notifications import notify

    notify(
        bob, "disabled", "one", template="outside/_disabled.html", context={"kind": "push", "url": "x", "trouble": "y"}
    )
    look()

    assert ntfy.bodies() == ["x cannot be reached any more and is switched off: y"]


def test_names_of_any_script_arrive_and_none_breaks_the_request(
    target: Target, ntfy: Server, alice: User, bob: User, say: Any
) -> None:
    Room.objects.filter(name="Lobby").update(name="雑談\r\nX-Evil: 1")
    say(alice, Room.objects.get(slug="lobby"), "@Bob Okafor 今日は")
    look()

    import email.header

    (title, charset), *_ = email.header.decode_header(ntfy.head()["title"])
    assert title.decode(charset) == "Alice Moreau mentioned you in 雑談 X-Evil: 1"
    assert "x-evil" not in ntfy.head()
    assert ntfy.bodies() == ["Alice Moreau: @Bob Okafor 今日は"]


def test_snooze_holds_everything_for_one_digest_at_its_end(
    target: Target, ntfy: Server, alice: User, bob: User, lobby: Room, den: Room, say: Any, later: Any
) -> None:
    User.objects.filter(pk=bob.pk).update(snoozed_until=timezone.now() + timedelta(hours=1))
    say(alice, lobby, "@Bob Okafor one")
    assert look() == 1
    later(minutes=30)
    say(alice, den, "@Bob Okafor two")
    look()
    assert ntfy.requests == []

    later(minutes=30)
    look()
    assert ntfy.bodies() == ["Alice Moreau: @Bob Okafor one\nAlice Moreau: @Bob Okafor two"]


def test_a_plain_message_costs_one_query_where_nobody_wants_it(
    target: Target, alice: User, lobby: Room, say: Any
) -> None:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        say(alice, lobby, "Good morning")

    ours = [query["sql"] for query in queries if "outside_" in query["sql"]]
    assert len(ours) == 1


def test_a_mention_of_many_costs_as_much_as_of_one(alice: User, lobby: Room, say: Any) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            say(alice, lobby, "@room hello")
        return len([query for query in queries if "outside_" in query["sql"]])

    people = [User(name=f"Person {n}", email=f"p{n}@example.org") for n in range(30)]
    User.objects.bulk_create(people)
    lobby.admit(User.objects.all())
    for number, person in enumerate(User.objects.filter(name__startswith="Person")):
        if number == 1:
            Membership.objects.filter(user=alice).update(called_at=None)
            one = cost()
            assert Burst.objects.count() == 1
        Target.objects.add(person, Target.Kind.PUSH, url="https://ntfy.sh/x")
    Membership.objects.filter(user=alice).update(called_at=None)

    assert cost() == one == 3
    assert Burst.objects.count() == 30


@pytest.fixture
def few_parameters(db: None) -> Iterator[None]:
    """A statement may name no more than SQLite takes as it comes with Python."""
    connection.ensure_connection()
    if connection.vendor != "sqlite":
        yield
        return
    limit = sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER
    usual = connection.connection.setlimit(limit, 32_766)
    yield
    connection.connection.setlimit(limit, usual)


def test_any_number_of_people_are_told_at_once(target: Target, bob: User, few_parameters: None) -> None:
    with CaptureQueriesContext(connection) as queries:
        schedule(range(bob.pk, bob.pk + 40_000), None, 0)

    assert len(waiting(target)) == 1
    assert len(queries) <= 5
