import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e import services
from rooms.cache import OptionalRedisCache


@pytest.fixture
def redis() -> Iterator[services.Redis]:
    with services.redis() as redis:
        yield redis


@pytest.fixture
def cache(redis: services.Redis) -> Iterator[OptionalRedisCache]:
    cache = OptionalRedisCache([redis.url], {"OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 1}})
    yield cache
    for pool in cache._cache._pools.values():
        pool.disconnect()


def test_it_remembers_while_redis_is_there(cache: OptionalRedisCache) -> None:
    cache.set("fragment", "<p>")

    assert cache.get("fragment") == "<p>"
    assert [cache.add("count", 1), cache.add("count", 1), cache.incr("count")] == [True, False, 2]


def test_it_forgets_and_does_not_fail_while_redis_is_away(cache: OptionalRedisCache, redis: services.Redis) -> None:
    cache.set("fragment", "<p>")
    redis.kill()

    assert cache.get("fragment", "none") == "none"
    assert cache.get_or_set("fragment", lambda: "drawn anew") == "drawn anew"
    assert cache.add("count", 1)
    with pytest.raises(ValueError, match="count"):
        cache.incr("count")


def test_a_silent_redis_is_waited_for_once(
    cache: OptionalRedisCache, redis: services.Redis, caplog: pytest.LogCaptureFixture
) -> None:
    cache.get("fragment")
    redis.pause()

    with caplog.at_level(logging.WARNING, logger="rooms.cache"):
        assert [cache.get("fragment") for _ in range(10)] == [None] * 10

    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_it_remembers_again_after_the_pause(
    cache: OptionalRedisCache, redis: services.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    redis.kill()
    cache.get("fragment")
    redis.start()
    monkeypatch.setattr("rooms.cache.time.monotonic", lambda: cache.away_until)

    cache.set("fragment", "<p>")

    assert cache.get("fragment") == "<p>"


def test_redis_is_imported_before_there_are_threads(repository: Path) -> None:
    """In the doctor, the cache and the channel layer did so at once, and one of them got a _DeadlockError."""
    environment = {**os.environ, "REDIS_URL": "redis://127.0.0.1:1", "DJANGO_SETTINGS_MODULE": "project.settings"}
    code = "import django, sys; django.setup(); print('redis.asyncio' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=repository, env=environment, capture_output=True, text=True)

    assert (done.stdout, done.stderr) == ("True\n", "")
