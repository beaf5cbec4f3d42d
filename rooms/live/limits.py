"""How many sockets there may be: in this process, from one address, of one person. Who is one too many comes back.

They are refused in the handshake, not accepted and closed with 1013: htmx doubles its pause between tries only while no
socket opens, and the page learns at once that it has to ask over HTTP.
"""

from __future__ import annotations

import logging
import math
import resource
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from ipaddress import IPv6Address, ip_address
from typing import Any, Self

from django.conf import settings

from rooms.live.metrics import counters

logger = logging.getLogger("rooms.live")

Send = Callable[[dict[str, Any]], Awaitable[Any]]

TOO_MANY_REQUESTS = 429
UNAVAILABLE = 503

RETRY_AFTER = b"5"
"""Seconds. Browsers go by htmx's own pauses; this is for other clients."""

WARNING_INTERVAL = 60.0
"""Seconds between two lines in the log about the same limit."""

going_away = threading.Event()
"""Set from SIGTERM on: `/up` says so, and no socket is let in."""

IPV6_HOST_BITS = 64
"""One customer has at least as many addresses as these bits can count; the rest says whose they are."""


class Places:
    """The places that one socket has taken. As an ExitStack would give them back, without its two kilobytes."""

    __slots__ = ("taken",)

    def __init__(self) -> None:
        self.taken: list[tuple[Limit, object]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        while self.taken:
            limit, key = self.taken.pop()
            limit.give_back(key)


class Limit:
    """Counts who is there, by key. `cause` names the counter (`refused_<cause>`) and the line in the log.

    `share`: no more than this part of the descriptors that the process may have open, whatever is set.
    """

    def __init__(self, cause: str, setting: str, default: int, warning: str, share: float = 1) -> None:
        self.cause = cause
        self.setting = setting
        self.default = default
        self.warning = warning
        self.share = share
        self.taken: Counter[object] = Counter()
        self.warned_at = -math.inf

    @property
    def highest(self) -> int:
        number = int(getattr(settings, self.setting, self.default))
        descriptors, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        return number if descriptors == resource.RLIM_INFINITY else min(number, int(descriptors * self.share))

    def take(self, key: object, places: Places) -> bool:
        """Take a place until `places` is closed; False when there is none left."""
        if self.taken[key] >= self.highest:
            self.refuse(key)
            return False
        self.taken[key] += 1
        places.taken.append((self, key))
        return True

    def give_back(self, key: object) -> None:
        self.taken[key] -= 1
        if not self.taken[key]:
            del self.taken[key]  # Else we would remember everybody who was ever here.

    def refuse(self, key: object = "") -> None:
        """Count one who is too many, and say so if that was not said just now."""
        counters[f"refused_{self.cause}"] += 1
        now = time.monotonic()
        if now - self.warned_at >= WARNING_INTERVAL:
            self.warned_at = now
            logger.warning(self.warning, {"key": key, "highest": self.highest})


PROCESS = Limit(
    "process",
    "LIVE_SOCKETS_PER_PROCESS",
    10_000,
    "Refused a socket: this process holds %(highest)s. Add a process (WEB_CONCURRENCY), or raise SOCKETS_PER_PROCESS "
    "and, to a third more than that, the limit of open files (LimitNOFILE, ulimit -n).",
    share=3 / 4,
)
ADDRESS = Limit(
    "address",
    "LIVE_SOCKETS_PER_ADDRESS",
    50,
    "Refused a socket: %(key)s holds %(highest)s. If that is your proxy, name it in FORWARDED_ALLOW_IPS; "
    "if many people share that address, raise SOCKETS_PER_ADDRESS.",
)
USER = Limit(
    "user",
    "LIVE_SOCKETS_PER_USER",
    10,
    "Refused a socket: user %(key)s holds %(highest)s, two for each page. If that is honest, raise SOCKETS_PER_USER.",
)
UNFINISHED = Limit(
    "unfinished",
    "LIVE_UNFINISHED_REQUESTS",
    4096,
    "Dropped a connection: %(highest)s others have not said what they want. A proxy in front keeps such visitors away.",
    share=1 / 8,  # With the sockets' share it leaves some for the database, the requests under way and static files.
)
"""Connections whose request has not come whole; the server accepts up to 2,048 at once before it reads the first."""


class SocketLimits:
    """An ASGI application that lets through as many sockets as the process, and the visitor's address, may have."""

    def __init__(self, app: Callable[..., Awaitable[Any]]) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> Any:
        # Whatever way a socket ends, the application returns or raises, and its places are free.
        with Places() as places:
            if going_away.is_set() or not PROCESS.take("", places):
                return await refuse(scope, send, UNAVAILABLE)
            address = find_address(scope)
            if address and not ADDRESS.take(address, places):
                return await refuse(scope, send, TOO_MANY_REQUESTS)
            return await self.app(scope, receive, send)


def find_address(scope: Mapping[str, Any]) -> str:
    """Whose address a handshake came from, as the server tells after it has read a trusted proxy's headers.

    For IPv6 the network. Empty where there is none: a proxy that speaks through a Unix socket and names nobody.
    """
    host = (scope.get("client") or ("",))[0]
    try:
        address = ip_address(host)
    except ValueError:
        return ""
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return f"{IPv6Address(int(address) >> IPV6_HOST_BITS << IPV6_HOST_BITS)}/{128 - IPV6_HOST_BITS}"


async def refuse(scope: Mapping[str, Any], send: Send, status: int) -> None:
    """Answer a handshake with an HTTP status, or with 403 under a server that knows no other answer."""
    if "websocket.http.response" not in (scope.get("extensions") or {}):
        await send({"type": "websocket.close"})
        return
    headers = [(b"retry-after", RETRY_AFTER), (b"content-length", b"0")]
    await send({"type": "websocket.http.response.start", "status": status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": b""})
