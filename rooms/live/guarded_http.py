"""uvicorn's HTTP protocol, made fit to stand without a proxy: nobody can hold a connection, or the end, for ever."""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from rooms.live.limits import UNFINISHED, going_away

HANDSHAKE_SECONDS = 15.0
"""Seconds in which a request's headers, and a WebSocket's handshake, have to be complete."""

FIRST_REQUEST_SECONDS = 0.5
"""Seconds in which a connection that was just made has to ask for something when the server ends."""

LAST_REQUEST_SECONDS = 5.0
"""Seconds in which a request has to come, and its answer to be taken, when the server ends."""

HEADERS_LIMIT = 32 * 1024
"""Bytes of a request's line and headers."""

UPGRADES_PER_TURN = 10
"""Handshakes in each round of the event loop, some five milliseconds."""

DEAD_PEER_MILLISECONDS = 20_000
SEND_BUFFER = 128 * 1024
"""Bytes that the kernel keeps for a socket's reader."""

unfinished: dict[GuardedHttp, None] = {}
"""The connections whose request's headers are not complete, the oldest first."""

upgrades: deque[GuardedHttp] = deque()
"""Those that want to become sockets."""


class GuardedHttp(HttpToolsProtocol):
    """httptools has no limits of its own: 8 MB of headers are a request to it, one byte a second is patience."""

    deadline: asyncio.TimerHandle | None = None
    header_bytes = 0
    reading_headers = True
    ending = False

    def connection_made(self, transport: Any) -> None:
        guard_socket(transport)
        super().connection_made(transport)
        self._expect_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel_deadline()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.reading_headers:
            self.header_bytes += len(data)
        super().data_received(data)
        if self.reading_headers and self.header_bytes > HEADERS_LIMIT and not self.transport.is_closing():
            self.send_400_response("The headers of this request are too large.")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self.deadline is None:
            self._expect_headers()

    def on_headers_complete(self) -> None:
        self._cancel_deadline()
        self.reading_headers, self.header_bytes = False, 0
        super().on_headers_complete()
        if self.ending and self.cycle:
            self.cycle.keep_alive = False

    def handle_websocket_upgrade(self) -> None:
        """Wait for its turn. Thousands of handshakes in one round of the event loop would hold up every request."""
        upgrades.append(self)
        if len(upgrades) == 1:
            self.loop.call_soon(take_turns, self.loop)

    def upgrade(self) -> None:
        if not self.transport.is_closing():
            super().handle_websocket_upgrade()

    def shutdown(self) -> None:
        if self in unfinished and going_away.is_set():
            # uvicorn would hang up on a request that is on its way, and whoever posts it could not tell what it did.
            self.ending = True
            self.loop.call_later(FIRST_REQUEST_SECONDS, self._hang_up)
        else:
            super().shutdown()
        # uvicorn would wait for longer, and then log a traceback of every request that it cancels.
        self.loop.call_later(LAST_REQUEST_SECONDS, self.transport.abort)

    def _expect_headers(self) -> None:
        self.reading_headers = True
        self.deadline = self.loop.call_later(HANDSHAKE_SECONDS, self.drop)
        unfinished[self] = None
        if len(unfinished) > UNFINISHED.highest:
            # The one that has been given most time, not the newest: else who holds all the places shuts others out.
            UNFINISHED.refuse()
            next(iter(unfinished)).drop()

    def _cancel_deadline(self) -> None:
        if self.deadline:
            self.deadline.cancel()
            self.deadline = None
        unfinished.pop(self, None)

    def _hang_up(self) -> None:
        if self in unfinished:
            self.drop()

    def drop(self) -> None:
        """Hang up on a request that does not come to its end."""
        self._cancel_deadline()
        self.transport.close()


def take_turns(loop: asyncio.AbstractEventLoop) -> None:
    for _ in range(min(len(upgrades), UPGRADES_PER_TURN)):
        loop.call_soon(upgrades.popleft().upgrade)
    if upgrades:
        loop.call_soon(take_turns, loop)


def guard_socket(transport: Any) -> None:
    """Have the kernel drop a peer that takes nothing for a while: a ping that cannot be sent times nobody out."""
    connection = transport.get_extra_info("socket")
    if connection is not None and connection.family != socket.AF_UNIX:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, DEAD_PEER_MILLISECONDS)
