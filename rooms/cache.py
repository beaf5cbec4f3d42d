"""A cache that everybody may do without."""

import logging
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

PAUSE_SECONDS = 5.0


class OptionalRedisCache(RedisCache):
    """Django's Redis cache, which remembers nothing while Redis is away, instead of raising.

    A failure is followed by a pause in which Redis is not asked: a page that looks ten times into the cache
    must not wait for ten timeouts. A counter begins anew: `add` says it added, `incr` finds no key.
    """

    def __init__(self, server: Any, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self.away_until = 0.0

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        return self.attempt(partial(super().get, key, default, version), default)

    def get_many(self, keys: Any, version: int | None = None) -> dict[str, Any]:
        return self.attempt(partial(super().get_many, keys, version), {})

    def has_key(self, key: str, version: int | None = None) -> bool:
        return self.attempt(partial(super().has_key, key, version), False)

    def add(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return self.attempt(partial(super().add, key, value, timeout, version), True)

    def set(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        self.attempt(partial(super().set, key, value, timeout, version), None)

    def set_many(self, data: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> list[Any]:
        return self.attempt(partial(super().set_many, data, timeout, version), [])

    def touch(self, key: str, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return self.attempt(partial(super().touch, key, timeout, version), False)

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        count = self.attempt(partial(super().incr, key, delta, version), None)
        if count is None:
            raise ValueError(f"Key '{key}' not found")
        return count

    def delete(self, key: str, version: int | None = None) -> bool:
        return self.attempt(partial(super().delete, key, version), False)

    def delete_many(self, keys: Any, version: int | None = None) -> None:
        self.attempt(partial(super().delete_many, keys, version), None)

    def attempt[Answer](self, ask: Callable[[], Answer], otherwise: Answer) -> Answer:
        if time.monotonic() < self.away_until:
            return otherwise
        try:
            return ask()
        except (RedisError, OSError) as error:
            self.away_until = time.monotonic() + PAUSE_SECONDS
            logger.warning("redis does not answer, no cache for %s s: %s", PAUSE_SECONDS, error)
            return otherwise
