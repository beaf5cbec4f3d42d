"""How frames leave: a bounded outbox and one writer for each socket, over ASGI `send`."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from rooms.live.feed import Position

logger = logging.getLogger("rooms.live")

SEND_DEADLINE = 10.0
"""Seconds that one frame may take to leave before its reader is let go."""

TRY_AGAIN_LATER = 1013


class Transport(Protocol):
    """What a listener needs of its socket. Another implementation may share encoded frames between sockets."""

    pending: int
    """Bytes accepted that have not left yet."""
    last: Position | None
    """The position of the last frame that left, or is leaving."""

    def write(self, frame: str, position: Position | None) -> None: ...
    def clear(self) -> None: ...
    def close(self, code: int) -> None: ...
    def stop(self) -> None: ...


class AsgiTransport:
    """A Transport for any ASGI server. `drained` is called whenever the outbox becomes empty."""

    def __init__(self, send: Callable[[dict[str, Any]], Awaitable[None]], drained: Callable[[], None]) -> None:
        self._send = send
        self._drained = drained
        self._outbox: deque[tuple[str, int, Position | None]] = deque()
        self._writer: asyncio.Task[None] | None = None
        self._close_code: int | None = None
        self.pending = 0
        self.last: Position | None = None

    def write(self, frame: str, position: Position | None) -> None:
        """Put a frame in line; never waits."""
        size = len(frame)
        self._outbox.append((frame, size, position))
        self.pending += size
        self._wake()

    def clear(self) -> None:
        """Drop what has not begun to leave."""
        self.pending -= sum(size for _, size, _ in self._outbox)
        self._outbox.clear()

    def close(self, code: int) -> None:
        """Close once the frames in line have left."""
        self._close_code = code
        self._wake()

    def stop(self) -> None:
        """The socket is gone: nothing leaves any more."""
        self._outbox.clear()
        if self._writer:
            self._writer.cancel()

    def _wake(self) -> None:
        # A task only while there is something to write: an idle socket holds none.
        if self._writer is None or self._writer.done():
            self._writer = asyncio.get_running_loop().create_task(self._write_all())

    async def _write_all(self) -> None:
        try:
            while self._outbox:
                frame, size, position = self._outbox.popleft()
                self.last = position or self.last
                async with asyncio.timeout(SEND_DEADLINE):
                    await self._send({"type": "websocket.send", "text": frame})
                self.pending -= size
                if not self._outbox:
                    self._drained()
            if self._close_code is not None:
                await self._send({"type": "websocket.close", "code": self._close_code})
        except TimeoutError:
            logger.info("A reader took nothing for %s s and is let go", SEND_DEADLINE)
            await self._let_go()
        except (OSError, RuntimeError):
            # The peer left while we wrote; the consumer hears of it by itself.
            self._outbox.clear()

    async def _let_go(self) -> None:
        self._outbox.clear()
        try:
            async with asyncio.timeout(1):
                await self._send({"type": "websocket.close", "code": TRY_AGAIN_LATER})
        except (OSError, RuntimeError, TimeoutError):
            return
