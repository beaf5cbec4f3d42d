"""The layer's part in the server's life."""

import gc
from collections.abc import Callable, Coroutine
from typing import Any

from rooms.live.drain import Drain
from rooms.live.hub import Hub
from rooms.live.presence import attend

companions: list[Callable[[Hub], Coroutine[Any, Any, None]]] = [attend]
"""What else runs in every server process from its start to its end: called with the hub, cancelled with it."""


async def lifespan(scope: Any, receive: Any, send: Any) -> None:
    """ASGI lifespan: have a hub from the start, and end its tasks, threads and connections with the server."""
    hub: Hub | None = None
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            hub = Hub.current()
            Drain(hub).install()
            for companion in companions:
                hub.spawn(companion(hub))
            # What is there now stays to the end. While Python looks through it for garbage, nobody is served.
            gc.collect()
            gc.freeze()
            await send({"type": "lifespan.startup.complete"})
        else:
            if hub is not None:
                await hub.stop()
            await send({"type": "lifespan.shutdown.complete"})
            return
