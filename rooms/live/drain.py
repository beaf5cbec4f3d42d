"""Going away in good order: on SIGTERM the sockets leave a few at a time, and then the server ends as it always does.

All pages at once would come back at once, to a server that has just started or to one that carries its own already.
"""

from __future__ import annotations

import asyncio
import logging
import random
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings

from rooms.live.hub import Hub
from rooms.live.limits import going_away
from rooms.live.sweep import Sweep
from rooms.live.transport import SERVICE_RESTART

logger = logging.getLogger("rooms.live")

SOCKETS_PER_SECOND = 400
SECONDS_AT_MOST = 5.0
BATCH_INTERVAL = 0.1
"""Seconds between two batches, give or take half of it."""

LAST_WORDS_SECONDS = 1.0
"""For noting up to where people have seen what."""

ECHO_SECONDS = 2.0
"""So long a second SIGTERM is the first one's echo: systemd tells every process, uvicorn's supervisor its workers."""

LAST_RESORT_SECONDS = 11.5
"""After these the kernel ends the process, whatever hangs. Nothing else stops a thread that waits for a database."""


class Drain:
    """Stands before the server's own handler of SIGTERM, which is called when the sockets have left."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.began_at: float | None = None
        self.end_server: Callable[[int, Any], Any]

    def install(self) -> None:
        """Take SIGTERM over, where there is a handler to hand it on to. Other threads than the main one have no say."""
        going_away.clear()
        handler = signal.getsignal(signal.SIGTERM)
        if threading.current_thread() is threading.main_thread() and callable(handler):
            self.end_server = handler
            signal.signal(signal.SIGTERM, self.hear)

    def hear(self, number: int, frame: Any) -> None:
        if self.began_at is None:
            self.began_at = time.monotonic()
            going_away.set()
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.setitimer(signal.ITIMER_REAL, LAST_RESORT_SECONDS)
            self.hub.call_soon(self.run)
        elif time.monotonic() - self.began_at > ECHO_SECONDS:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)

    async def run(self) -> None:
        try:
            await self.let_everyone_go()
            async with asyncio.timeout(LAST_WORDS_SECONDS):
                await Sweep(self.hub).mark_seen_by_departed()
        except Exception as error:
            # Nothing that goes wrong here may keep the server from ending.
            logger.warning("Could not let everyone go in good order: %r", error)
        self.end_server(signal.SIGTERM, None)

    async def let_everyone_go(self) -> None:
        """Close every socket with 1012, upon which its page comes back, over a time that grows with their number."""
        listeners = [listener for watch in self.hub.watches.values() for listener in watch.listeners]
        seconds = min(len(listeners) / SOCKETS_PER_SECOND, SECONDS_AT_MOST)
        seconds = max(seconds, getattr(settings, "LIVE_DRAIN_SECONDS", 0))
        batches = max(round(seconds / BATCH_INTERVAL), 1)
        if listeners:
            logger.info("Going away: %s sockets are told so within %.1f s", len(listeners), seconds)
        random.shuffle(listeners)
        for first in range(batches):
            for listener in listeners[first::batches]:
                listener.close(SERVICE_RESTART)
            if first + 1 < batches:
                await asyncio.sleep(BATCH_INTERVAL * random.uniform(0.5, 1.5))  # noqa: S311 (spreads load)
