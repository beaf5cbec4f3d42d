"""What rang: to collect, to assert, to lose."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections

from rooms.live import bell
from rooms.live.peal import Message, Release, Rung


@contextmanager
def captured_bells() -> Iterator[list[Message]]:
    """Collect the bells that go out inside the block, `{"type": "bell", "topic": …, "clock": …}` and revocations.

    They still ring. Bells of a transaction that is rolled back never appear. Inside a test that is one transaction,
    as `django.test.TestCase` and the fixture `db` make it, they go out at the end of the block.
    """
    heard: list[Message] = []
    before = {connection: len(connection.run_on_commit) for connection in connections.all(initialized_only=True)}
    bell.eavesdroppers.append(heard)
    try:
        yield heard
        for connection in connections.all(initialized_only=True):
            if all(getattr(block, "_from_testcase", False) for block in connection.atomic_blocks):
                release(connection.run_on_commit[before.get(connection, 0) :])
    finally:
        bell.eavesdroppers.remove(heard)


def release(hooks: list[Any]) -> None:
    """Ring what waits for the end of a transaction that a test never commits."""
    for _, hook, _ in hooks:
        if isinstance(hook, Rung | Release):
            hook()


@contextmanager
def assert_rings(topic: str | None = None, times: int = 1) -> Iterator[list[Message]]:
    """Fail unless `topic` (any, unless told) rings exactly `times` times inside the block; yields these bells.

    However often a transaction rings a topic, it rings once. Revocations do not count.
    """
    found: list[Message] = []
    with captured_bells() as heard:
        yield found
    found += [message for message in heard if message["type"] == "bell" and topic in (None, message["topic"])]
    assert len(found) == times, (
        f"{topic or 'Anything'} should ring {times} times and rang {len(found)} times; heard: {heard}"
    )


@contextmanager
def assert_no_bells(topic: str | None = None) -> Iterator[None]:
    """Fail if anything (of one topic, where told) rings inside the block, or anybody's rights are revoked."""
    with captured_bells() as heard:
        yield
    found = [message for message in heard if topic in (None, message["topic"])]
    assert not found, f"{topic or 'Nothing'} should not ring; heard: {found}"


@contextmanager
def lost_bells() -> Iterator[None]:
    """Lose every bell that is rung inside the block, revocations too, as a broker might."""
    with bell.mute("bell", "revoke"):
        yield
