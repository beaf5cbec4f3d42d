"""Redis dies, hangs, forgets and cuts lines while people on two workers talk: it only rings, so nothing is lost."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import msgpack  # type: ignore[import-untyped]
import pytest
import redis as redis_client

from e2e import services
from e2e.conftest import StartServer
from e2e.faults.checker import others_are_served
from e2e.faults.figures import PROMPT, delays, percentile, prompt_since
from e2e.faults.rehearsal import Rehearsal, rehearsal
from e2e.faults.test_kills import SWEEP
from e2e.services import Redis
from e2e.steps import open_room
from e2e.workers import paused, workers

RINGING = 4.0
"""Seconds in which enough is said to see whether bells ring: seven posts a second."""


@pytest.fixture
def stage(redis: Redis, start_server: StartServer) -> Iterator[Rehearsal]:
    with installed(start_server, redis) as stage:
        yield stage


@contextmanager
def installed(start_server: StartServer, *brokers: Redis, **settings: str) -> Iterator[Rehearsal]:
    """Two workers, with all pages at the second one."""
    server = start_server(WEB_CONCURRENCY="2", REDIS_URL=",".join(broker.url for broker in brokers), **settings)
    first, _ = workers(server)
    with rehearsal(server, witnesses=24, meanwhile=paused(first)) as stage:
        yield stage


@contextmanager
def lively(stage: Rehearsal) -> Iterator[None]:
    """Let everybody talk at the first worker while the block runs, and a while before and after.

    What they say reaches the pages by a bell through Redis, or by the sweep. Holds it to what is promised.
    """
    _, second = workers(stage.server)
    with ExitStack() as stack:
        with paused(second):
            stack.enter_context(stage.talk(len(stage.people), pace=1.2))
        time.sleep(RINGING / 2)
        yield
        healed = time.monotonic()
        time.sleep(RINGING + 2)
    stage.check(others_are_served(*[person.name for person in stage.people]), settle_in=SWEEP + 1)
    assert max(delays(stage.history)) < SWEEP + 1
    assert prompt_since(stage.history) - healed < 2, "The bells were not back two seconds after Redis was"


def test_redis_dies_and_comes_back_empty(stage: Rehearsal, redis: Redis) -> None:
    with lively(stage):
        redis.kill()
        time.sleep(5)
        redis.start()


def test_redis_hangs(stage: Rehearsal, redis: Redis) -> None:
    with lively(stage):
        redis.pause()
        time.sleep(20)
        redis.resume()


@pytest.mark.parametrize("state", ["dead", "hanging"])
def test_the_server_is_there_before_redis(state: str, redis: Redis, start_server: StartServer) -> None:
    redis.kill() if state == "dead" else redis.pause()
    with installed(start_server, redis) as stage, lively(stage):
        redis.start() if state == "dead" else redis.resume()


def test_redis_forgets_everything_and_cuts_every_line(stage: Rehearsal, redis: Redis) -> None:
    with lively(stage):
        for _ in range(4):
            redis.do("FLUSHALL")
            assert redis.do("CLIENT", "KILL", "TYPE", "pubsub") >= 2
            time.sleep(2)


def test_a_worker_that_does_not_listen_is_cut_off_by_redis(stage: Rehearsal, redis: Redis) -> None:
    redis.do("CONFIG", "SET", "maxmemory", "2mb")
    redis.do("CONFIG", "SET", "client-output-buffer-limit", "pubsub 256kb 128kb 1")
    _, second = workers(stage.server)
    bell = msgpack.packb({"type": "bell", "topic": "room.1", "clock": 0, "padding": "x" * 100_000})
    with lively(stage):
        subscribers = len(redis.do("CLIENT", "LIST", "TYPE", "pubsub").splitlines())
        with paused(second):
            for _ in range(100):
                redis.do("PUBLISH", group("room.1"), bell)
            assert len(redis.do("CLIENT", "LIST", "TYPE", "pubsub").splitlines()) == subscribers - 1


@pytest.mark.parametrize("loss", [0.01, 0.5])
def test_bells_are_lost_and_nobody_is_told(loss: float, redis: Redis, start_server: StartServer) -> None:
    settings = {"DJANGO_SETTINGS_MODULE": "e2e.faults.lossy", "LOSS": str(loss)}
    with installed(start_server, redis, **settings) as stage:
        _, second = workers(stage.server)
        with ExitStack() as stack:
            with paused(second):
                stack.enter_context(stage.talk(len(stage.people), pace=1.2))
            time.sleep(10)
        stage.check(settle_in=SWEEP + 1)
        seconds = delays(stage.history)
        assert max(seconds) < SWEEP + 1
        assert percentile(seconds, 50) < 0.5
        assert loss < 0.1 or max(seconds) > 0.5, "Nobody missed a bell: this proves nothing"


def test_bells_are_small_whatever_is_said(stage: Rehearsal, redis: Redis) -> None:
    """Through Redis goes which room and up to where; 60 KB of HTML come from the database."""
    with redis_client.Redis.from_url(redis.url) as client, client.pubsub(ignore_subscribe_messages=True) as bells:
        bells.psubscribe(group("*"))
        stage.people[0].say("&" * 10_000)
        stage.crowd.wait_until(lambda: all(page.screen.rows for page in stage.crowd.witnesses), "It did not come", 3)
        stage.check()

        rung = [message["data"] for _ in range(20) if (message := bells.get_message(timeout=0.2))]
        assert rung
        assert max(map(len, rung)) < 200
    ((_, html),) = stage.crowd.witnesses[0].screen.rows.values()
    assert len(html) > 50_000


@pytest.fixture
def second_redis() -> Iterator[Redis]:
    with services.redis() as redis:
        yield redis


def test_two_brokers_share_the_rooms(redis: Redis, second_redis: Redis, start_server: StartServer) -> None:
    brokers = [redis, second_redis]
    with installed(start_server, *brokers) as stage:
        others = [open_room("open", f"Room {number}", *stage.people) for number in range(2, 10)]
        first, second = workers(stage.server)
        with paused(first):
            tabs = [person.open(path) for person, path in zip(stage.people, others, strict=True)]
        assert all(rung_through(broker) for broker in brokers)

        with paused(second):
            for tab in tabs:
                stage.people[1].say("hello", tab.room)
        for tab in tabs:
            tab.socket.until("hello", PROMPT)


def test_one_broker_of_two_dies(redis: Redis, second_redis: Redis, start_server: StartServer) -> None:
    with installed(start_server, redis, second_redis) as stage:
        ours = next(broker for broker in (redis, second_redis) if group("room.1") in rung_through(broker))
        other = second_redis if ours is redis else redis
        with lively(stage):
            other.kill()
            began = time.monotonic()
            time.sleep(RINGING)
            without_the_other = began, time.monotonic()
            ours.kill()
            other.start()
            time.sleep(RINGING)
            ours.start()
        assert max(delays(stage.history, *without_the_other)) < PROMPT, "Its rooms' bells came through the other one"


def test_the_server_is_there_before_one_broker_of_two(
    redis: Redis, second_redis: Redis, start_server: StartServer
) -> None:
    redis.kill()
    with installed(start_server, redis, second_redis) as stage, lively(stage):
        redis.start()
        second_redis.kill()
        time.sleep(RINGING)
        second_redis.start()


def group(topic: str) -> str:
    return f"rooms__group__{topic}"


def rung_through(broker: Redis) -> list[str]:
    """The rooms whose bells this broker hands on."""
    return [name.decode() for name in broker.do("PUBSUB", "CHANNELS", group("room.*"))]
