"""Which sites may open our sockets. A browser sends cookies with any site's handshake: this is the CSRF check."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from django.conf import settings
from django.http.request import split_domain_port, validate_host

from rooms.live.metrics import counters


def is_allowed(scope: Mapping[str, Any]) -> bool:
    """Whether the handshake's Origin is one of LIVE_ALLOWED_ORIGINS or, where that is empty, the site itself.

    Scheme, host and port all count. Channels' AllowedHostsOriginValidator looks at the host alone and raises on
    `http://[`.
    """
    origin, host = read_header(scope, b"origin"), read_header(scope, b"host")
    allowed: list[str] = settings.LIVE_ALLOWED_ORIGINS
    if allowed:
        return origin in allowed
    # Django checks the Host of requests only; without this, any name that resolves to us would vouch for itself.
    domain, _ = split_domain_port(host)
    if not domain or not validate_host(domain, settings.ALLOWED_HOSTS):
        return False
    scheme = "https" if settings.HTTPS else "http"
    return origin == f"{scheme}://{host}"


def read_header(scope: Mapping[str, Any], name: bytes) -> str:
    """A header's value; empty when it is absent or there are several."""
    values = [value for header, value in scope["headers"] if header == name]
    return values[0].decode("latin-1") if len(values) == 1 else ""


class OriginGuard:
    """An ASGI application that refuses handshakes of other sites with 403 before they reach a consumer."""

    def __init__(self, app: Callable[..., Awaitable[Any]]) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> Any:
        if not is_allowed(scope):
            counters["refused_origin"] += 1
            return await send({"type": "websocket.close", "code": 4403})
        return await self.app(scope, receive, send)
