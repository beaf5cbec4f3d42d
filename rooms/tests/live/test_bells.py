"""Bells: after the commit or never, one for each topic, and whatever the broker does, nobody is told that it failed."""

from __future__ import annotations

import asyncio
import contextvars
import math
import os
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connection, connections, transaction
from django.test import TestCase
from redis import Redis

from e2e import services
from e2e.server import environment, manage
from rooms.feeds import RoomFeed
from rooms.live import bell as bells_module
from rooms.live import revoke, ring, without_bells
from rooms.live.bell import LAYER_TIMEOUT, counters
from rooms.live.hub import Hub
from rooms.live.testing import assert_no_bells, assert_rings, captured_bells, lost_bells
from rooms.models import Room, User
from rooms.tests.live.board.feeds import PosterFeed
from rooms.tests.live.board.models import Board, Poster
from rooms.tests.live.conftest import Follow, frames_with, until

SLACK = 3.0
"""Seconds that a busy machine may take longer than it should: with one wait for the broker less than with five."""


def bell(topic: str, clock: int) -> dict[str, Any]:
    return {"type": "bell", "topic": topic, "clock": clock}


class Undone(Exception):
    """Takes a transaction back."""


# When


@pytest.mark.django_db(transaction=True)
def test_a_bell_rings_after_the_commit_and_not_before() -> None:
    with captured_bells() as bells:
        with transaction.atomic():
            ring("poll.1", 1)
            assert bells == []
        assert bells == [bell("poll.1", 1)]


@pytest.mark.django_db(transaction=True)
def test_outside_of_a_transaction_a_bell_rings_at_once() -> None:
    with captured_bells() as bells:
        ring("poll.1", 1)
        assert bells == [bell("poll.1", 1)]


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_does_not_ring() -> None:
    with assert_no_bells(), pytest.raises(Undone), transaction.atomic():
        ring("poll.1", 1)
        revoke(7)
        raise Undone


# How often


@pytest.mark.django_db(transaction=True)
def test_a_hundred_changes_in_a_transaction_ring_once() -> None:
    with captured_bells() as bells:
        with transaction.atomic():
            for clock in range(1, 101):
                with transaction.atomic():
                    ring("poll.1", clock)
            ring("poll.2", 5)
        assert bells == [bell("poll.1", 100), bell("poll.2", 5)]


@pytest.mark.django_db(transaction=True)
def test_other_hooks_of_the_transaction_do_not_come_between() -> None:
    order: list[int] = []
    with captured_bells() as bells:
        with transaction.atomic():
            for clock in (1, 2, 3):
                ring("poll.1", clock)
                transaction.on_commit(lambda clock=clock: order.append(clock))
        assert bells == [bell("poll.1", 3)]
        assert order == [1, 2, 3]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("clocks", "expected"),
    [
        ([1, (2,), (3,)], 1),
        ([(2,), 3], 3),
        ([(2,), (3,)], None),
        ([1, (2,), 3, (4,)], 3),
    ],
    ids=str,
)
def test_what_a_savepoint_takes_back_does_not_ring(clocks: list[Any], expected: int | None) -> None:
    """Clocks in brackets are rung in a savepoint that is rolled back."""
    with captured_bells() as bells:
        with transaction.atomic():
            for clock in clocks:
                if isinstance(clock, tuple):
                    with pytest.raises(Undone), transaction.atomic():
                        ring("poll.1", *clock)
                        raise Undone
                else:
                    ring("poll.1", clock)
        assert bells == ([] if expected is None else [bell("poll.1", expected)])


@pytest.mark.django_db(transaction=True)
def test_transactions_ring_for_themselves() -> None:
    with captured_bells() as bells:
        with pytest.raises(Undone), transaction.atomic():
            ring("poll.1", 9)
            raise Undone
        for clock in (1, 2):
            with transaction.atomic():
                ring("poll.1", clock)
        assert bells == [bell("poll.1", 1), bell("poll.1", 2)]


@pytest.mark.django_db(transaction=True)
def test_revocations_are_told_apart_by_person_and_topic() -> None:
    with captured_bells() as bells:
        with transaction.atomic():
            for user_id, topic in [(1, None), (1, "poll.1"), (2, None), (1, None)]:
                revoke(user_id, topic)
        assert [(message["user"], message["topic"]) for message in bells] == [(1, None), (1, "poll.1"), (2, None)]


# Blocks without bells


def test_inside_the_block_nothing_rings_but_revocations(transactional_db: None) -> None:
    with captured_bells() as bells:
        with without_bells():
            with without_bells():
                ring("poll.1", 1)
            ring("poll.1", 2)
            revoke(7)
        assert [message["type"] for message in bells] == ["revoke"]
        ring("poll.1", 3)
        assert bells[1:] == [bell("poll.1", 3)]


def test_a_function_can_be_without_bells(transactional_db: None) -> None:
    @without_bells()
    def bulk() -> None:
        ring("poll.1", 1)

    with assert_no_bells():
        bulk()


def test_a_block_that_fails_is_over(transactional_db: None) -> None:
    with pytest.raises(Undone), without_bells():
        raise Undone
    with assert_rings("poll.1"):
        ring("poll.1", 1)


def test_other_threads_ring_on(transactional_db: None) -> None:
    def elsewhere(run: Any) -> None:
        thread = threading.Thread(target=run, args=[ring_and_hang_up])
        thread.start()
        thread.join()

    def ring_and_hang_up() -> None:
        ring("poll.1", 1)
        connection.close()

    with captured_bells() as bells, without_bells():
        elsewhere(lambda function: function())
        assert len(bells) == 1
        elsewhere(contextvars.copy_context().run)
        assert len(bells) == 1


async def test_tasks_and_their_threads_are_in_the_block_that_they_begin_in(transactional_db: None) -> None:
    inside = asyncio.Event()
    done = asyncio.Event()

    async def bulk() -> None:
        with without_bells():
            await sync_to_async(ring)("poll.1", 1)
            await asyncio.create_task(sync_to_async(ring)("poll.1", 2))
            inside.set()
            await done.wait()

    with captured_bells() as bells:
        task = asyncio.create_task(bulk())
        await inside.wait()
        await sync_to_async(ring)("poll.2", 1)
        done.set()
        await task
        await sync_to_async(connections.close_all)()
    assert bells == [bell("poll.2", 1)]


def test_lost_bells_are_lost_with_revocations(transactional_db: None) -> None:
    with assert_no_bells(), lost_bells():
        ring("poll.1", 1)
        revoke(7)


# Layers and brokers


def test_what_rings_is_counted(transactional_db: None, lost: Any) -> None:
    before = counters["bell_rung"]
    with transaction.atomic():
        for topic in ("poll.1", "poll.1", "poll.2"):
            ring(topic, 1)
    assert (counters["bell_rung"] - before, lost()) == (2, 0)


@pytest.fixture
def redis(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[services.Redis]:
    """A broker, and the channel layer of the settings on it."""
    monkeypatch.setattr(bells_module, "hung_at", -math.inf)
    with services.redis() as redis:
        host = {"address": redis.url, "socket_connect_timeout": 1, "socket_timeout": 5}
        backend = "channels_redis.pubsub.RedisPubSubChannelLayer"
        settings.CHANNEL_LAYERS = {"default": {"BACKEND": backend, "CONFIG": {"hosts": [host], "prefix": "rooms"}}}
        yield redis


@pytest.fixture
def lost() -> Any:
    """How many bells were lost since the test began."""
    before = counters["bell_lost"]
    return lambda: counters["bell_lost"] - before


@pytest.fixture(params=["paused", "killed"])
def broken_redis(request: pytest.FixtureRequest, redis: services.Redis) -> services.Redis:
    redis.pause() if request.param == "paused" else redis.kill()
    return redis


def test_a_broken_broker_fails_nobody_and_holds_nobody_up(
    transactional_db: None, broken_redis: services.Redis, lost: Any
) -> None:
    started = time.monotonic()
    with transaction.atomic():
        for number in range(5):
            ring(f"poll.{number}", 1)
    assert time.monotonic() - started < LAYER_TIMEOUT + SLACK
    assert lost() == 5


def test_an_outage_is_one_line_in_the_log(
    transactional_db: None, redis: services.Redis, lost: Any, caplog: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rooms.live.bell.complained_at", -math.inf)
    redis.kill()
    for number in range(5):
        ring(f"poll.{number}", 1)
    assert lost() == 5
    assert ["do not go out" in line for line in caplog.messages] == [True]


def test_a_command_does_not_wait_again_and_again(
    transactional_db: None, redis: services.Redis, lost: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    redis.pause()
    started = time.monotonic()
    for number in range(5):
        ring("poll.1", number)
    assert time.monotonic() - started < LAYER_TIMEOUT + SLACK
    assert lost() == 5

    redis.resume()
    monkeypatch.setattr(bells_module, "PAUSE", 0)
    ring("poll.1", 6)
    assert lost() == 5


async def test_pages_of_this_process_hear_while_the_broker_is_broken(
    broken_redis: services.Redis, hub: Hub, follow: Follow, room: Room, people: dict[str, User], lost: Any
) -> None:
    alice = await follow(RoomFeed(room.pk), people["alice"])
    started = time.monotonic()
    await hub.run(room.post, people["bob"], "anyway", "k-1")
    assert time.monotonic() - started < SLACK
    await until(lambda: frames_with(alice, "anyway"), SLACK)
    await until(lost)


async def test_without_any_layer_one_process_is_as_quick(
    settings: Any, hub: Hub, follow: Follow, room: Room, people: dict[str, User], lost: Any
) -> None:
    settings.CHANNEL_LAYERS = {}
    alice = await follow(RoomFeed(room.pk), people["alice"])
    await hub.run(room.post, people["bob"], "alone", "k-1")
    await until(lambda: frames_with(alice, "alone"), SLACK)
    assert lost() == 0


def test_a_layer_that_cannot_be_made_fails_nobody(settings: Any, transactional_db: None, lost: Any) -> None:
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "rooms.nowhere.Layer"}}
    ring("poll.1", 1)
    assert lost() == 1


@pytest.mark.parametrize("transactions", [1, 50])
def test_each_bell_is_one_publication(transactional_db: None, redis: services.Redis, transactions: int) -> None:
    for clock in range(transactions):
        with transaction.atomic():
            for number in range(10):
                ring("poll.1", 10 * clock + number)
    with Redis.from_url(redis.url) as client:
        assert client.info("commandstats")["cmdstat_publish"]["calls"] == transactions
        assert client.info("clients")["connected_clients"] == 1  # This one: none is left behind.


def database_url() -> str:
    parts = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{parts['NAME']}"
    return f"postgres://{parts['USER']}@{parts['HOST']}:{parts['PORT']}/{parts['NAME']}"


POST = """
from rooms.models import Room, User
Room.objects.get(name="Lobby").post(User.objects.get(name="Bob"), "from afar", "k-1")
"""


async def test_a_command_reaches_the_servers(
    redis: services.Redis, no_sweep: None, hub: Hub, follow: Follow, room: Room, people: dict[str, User]
) -> None:
    alice = await follow(RoomFeed(room.pk), people["alice"])
    await until(lambda: alice.feed.topic in hub.subscription.joined)
    settings = environment(REDIS_URL=redis.url, DATABASE_URL=database_url(), DATA_DIR=os.environ["DATA_DIR"])
    command = ("shell", "--no-imports", "--verbosity", "0", "--command", POST)
    await asyncio.to_thread(manage, settings, *command)
    await until(lambda: frames_with(alice, "from afar"))


async def test_the_broker_carries_no_content(
    redis: services.Redis, hub: Hub, follow: Follow, board: Board, people: dict[str, User]
) -> None:
    """However much is delivered."""
    poster = await hub.run(lambda: Poster.objects.create(text="x"))
    alice = await follow(PosterFeed(poster.pk), people["alice"])
    poster.text = 50_000 * "long "
    with Redis.from_url(redis.url) as client, client.pubsub(ignore_subscribe_messages=True) as listener:
        listener.psubscribe("*")
        listener.get_message(timeout=1)
        await hub.run(poster.save)
        await until(lambda: frames_with(alice, poster.text.strip()))
        published = await asyncio.to_thread(listener.get_message, timeout=5)
    assert published is not None
    assert b"board-poster" in published["data"]
    assert len(published["data"]) < 200


# The helpers, as tests of applications use them


class TestsThatNeverCommit(TestCase):
    def test_what_would_be_committed_rings(self) -> None:
        ring("poll.1", 1)
        with assert_rings("poll.1", times=1) as bells:
            ring("poll.1", 2)
            ring("poll.1", 3)
        self.assertEqual(bells, [bell("poll.1", 3)])

    def test_what_is_taken_back_does_not(self) -> None:
        with assert_no_bells(), self.assertRaises(Undone), transaction.atomic():
            ring("poll.1", 1)
            raise Undone

    def test_nothing_passes_unheard(self) -> None:
        with self.assertRaises(AssertionError), assert_no_bells():
            ring("poll.1", 1)

    def test_djangos_own_way_does_not_double_it(self) -> None:
        with assert_rings("poll.1"), self.captureOnCommitCallbacks(execute=True):
            ring("poll.1", 1)

    def test_a_transaction_that_is_still_open_has_not_rung(self) -> None:
        with transaction.atomic(), assert_no_bells():
            ring("poll.1", 1)


def test_asserting_fails_where_it_should(transactional_db: None) -> None:
    for wrong in (assert_rings("poll.2"), assert_rings("poll.1", times=2), assert_rings(times=0), assert_no_bells()):
        with pytest.raises(AssertionError, match=r"poll\.1"), wrong:
            ring("poll.1", 1)
    with assert_no_bells("poll.2"):
        ring("poll.1", 1)
