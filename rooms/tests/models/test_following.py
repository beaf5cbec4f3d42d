"""Where a message stands: on its own, or as the next thing that the same person says; and where a day begins."""

from datetime import UTC, datetime, timedelta
from importlib import import_module
from itertools import pairwise

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from rooms.demo.team import create_team
from rooms.models import Message, Room, User
from rooms.models.following import PAUSE, Before, goes_on

SECOND = timedelta(seconds=1)


def post_after(pause: timedelta, previous: Message, author: User, body: str = "next", **more: Message) -> Message:
    """Post as if the message before had been said so long ago."""
    Message.objects.filter(pk=previous.pk).update(created_at=timezone.now() - pause)
    said = previous.room.post(author, body, f"after-{previous.position}", **more)
    return Message.objects.get(pk=said.pk)


@pytest.fixture
def first(den: Room, bob: User) -> Message:
    return den.post(bob, "first", "first")


def test_the_same_person_goes_on(first: Message, bob: User) -> None:
    assert not first.follows
    assert first.previous_at is None

    second = post_after(PAUSE - 30 * SECOND, first, bob)

    assert second.follows
    assert second.previous_at == Message.objects.get(pk=first.pk).created_at


def test_after_a_while_one_begins_anew(first: Message, bob: User) -> None:
    assert not post_after(PAUSE + SECOND, first, bob).follows


def test_somebody_else_begins(first: Message, alice: User) -> None:
    assert not post_after(SECOND, first, alice).follows


def test_a_reply_begins(first: Message, bob: User) -> None:
    reply = post_after(SECOND, first, bob, reply_to=first)
    assert not reply.follows
    assert post_after(SECOND, reply, bob).follows


def test_what_one_does_begins(first: Message, bob: User) -> None:
    assert not post_after(SECOND, first, bob, "/me waves").follows


def test_an_erased_message_leaves_its_place_behind(first: Message, bob: User, alice: User) -> None:
    between = post_after(SECOND, first, alice)
    between.erase(alice)
    assert not post_after(SECOND, between, bob).follows

    last = post_after(SECOND, between, bob)
    last.erase(bob)
    assert post_after(SECOND, last, bob).follows


def test_rooms_do_not_mix(first: Message, lobby: Room, bob: User) -> None:
    elsewhere = lobby.post(bob, "here", "k-lobby")
    assert not elsewhere.follows
    assert elsewhere.previous_at is None


def test_it_asks_no_query_more(first: Message, den: Room, bob: User) -> None:
    """Room's clock, membership with what was said before, the row: the savepoint around them is the test's."""
    with CaptureQueriesContext(connection) as queries:
        den.post(bob, "next", "next")
    reads = [query["sql"] for query in queries if query["sql"].startswith("SELECT") and "rooms_message" in query["sql"]]
    assert len([sql for sql in reads if "archived_at" in sql]) == 1
    assert not [sql for sql in reads if sql.startswith('SELECT "rooms_message"')]


@pytest.mark.parametrize(
    ("zone", "begins"),
    [("UTC", False), ("Asia/Tokyo", True), ("America/New_York", False), ("Pacific/Kiritimati", False)],
)
def test_a_day_begins_where_one_is(zone: str, begins: bool) -> None:
    """Between 14:59 and 15:01 UTC the day changes in Tokyo, and nowhere else of these."""
    message = Message(previous_at=datetime(2026, 3, 1, 14, 59, tzinfo=UTC))
    message.created_at = datetime(2026, 3, 1, 15, 1, tzinfo=UTC)

    with timezone.override(zone):
        assert message.begins_day is begins


@pytest.mark.parametrize("batch", [1, 3, 11, 20_000])
def test_messages_from_before_are_placed(batch: int, den: Room, alice: User, bob: User) -> None:
    """As posting would have placed them, in each room by itself."""
    begin = datetime(2026, 3, 1, 14, 59, 59, 123456, tzinfo=UTC)
    steps = [0, 1, 299.9, 300.1, 3_000, 10, 10, 10, 86_400, 3]
    authors = [bob, bob, bob, bob, bob, alice, bob, bob, bob, bob]
    at, rows = begin, []
    for tick, (step, author) in enumerate(zip(steps, authors, strict=True), start=1):
        at += timedelta(seconds=step)
        body = "/me waves" if tick == 8 else "hello"
        rows.append(
            Message(room=den, author=author, key=f"k-{tick}", body=body, position=tick, clock=tick, created_at=at)
        )
    Message.objects.bulk_create(reversed(rows))
    reply = Message.objects.create(
        room=den, author=bob, key="r", body="yes", position=11, clock=11, created_at=at, reply_to=rows[0]
    )

    import_module("rooms.migrations.0007_following").fill(apps, connection.schema_editor(), batch)

    placed = list(den.messages.order_by("position"))
    assert [message.previous_at for message in placed] == [None, *(message.created_at for message in placed[:-1])]
    assert [message.follows for message in placed] == [
        False, True, True, False, False, False, False, False, False, True, False,
    ]  # fmt: skip
    assert placed[-1] == reply


def test_the_sample_team_is_placed(db: None) -> None:
    create_team(300, lambda written, total: None)

    for room in Room.objects.all():
        for before, message in pairwise(room.messages.order_by("position")):
            assert message.previous_at == before.created_at
            if not message.erased_at:
                place = Before(before.author_id, before.created_at)
                assert message.follows == goes_on(place, message.author_id, message.body, message.created_at)
    assert Message.objects.filter(follows=True).exists()
