"""The layer's part in the server's life."""

from typing import Any

from rooms.live.hub import Hub


async def lifespan(scope: Any, receive: Any, send: Any) -> None:
    """ASGI lifespan: have a hub from the start, and end its tasks, threads and connections with the server."""
    hub: Hub | None = None
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            hub = Hub.current()
            await send({"type": "lifespan.startup.complete"})
        else:
            if hub is not None:
                await hub.stop()
            await send({"type": "lifespan.shutdown.complete"})
            return
