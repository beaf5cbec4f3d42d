"""What goes through Redis where there is one: bells and the cache."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator

from django.conf import settings
from django.core.cache import cache

from project.settings import without_password
from rooms.doctor.finding import Finding, away, describe, well
from rooms.live.checkup import reaches_others, round_trips

REMEDY = "Is Redis running there? Look at REDIS_URL. Meanwhile posts reach others two to three seconds late."


def look_at_bells() -> Iterator[Finding]:
    """A round trip through each of the channel layer's hosts."""
    hosts = [without_password(url) for url in settings.REDIS_URLS] or ["memory"]
    for host, result in zip(hosts, round_trips(), strict=False):
        if isinstance(result, Exception):
            yield away("Bells", f"{host}: {describe(result)}", REMEDY)
        elif reaches_others():
            yield well("Bells", f"there and back through {host} in {result * 1000:.1f} ms")
        else:
            yield well("Bells", "within the process; more than one process needs REDIS_URL")


def look_at_cache() -> Iterator[Finding]:
    """Whether it remembers. Without one the application works, more slowly."""
    key, started = f"doctor.{secrets.token_hex(8)}", time.perf_counter()
    cache.set(key, "here", 60)
    remembered = cache.get(key) == "here"
    duration = (time.perf_counter() - started) * 1000
    cache.delete(key)
    if not remembered:
        yield away("Cache", "it forgets at once: pages are drawn anew", "Is the first Redis of REDIS_URL running?")
    else:
        yield well("Cache", f"in {'Redis' if settings.REDIS_URLS else 'each process'}, {duration:.1f} ms for two calls")
