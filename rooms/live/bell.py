"""Bells: content-free notices that a feed has moved, or that someone's rights have.

A bell is at most once. Losing one costs latency, never a message: the hub's sweep compares positions anyway.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from asgiref.sync import async_to_sync
from channels.layers import InMemoryChannelLayer, get_channel_layer
from django.db import transaction

from rooms.live import failpoints
from rooms.live.metrics import counters

if TYPE_CHECKING:
    from rooms.live.hub import Hub

logger = logging.getLogger("rooms.live")

LAYER_TIMEOUT = 1.0
"""Seconds that any call of the channel layer may take."""

EVERYONE = "live.everyone"
"""The group in which every hub listens for revocations."""

hubs: set[Hub] = set()
"""The hubs that run in this process: one for each event loop that serves sockets."""


eavesdroppers: list[list[dict[str, Any]]] = []
"""Where tests collect what goes out."""

muted: ContextVar[bool] = ContextVar("muted", default=False)


@contextmanager
def without_bells() -> Iterator[None]:
    """Ring nothing inside this block, as for a bulk import. Open pages learn of the changes by the sweep."""
    token = muted.set(True)
    try:
        yield
    finally:
        muted.reset(token)


def ring(topic: str, clock: int) -> None:
    """Tell every hub that a feed has reached `clock` (ticks), once the running transaction commits.

    Call it from the verb that made the change, inside its transaction. Never raises on account of the channel layer.
    """
    _announce(topic, {"type": "bell", "topic": topic, "clock": clock})


def revoke(user_id: int, topic: str | None = None) -> None:
    """Have a person's open pages (of one topic, or all) checked at once, when the running transaction commits.

    The bell carries no verdict: each hub asks session and feed again and closes what may not stay.
    """
    _announce(EVERYONE, {"type": "revoke", "user": user_id, "topic": topic})


def _announce(group: str, message: dict[str, Any]) -> None:
    failpoints.reach("before_commit")
    if not muted.get():
        transaction.on_commit(lambda: _send(group, message))


def _send(group: str, message: dict[str, Any]) -> None:
    failpoints.reach("after_commit")
    for heard in eavesdroppers:
        heard.append(message)
    message = {**message, "at": time.time()}
    local = list(hubs)
    for hub in local:
        hub.call_soon(hub.hear, message)
    # From the hub's own long-lived loop: a loop per call would leave a dead Redis connection behind each time.
    if local:
        local[0].call_soon(publish, group, message)
    elif not isinstance(get_channel_layer(), InMemoryChannelLayer):
        # A management command or a worker: nobody here listens, the servers do.
        async_to_sync(publish)(group, message)
    failpoints.reach("after_bell")


async def publish(group: str, message: dict[str, Any]) -> None:
    """Send a bell through the channel layer, or count that it could not be."""
    layer = get_channel_layer()
    if layer is None:
        return
    counters["bell_rung"] += 1
    try:
        async with asyncio.timeout(LAYER_TIMEOUT):
            await layer.group_send(group, message)
    except Exception as error:
        # Whatever a broker's client raises, the change is committed and the sweep will deliver it.
        counters["bell_lost"] += 1
        logger.warning("A bell for %s did not go out: %r", group, error)
