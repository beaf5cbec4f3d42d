"""The hub's ear on the channel layer. Everything here may fail: the sweep delivers all the same."""

from __future__ import annotations

import asyncio
import logging
import random
import uuid
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from channels.layers import get_channel_layer

from rooms.live.bell import EVERYONE, LAYER_TIMEOUT
from rooms.live.metrics import counters

if TYPE_CHECKING:
    from rooms.live.hub import Hub

logger = logging.getLogger("rooms.live")

RETRY_INTERVAL = 0.5
"""Seconds between attempts to subscribe to what a broker that was away could not take."""


class Subscription:
    """One channel for the whole process, in the group of each watched topic. Sockets own none.

    `joined` are the groups that the layer has taken; once it has, it is the layer that comes back to its brokers.
    """

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.channel = ""
        self.joined: set[str] = set()
        self.away = False
        self.wanting = asyncio.Event()

    async def run(self) -> None:
        """Hear the layer's bells for as long as the hub lives, whatever happens to the brokers."""
        layer: Any = get_channel_layer()
        if layer is None:
            return
        # Not from `new_channel`: what it begins with a broker that is away it leaves behind, at each attempt.
        self.channel = f"{getattr(layer, 'prefix', '')}live.{uuid.uuid4().hex}"
        self.hub.spawn(self.keep_up())
        while True:
            try:
                self.hub.hear(await layer.receive(self.channel))
            except Exception as error:
                self._note_failure(error)
                await asyncio.sleep(RETRY_INTERVAL)

    async def keep_up(self) -> None:
        """Join what could not be joined before, leave what could not be left."""
        while True:
            self.wanting.clear()
            await self.repair()
            for topic in self.joined - self.hub.topics() - {EVERYONE}:
                await self._leave(topic)
            with suppress(TimeoutError):
                await asyncio.wait_for(self.wanting.wait(), RETRY_INTERVAL)

    def wake(self) -> None:
        """Look at once whether there is something new to hear."""
        self.wanting.set()

    async def repair(self) -> None:
        missing = [topic for topic in (EVERYONE, *self.hub.topics()) if topic not in self.joined]
        random.shuffle(missing)  # Of several brokers some may be there.
        for topic in missing:
            if not await self._join(topic):
                return
        if self.away:
            self.away = False
            logger.info("The channel layer is back")

    async def add(self, topic: str) -> None:
        if topic not in self.joined:
            await self._join(topic)

    async def discard(self, topic: str) -> None:
        # Somebody may have come back to it meanwhile.
        if topic not in self.hub.topics():
            await self._leave(topic)

    async def _join(self, topic: str) -> bool:
        if await self._attempt("group_add", topic):
            self.joined.add(topic)
        return topic in self.joined

    async def _leave(self, topic: str) -> None:
        self.joined.discard(topic)
        await self._attempt("group_discard", topic)

    async def _attempt(self, verb: str, topic: str) -> bool:
        layer = get_channel_layer()
        if layer is None:
            return False
        try:
            async with asyncio.timeout(LAYER_TIMEOUT):
                await getattr(layer, verb)(topic, self.channel)
        except Exception as error:
            self._note_failure(error)
            return False
        return True

    def _note_failure(self, error: Exception) -> None:
        counters["layer_failed"] += 1
        if not self.away:
            self.away = True
            logger.warning("The channel layer is away, the sweep delivers meanwhile: %r", error)
