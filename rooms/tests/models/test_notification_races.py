"""Telling, correcting, taking back, reading: all at once, on rows of the same people."""

from collections.abc import Callable
from contextlib import suppress
from uuid import uuid4

import pytest

from rooms.models import Message, NotAMember, Notification, Room, User
from rooms.models.membership import read_everything, read_together
from rooms.models.notification import count_unread
from rooms.notifications import notify
from rooms.tests.models.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 15


def often(verb: Callable[[int], object]) -> Callable[[], None]:
    def job() -> None:
        for number in range(ROUNDS):
            verb(number)

    return job


def test_it_does_not_deadlock(alice: User, bob: User, charlie: User, den: Room) -> None:
    names = "@Alice Moreau, @Bob Okafor and @Charlie"
    messages = [den.post(alice, f"{names} {number}", uuid4().hex) for number in range(ROUNDS)]

    def post(number: int) -> None:
        with suppress(NotAMember):
            Room.objects.get(pk=den.pk).post(bob, f"{names} {number}", uuid4().hex)

    def convert(number: int) -> None:
        Room.objects.get(pk=den.pk).convert(
            Room.Kind.CLOSED, [alice, bob, charlie] if number % 2 else [alice], by=alice, name="Den"
        )

    def read(number: int) -> None:
        clock = Room.objects.values_list("clock", flat=True).get(pk=den.pk)
        read_together(den.pk, [charlie.pk, alice.pk, bob.pk], clock)

    results = at_once(
        often(post), often(convert), often(read),
        often(lambda number: Message.objects.get(pk=messages[number].pk).edit(f"@Charlie {number} @Bob Okafor")),
        often(lambda number: Message.objects.get(pk=messages[-number].pk).erase(by=alice)),
        often(lambda number: Notification.objects.read_all(bob)),
        often(lambda number: read_everything(charlie.pk)),
        often(lambda number: notify(bob, "noise", f"{number}", template="notifications/_stale.html")),
    )  # fmt: skip

    assert results == [None] * 8


def test_calls_at_once_for_one_source_are_one_notification(bob: User) -> None:
    results = at_once(*[lambda: notify(bob, "noise", "once", template="notifications/_stale.html").pk] * 6)

    assert len(set(results)) == 1
    assert count_unread([bob.pk]) == {bob.pk: 1}
