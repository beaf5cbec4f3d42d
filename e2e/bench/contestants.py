"""Who takes part, under which name."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from e2e.bench import installations, others
from e2e.bench.servers import Running

Make = Callable[[], AbstractContextManager[Running]]

ROOMS = "Rooms (SQLite, memory)"
ROOMS_GROWN = "Rooms (PostgreSQL, Redis, 2 workers)"

CROWDED: dict[str, Make] = {
    ROOMS: installations.rooms,
    ROOMS_GROWN: installations.rooms_grown,
    "Nchan": others.nchan,
    "ws": others.ws,
    "Socket.IO": others.socket_io,
    "Rails Action Cable": others.action_cable,
    "Channels tutorial (memory)": others.tutorial,
    "Channels tutorial (Redis)": others.tutorial_redis,
}
"""Those whose rooms fill with sockets."""
