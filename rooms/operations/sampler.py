"""In each server process: writes down what it has counted. Often while somebody wants to know, else hardly ever."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import time
from pathlib import Path
from typing import Any

from rooms.live import bell
from rooms.live.hub import Hub
from rooms.live.metrics import counters, figures
from rooms.operations.models import Journal

logger = logging.getLogger("rooms.operations")

INTERVAL = 5.0
"""Seconds between samples while somebody wants to know; otherwise between looks whether anybody does: one row read."""

QUIET_INTERVAL = 60.0
"""Seconds between samples while nobody does. A process in which nothing happens writes none at all: an installation
at rest leaves its disk, its write-ahead log and its backups alone."""


def worker_name() -> str:
    """What this process is called: `<host>:<process id>`. Asked when needed, as processes fork."""
    return f"{socket.gethostname()}:{os.getpid()}"


def take_figures() -> dict[str, Any]:
    """The layer's figures, and under `process` what the process itself uses: CPU seconds, bytes of memory, tasks."""
    process = {"cpu": time.process_time(), "memory": resident_memory(), "tasks": count_tasks()}
    return {**figures(bell.hubs), "process": process}


def count_tasks() -> int:
    """Tasks of asyncio in this process: some for the server and the hub, one for each socket and request."""
    return sum(len(asyncio.all_tasks(hub.loop)) for hub in list(bell.hubs))


def resident_memory() -> int:
    """Bytes of memory that this process holds; 0 where the system does not say."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


class Sampler:
    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.taken_at = time.monotonic()
        self.said: dict[str, Any] = {}

    async def run(self) -> None:
        while True:
            # At the same moments in every process: those who watch are sent one frame, not one for each process.
            await asyncio.sleep(INTERVAL - time.time() % INTERVAL)
            try:
                await self.hub.run(self.tick)
            except Exception as error:
                counters["sample_failed"] += 1
                logger.warning("Could not write down what this process does: %r", error)

    def tick(self) -> None:
        """Take a sample if it is wanted, or if it is time and something has happened."""
        if Journal.current().wanted or self.is_due():
            self.said, self.taken_at = Journal.record(worker_name(), take_figures), time.monotonic()

    def is_due(self) -> bool:
        if time.monotonic() - self.taken_at < QUIET_INTERVAL:
            return False
        now = take_figures()
        return any(now[name] != self.said.get(name) for name in ("counters", "listeners"))


async def sample(hub: Hub) -> None:
    """Run a sampler for as long as the server lives."""
    await Sampler(hub).run()
