"""A worker in the server process, so that one command does it all."""

from __future__ import annotations

import asyncio
import threading

from rooms.live.hub import Hub
from rooms.outside.worker import Worker

LAST_SECONDS = 0.8
"""For what is being sent when the server ends. What takes longer is not told again: it was written down as sent."""


async def work(hub: Hub) -> None:
    """Run a worker for as long as the server lives, in threads of its own: those of the hub have other things to do."""
    worker = Worker()
    threading.Thread(target=worker.run, daemon=True, name="outside").start()
    try:
        await asyncio.Event().wait()
    finally:
        worker.stop()
        await asyncio.to_thread(worker.wait, LAST_SECONDS)
