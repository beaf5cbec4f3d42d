"""The layer's part in the server's life."""

import gc
from collections.abc import Callable, Coroutine
from typing import Any

from rooms.live.drain import Drain
from rooms.live.hub import Hub
from rooms.live.presence import attend

companions: list[Callable[[Hub], Coroutine[Any, Any, None]]] = [attend]
"""What else runs in every server process from its start to its end: called with the hub, cancelled with it."""

endings: list[Callable[[], None]] = []
"""What is called in every server process when the hub has stopped. Afterwards a signal ends the process: `atexit` and
`finally` have no say."""

YOUNG_OBJECTS = 50_000
"""Objects more than there were before Python looks for garbage among them.

With its own 2,000 each message in a room of a thousand was such an occasion, three objects a page, and every few of
these had all that the sockets hold looked through: a tenth of a second in which nobody was served. What is not in a
cycle goes at once anyway.
"""


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
            gc.set_threshold(YOUNG_OBJECTS, 20, 20)
            await send({"type": "lifespan.startup.complete"})
        else:
            if hub is not None:
                await hub.stop()
            for end in endings:
                end()
            await send({"type": "lifespan.shutdown.complete"})
            return
