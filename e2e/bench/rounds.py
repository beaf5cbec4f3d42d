"""How long to measure, and who can take part."""

from __future__ import annotations

import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from typing import Concatenate

from picows import WSError

from e2e.bench.report import Table
from e2e.services import ServiceError


@dataclass(frozen=True)
class Options:
    rounds: int = 3
    """Contestants take turns in each, so that a noisy minute of the machine strikes everybody."""
    scale: float = 1.0
    """How many of everything, against what is usual."""

    only: tuple[str, ...] = ()
    """Words of the names of those who take part; none: everybody."""

    def chosen[T](self, contestants: dict[str, T]) -> dict[str, T]:
        return {name: make for name, make in contestants.items() if not self.only or any(w in name for w in self.only)}

    def sockets(self, usual: int) -> int:
        return max(10, round(usual * self.scale / 10) * 10)

    posts = pages = sockets


def enter[T](stack: ExitStack, table: Table, name: str, make: Callable[[], AbstractContextManager[T]]) -> T | None:
    """Start a contestant for the time of the stack. One that cannot be has a line that says why."""
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {name}\n")
    try:
        return stack.enter_context(make())
    except (ServiceError, OSError) as error:
        give_up(table, name, error)
        return None


async def attempt[T, **P](
    table: Table, name: str, contestant: T | None, measure: Callable[Concatenate[Table, str, T, P], Awaitable[None]],
    *args: P.args, **kwargs: P.kwargs,
) -> None:  # fmt: skip
    """Measure a contestant that has been started. One that fails has a line that says how, and the others go on."""
    if contestant is not None:
        try:
            await measure(table, name, contestant, *args, **kwargs)
        except (ServiceError, OSError, RuntimeError, WSError) as error:
            give_up(table, name, error)


def give_up(table: Table, name: str, error: Exception) -> None:
    reason = " ".join(f"{type(error).__name__}: {error}".split())[-300:]
    sys.stderr.write(f"{name}: {reason}\n")
    table.row(name).absence = reason
