"""A kind of work that a worker does: what to look for, and in which line it waits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple


class Duty(NamedTuple):
    queue: str
    threads: int
    """That do it at once."""
    lease: timedelta
    """After which what was enqueued counts as given up."""
    is_due: Callable[[], bool]
    """One read of an index, every second."""
    enqueue: Callable[[int], None]
    """Take leases and write the tasks that use them, at most so many. Called in a transaction."""

    @property
    def in_line(self) -> int:
        """Tasks that wait or run: no more than can be done before the first lease is over."""
        return 2 * self.threads
