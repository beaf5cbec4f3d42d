"""uvicorn's protocols, made fit to stand without a proxy and to share frames between sockets.

`uvicorn --ws rooms.live.protocol:LiveProtocol --http rooms.live.protocol:GuardedHttp`. Nothing else in the layer
imports this module: under another server the hub writes through ASGI `send`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.extensions.permessage_deflate import PerMessageDeflate, ServerPerMessageDeflateFactory
from websockets.frames import CloseCode
from websockets.frames import Frame as WebSocketFrame
from websockets.http11 import Request
from websockets.server import ServerProtocol

from rooms.live.frames import FINAL_TEXT, Frame, encode
from rooms.live.guarded_http import HANDSHAKE_SECONDS, GuardedHttp, guard_socket

__all__ = ["EXTENSION", "FrameWriter", "GuardedHttp", "LiveProtocol"]

logger = logging.getLogger("rooms.live")

EXTENSION = "live.frames"
"""The name in the ASGI scope's `extensions` under which a consumer finds its FrameWriter."""

FAREWELL_SECONDS = 2.0
"""Seconds in which a socket's reader has to take what is left when the server ends."""

CLOSING_SECONDS = 10.0
"""Seconds in which the reader of a socket that closes has to take what is left and say that it heard."""

BAD_REQUEST = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"

WRITE_BUFFER = 256 * 1024
"""Bytes that we keep for a socket's reader besides the kernel's; above it the reader counts as congested."""


class FrameWriter:
    """What a consumer gets instead of `send` for frames that are encoded already.

    Small, and all that a delivery touches: in a large room each object more is another miss of the processor's cache.
    """

    __slots__ = ("abort", "closed", "congested", "deflates", "drained", "out")

    out: Callable[[bytes], None]
    abort: Callable[[], None]
    """Drop the connection, and what has not left."""

    def __init__(self) -> None:
        self.closed = False
        self.congested = False
        self.deflates = False
        self.drained: Callable[[], None] = lambda: None

    def write(self, frame: Frame, before: bytes = b"") -> None:
        """Write a frame at once, and just before it another of this text; nothing to a socket that is closing."""
        if not self.closed:
            data = frame.deflated if self.deflates else frame.plain
            # In one go: what a system call costs is more than all the rest.
            self.out(encode(FINAL_TEXT, before) + data if before else data)


class Events(asyncio.Queue[Any]):
    """What waits for one application. asyncio's own queue is four deques and an event: three kilobytes a socket."""

    def __init__(self) -> None:
        self._events: list[Any] = []
        self._reader: asyncio.Future[None] | None = None

    def put_nowait(self, item: Any) -> None:
        self._events.append(item)
        if self._reader and not self._reader.done():
            self._reader.set_result(None)

    async def get(self) -> Any:
        while not self._events:
            self._reader = asyncio.get_running_loop().create_future()
            await self._reader
        return self._events.pop(0)

    def empty(self) -> bool:
        return not self._events


writable = asyncio.Event()
"""The event of every socket whose reader keeps up."""
writable.set()


class LiveProtocol(WebSocketsSansIOProtocol):
    deadline: asyncio.TimerHandle | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.frames_out = FrameWriter()
        super().__init__(*args, **kwargs)
        self.queue, self.writable = Events(), writable
        # No context takeover in either direction: frames can be shared, and an idle socket holds no zlib windows.
        deflate = ServerPerMessageDeflateFactory(server_no_context_takeover=True, client_no_context_takeover=True)
        self.conn = ServerProtocol(extensions=[deflate], max_size=self.config.ws_max_size, logger=self.logger)

    @property
    def close_sent(self) -> bool:
        """Whether no frame may follow. uvicorn sets it in several places; the writer has to know."""
        return self.frames_out.closed

    @close_sent.setter
    def close_sent(self, value: bool) -> None:
        self.frames_out.closed = value
        if value:
            self._close_in_time()

    def connection_made(self, transport: Any) -> None:
        guard_socket(transport)
        transport.set_write_buffer_limits(high=WRITE_BUFFER)
        self.frames_out.out, self.frames_out.abort = transport.write, transport.abort
        self.deadline = self.loop.call_later(HANDSHAKE_SECONDS, self._give_up_handshake)
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        if self.deadline:
            self.deadline.cancel()
        self.frames_out.congested = False  # Nobody waits any more for what will not be read.
        self.frames_out.closed = True
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        # uvicorn leaves a handshake without an answer that cannot be read: too many headers, or one that is too long.
        if self.conn.handshake_exc and not self.handshake_initiated and not self.transport.is_closing():
            self.transport.write(BAD_REQUEST)
            self.transport.close()

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if self.response.status_code == 101:
            self.frames_out.deflates = any(
                isinstance(extension, PerMessageDeflate) and extension.local_max_window_bits == 15
                for extension in self.conn.extensions
            )
            extensions: dict[str, Any] = self.scope["extensions"]
            extensions[EXTENSION] = self.frames_out

    async def send(self, message: Any) -> None:
        # Shut down amid a handshake, uvicorn has answered it with a 500: an answer of ours to it would be a traceback.
        if self.conn.eof_sent and not self.handshake_complete:
            raise ClientDisconnected
        await super().send(message)

    def send_receive_event_to_app(self) -> None:
        # uvicorn would log a traceback of text that is not UTF-8.
        if self.curr_msg_data_type == "text" and not self.close_sent and not is_utf8(b"".join(self.frames)):
            self.conn.send_close(CloseCode.INVALID_DATA, "not UTF-8")
            return self.handle_parser_exception()
        super().send_receive_event_to_app()

    def handle_ping(self) -> None:
        if self.frames_out.congested:
            self.conn.data_to_send()  # The pongs for who does not read them would pile up without a limit.
        else:
            super().handle_ping()

    def handle_close(self, event: WebSocketFrame) -> None:
        super().handle_close(event)
        self._close_in_time()

    def handle_parser_exception(self) -> None:
        """Hang up on a peer that broke the protocol. What it sent last may be in the reason: repr is safe in a log."""
        close = self.conn.close_sent
        if close is not None and not self.close_sent:
            logger.warning("Closed a socket with %s: %r", int(close.code), close.reason)
        super().handle_parser_exception()

    def start_keepalive(self) -> None:
        # Called when the handshake is complete. Nobody reads its headers again: four kilobytes a socket.
        self.request.headers.clear()
        self.response.headers.clear()
        if self.deadline:
            self.deadline.cancel()
            self.deadline = None
        super().start_keepalive()

    def shutdown(self) -> None:
        super().shutdown()
        # A reader that does not read would hold the end up for as long as the server waits at all.
        self.loop.call_later(FAREWELL_SECONDS, self.transport.abort)

    def pause_writing(self) -> None:
        self.frames_out.congested = True
        self.writable = asyncio.Event()
        super().pause_writing()

    def resume_writing(self) -> None:
        self.frames_out.congested = False
        super().resume_writing()
        self.frames_out.drained()

    def _close_in_time(self) -> None:
        # A transport that closes lets its reader finish: at a byte a second, a listener that hears nothing for days.
        if self.deadline is None:
            self.deadline = self.loop.call_later(CLOSING_SECONDS, self.transport.abort)

    def _give_up_handshake(self) -> None:
        if not self.handshake_complete:
            self.transport.abort()


def is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
