"""The hub's ear on the channel layer. Everything here may fail: the sweep delivers all the same."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from channels.layers import get_channel_layer

from rooms.live.bell import EVERYONE, LAYER_TIMEOUT
from rooms.live.metrics import counters
from rooms.live.watch import Watch

if TYPE_CHECKING:
    from rooms.live.hub import Hub

logger = logging.getLogger("rooms.live")

RETRY_INTERVAL = 2.0
"""Seconds between attempts to reach a broker that is away."""


class Subscription:
    """One channel for the whole process, in the group of each watched topic. Sockets own none."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.channel: str | None = None

    async def run(self) -> None:
        """Hear the layer's bells for as long as the hub lives, whatever happens to the broker."""
        layer: Any = get_channel_layer()
        while layer is not None:
            try:
                async with asyncio.timeout(LAYER_TIMEOUT):
                    self.channel = await layer.new_channel("live")
                    await layer.group_add(EVERYONE, self.channel)
                await self.repair()
                while True:
                    self.hub.hear(await layer.receive(self.channel))
            except Exception as error:
                counters["layer_failed"] += 1
                logger.warning("The channel layer is away: %r", error)
                self.channel = None
                for watch in self.hub.watches.values():
                    watch.subscribed = False
                await asyncio.sleep(RETRY_INTERVAL)

    async def repair(self) -> None:
        """Subscribe to what could not be subscribed to before."""
        for watch in list(self.hub.watches.values()):
            await self.add(watch)

    async def add(self, watch: Watch) -> None:
        if self.channel is not None and not watch.subscribed:
            watch.subscribed = await self._attempt("group_add", watch.feed.topic)

    async def discard(self, watch: Watch) -> None:
        # Somebody may have come back to the feed meanwhile.
        if self.channel is not None and watch.feed.topic not in self.hub.watches:
            await self._attempt("group_discard", watch.feed.topic)

    async def _attempt(self, verb: str, topic: str) -> bool:
        method: Callable[[str, str | None], Any] = getattr(get_channel_layer(), verb)
        try:
            async with asyncio.timeout(LAYER_TIMEOUT):
                await method(topic, self.channel)
        except Exception as error:
            counters["layer_failed"] += 1
            logger.warning("The channel layer failed in %s of %s: %r", verb, topic, error)
            return False
        return True
