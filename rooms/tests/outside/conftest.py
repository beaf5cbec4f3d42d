"""Bob has a target at a server of the zoo, and the operator allows it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from rooms.models import Room, User
from rooms.outside.delivery import deliver, lease_due
from rooms.outside.models import Burst, Target
from rooms.tests.outside.zoo import Server, says, serving

Say = Callable[..., Any]
Tick = Callable[..., None]

keys = itertools.count()


@pytest.fixture(autouse=True)
def site(settings: Any) -> None:
    settings.BASE_URL = "https://chat.example.org"


@pytest.fixture
def ntfy(settings: Any) -> Iterator[Server]:
    with serving(says()) as server:
        settings.TARGETS_ALLOWED = [("127.0.0.1/32", server.port)]
        yield server


@pytest.fixture
def target(bob: User, den: Room, ntfy: Server) -> Target:
    """Made after Bob was let into the den: that is not news."""
    return Target.objects.add(bob, Target.Kind.PUSH, url=ntfy.url, delay=0)


@pytest.fixture
def say() -> Say:
    def say(author: User, room: Room, body: str, **options: Any) -> Any:
        return room.post(author, body, f"said-{next(keys)}", **options)

    return say


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[..., datetime]:
    """Let time pass, for whoever asks Django what time it is."""
    real, shift = timezone.now, [timedelta()]
    monkeypatch.setattr(timezone, "now", lambda: real() + shift[0])

    def later(**duration: float) -> datetime:
        shift[0] += timedelta(**duration)
        return timezone.now()

    return later


def look() -> int:
    """Do what a worker does, in this thread and transaction; return how many targets were looked at."""
    taken = lease_due(10)
    for target_id, lease in taken:
        deliver(target_id, lease)
    return len(taken)


def waiting(target: Target) -> list[Burst]:
    return list(target.bursts.exclude(due_at=None))
