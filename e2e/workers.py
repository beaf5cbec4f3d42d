"""The workers of one installation, and who is connected to which."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from e2e.server import Server
from e2e.services import wait_until


def workers(server: Server) -> list[int]:
    wait_until(lambda: len(pids(server)) == 2, f"There are not two workers:\n{server.log}")
    return pids(server)


def pids(server: Server) -> list[int]:
    return [int(pid) for pid in re.findall(r"Started server process \[(\d+)\]", server.log)]


@contextmanager
def paused(pid: int) -> Iterator[None]:
    """Stop a worker for a moment: what connects meanwhile is connected to the other one."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)
