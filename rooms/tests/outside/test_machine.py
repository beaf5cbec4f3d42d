"""Whatever happens, in whatever order: nothing is told twice, and what stays unread is told in the end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rooms.models import Message, Notification, Room, User
from rooms.outside import delivery
from rooms.outside.digest import Digest
from rooms.outside.models import Burst, Target
from rooms.outside.trouble import Temporary
from rooms.tests.outside.conftest import look

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("mention"), st.sampled_from(["Lobby", "Den"])),
        st.tuples(st.just("read"), st.sampled_from(["Lobby", "Den"])),
        st.tuples(st.just("erase"), st.integers(0, 5)),
        st.tuples(st.just("look"), st.booleans()),
        st.tuples(st.just("wait"), st.sampled_from([1, 40, 700])),
        st.tuples(st.just("snooze"), st.sampled_from([0, 60, 3600])),
    ),
    max_size=20,
)


class Phone:
    """What was told, one by one. While it is away everything fails."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.away = False

    def __call__(self, target: Target, digest: Digest) -> None:
        if self.away:
            raise Temporary("away")
        assert digest.lines
        self.told += [line.excerpt for line in digest.lines]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[timedelta]]:
    real, shift = timezone.now, [timedelta()]
    monkeypatch.setattr(timezone, "now", lambda: real() + shift[0])
    yield shift


@pytest.mark.django_db(transaction=False)
@given(steps=STEPS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_everything_is_told_once(
    steps: list[tuple[str, Any]],
    alice: User,
    bob: User,
    lobby: Room,
    den: Room,
    clock: list[timedelta],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    phone, rooms = Phone(), {"Lobby": lobby, "Den": den}
    monkeypatch.setitem(delivery.SENDERS, "push", phone)
    clock[0] += timedelta(days=1)
    forget_all(bob)
    Target.objects.add(bob, "push", url="https://ntfy.sh/x", delay=10)
    said: list[Message] = []
    for number, (step, value) in enumerate(steps):
        match step:
            case "mention":
                key = f"{Message.objects.count()}.{number}"
                said.append(rooms[value].post(alice, f"@Bob Okafor {key}", key))
            case "read":
                rooms[value].memberships.get(user=bob).read(Room.objects.get(pk=rooms[value].pk).clock)
            case "erase" if said:
                said[value % len(said)].erase(alice)
            case "look":
                phone.away = value
                look()
            case "wait":
                clock[0] += timedelta(seconds=value)
            case "snooze":
                bob.snoozed_until = timezone.now() + timedelta(seconds=value)
                bob.save(update_fields=["snoozed_until"])
    phone.away = False
    for _ in range(4):
        clock[0] += timedelta(hours=4)
        look()

    assert len(phone.told) == len(set(phone.told))
    unread = Notification.objects.filter(recipient=bob, read_at=None, message__in=said)
    assert {row.message.body for row in unread.select_related("message") if row.message} <= set(phone.told)
    assert not Burst.objects.exclude(due_at=None).exists()


def forget_all(user: User) -> None:
    Target.objects.filter(user=user).delete()
    Notification.objects.filter(recipient=user).delete()
