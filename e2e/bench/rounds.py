"""How long to measure, and who can take part."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass

from e2e.bench.report import Table
from e2e.services import ServiceError


@dataclass(frozen=True)
class Options:
    rounds: int = 3
    """Contestants take turns in each, so that a noisy minute of the machine strikes everybody."""
    scale: float = 1.0
    """How many of everything, against what is usual."""

    def sockets(self, usual: int) -> int:
        return max(10, round(usual * self.scale / 10) * 10)

    posts = pages = sockets


def enter[T](stack: ExitStack, table: Table, name: str, make: Callable[[], AbstractContextManager[T]]) -> T | None:
    """Start a contestant for the time of the stack. One that cannot be has a line that says why."""
    sys.stderr.write(f"{name} ...\n")
    try:
        return stack.enter_context(make())
    except (ServiceError, OSError) as error:
        table.row(name).absence = " ".join(str(error).split())[:300]
        return None
