"""Fills the index in the server process, or in that of the worker."""

from __future__ import annotations

import asyncio
import logging
import threading
from datetime import timedelta
from itertools import chain

from django.db import connections
from django.utils import timezone

from rooms.live.hub import Hub
from rooms.outages import is_outage
from rooms.search.filling import fill
from rooms.search.mending import mend

logger = logging.getLogger("rooms.search")

PAUSE = 0.02
"""Seconds between two batches: half of the time is everybody else's."""

LATER = 600.0
"""Seconds after which it is looked once more: the version before is gone by then."""


OVERLAP = timedelta(hours=1)
"""For how long before us others may have begun to take over: what was edited since then is looked at again."""


class Filler:
    def __init__(self) -> None:
        self.begun = timezone.now()
        self.stopping = threading.Event()

    def start(self) -> None:
        threading.Thread(target=self.run, daemon=True, name="search").start()

    def stop(self) -> None:
        self.stopping.set()

    def run(self) -> None:
        """Look twice. A database that is away is waited for."""
        rounds = 2
        while rounds and not self.stopping.is_set():
            rounds -= self.fill(last=rounds == 1)
            self.stopping.wait(LATER if rounds else 0)

    def fill(self, last: bool = False) -> bool:
        """Return whether it came to the end."""
        try:
            count = 0
            for some in chain(fill(), mend(self.begun - OVERLAP) if last else ()):
                count += some
                if self.stopping.wait(PAUSE):
                    return False
            if count:
                logger.info("Put %s messages into the search index", f"{count:,}")
            return True
        except Exception as error:
            logger.warning("Could not fill the search index: %r", error, exc_info=not is_outage(error))
            return False
        finally:
            connections.close_all()


async def fill_index(hub: Hub) -> None:
    """Run for as long as the server lives, in a thread of its own."""
    filler = Filler()
    filler.start()
    try:
        await asyncio.Event().wait()
    finally:
        filler.stop()
