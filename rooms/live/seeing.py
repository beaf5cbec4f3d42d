"""What people have before their eyes is read."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from rooms.live.feed import Feed

if TYPE_CHECKING:
    from rooms.live.hub import Hub
    from rooms.live.watch import Watch

logger = logging.getLogger("rooms.live")

SEEN_AFTER = 0.3
"""Seconds after a delivery before it counts as seen by who has it before their eyes."""
SEEN_AFTER_EACH = 0.001
SEEN_AFTER_AT_MOST = 0.8
"""Seconds that each listener adds to that, as it costs a write for each, and where that ends."""


class Seeing:
    """Tells the feeds of a hub who has seen what was delivered."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def mark_soon(self, watch: Watch) -> None:
        """Their other pages still say that it is new. A crowd is noted less often, as that costs a write for each."""
        if watch.seen_timer is None and type(watch.feed).seen is not Feed.seen:
            delay = max(SEEN_AFTER, min(SEEN_AFTER_EACH * len(watch.listeners), SEEN_AFTER_AT_MOST))
            watch.seen_timer = self._hub.loop.call_later(delay, lambda: self._hub.spawn(self._try_to_mark(watch)))

    async def _try_to_mark(self, watch: Watch) -> None:
        try:
            await self.mark(watch)
        except Exception as error:
            logger.warning("Could not note who has seen %s, the sweep will: %r", watch.feed.topic, error)

    async def mark(self, watch: Watch) -> None:
        """Tell a feed that moved who has seen it up to where: one call, however many people look."""
        if watch.seen_timer:
            watch.seen_timer.cancel()
            watch.seen_timer = None
        if watch.position and watch.seen_clock != watch.position.clock and type(watch.feed).seen is not Feed.seen:
            before, clock = watch.seen_clock, watch.position.clock
            watch.seen_clock = clock
            try:
                await self._hub.run(watch.feed.seen, watch.live_people(), clock)
            except Exception:
                watch.seen_clock = before
                raise
