"""How much of a large request has come, for who named it with `?progress=…` and asks."""

from __future__ import annotations

import asyncio
import re
import time
from typing import Any

from django.core.cache import cache

NAME = re.compile(rb"(?:\A|&)progress=([A-Za-z0-9_-]{1,80})(?:&|\Z)")
SMALL = 256 * 1024
"""Bytes. What is no larger is here before anybody asks."""

INTERVAL = 0.5
KEPT = 60
"""Seconds between two notes, and that a note is kept: of an upload that is held up for longer nothing is said."""


class Progress:
    """The notes on one request. In the cache: with several processes another one is asked than the one that reads."""

    def __init__(self, scope: Any) -> None:
        name = NAME.search(scope.get("query_string", b""))
        length = next((value for key, value in scope["headers"] if key == b"content-length"), b"")
        self.total = int(length) if length.isdigit() and len(length) < 16 else 0
        self.key = f"progress.{name[1].decode()}" if name and self.total > SMALL else ""
        self.due = 0.0

    async def note(self, size: int) -> None:
        """Write down that so many bytes are here, now and then."""
        if self.key and time.monotonic() >= self.due:
            self.due = time.monotonic() + INTERVAL
            await asyncio.to_thread(cache.set, self.key, (size, self.total), KEPT)

    async def end(self) -> None:
        if self.key:
            await asyncio.to_thread(cache.delete, self.key)


def find_progress(name: str) -> tuple[int, int] | None:
    """The bytes that are here and those that are to come in all; None where nothing is under way."""
    found: tuple[int, int] | None = cache.get(f"progress.{name}")
    return found
