"""Whether the channel layer does what the hub needs of it, asked of the real one."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Iterator
from typing import Any

from channels.layers import InMemoryChannelLayer, channel_layers
from django.utils.module_loading import import_string

PATIENCE = 4.0
"""Seconds that a round trip may take."""


def reaches_others() -> bool:
    """Whether bells go through the configured layer to other processes."""
    return not isinstance(channel_layers.make_backend("default"), InMemoryChannelLayer)


def round_trips() -> Iterator[float | Exception]:
    """Send something through each host of the configured channel layer and wait for it; not to be called in a loop.

    Yields for each host, in the order of the setting, the seconds that it took, or why it did not come. Each is asked
    through a layer of its own: which of them a topic goes to is the layer's secret.
    """
    configuration = channel_layers.configs["default"]
    layer_class: Any = import_string(configuration["BACKEND"])
    options = configuration.get("CONFIG", {})
    for host in options.get("hosts") or [None]:
        try:
            yield asyncio.run(round_trip(layer_class(**(options if host is None else {**options, "hosts": [host]}))))
        except Exception as error:
            yield error


async def round_trip(layer: Any) -> float:
    """Seconds from sending to a group until its one member has it. Raises whatever the layer does, or TimeoutError."""
    group = f"checkup.{secrets.token_hex(8)}"
    async with asyncio.timeout(PATIENCE):
        channel = await layer.new_channel("checkup")
        await layer.group_add(group, channel)
        started = time.perf_counter()
        await layer.group_send(group, {"type": "checkup"})
        await layer.receive(channel)
        duration = time.perf_counter() - started
        await layer.group_discard(group, channel)
    return duration
