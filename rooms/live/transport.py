"""How frames leave: over ASGI `send` with an outbox of our own, or through the server's own buffer."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from rooms.live.feed import Position
from rooms.live.frames import Frame

logger = logging.getLogger("rooms.live")

Send = Callable[[dict[str, Any]], Awaitable[None]]

OUTBOX_LIMIT = 256 * 1024
"""Bytes a socket may have in line. Beyond it the line is dropped and the page catches up when it reads again."""

SEND_DEADLINE = 10.0
"""Seconds that a reader may take nothing before it is let go."""

SERVICE_RESTART = 1012
TRY_AGAIN_LATER = 1013


class Transport(Protocol):
    """What a listener needs of its socket."""

    last: Position | None
    """The position of the last frame that left, or cannot be taken back."""

    @property
    def congested(self) -> bool:
        """Whether the reader does not keep up: nothing more is to be put in line."""

    def write(self, frame: Frame, position: Position | None, before: bytes = b"") -> None:
        """Write a frame, and just before it another of this text."""

    def clear(self) -> None: ...
    def close(self, code: int) -> None: ...
    def stop(self) -> None: ...


class AsgiTransport:
    """A Transport for any ASGI server. `drained` is called whenever the outbox becomes empty."""

    def __init__(self, send: Send, drained: Callable[[], None]) -> None:
        self._send = send
        self._drained = drained
        self._outbox: deque[tuple[Frame, Position | None]] = deque()
        self._writer: asyncio.Task[None] | None = None
        self._close_code: int | None = None
        self._pending = 0
        self.last: Position | None = None

    @property
    def congested(self) -> bool:
        return self._pending > OUTBOX_LIMIT

    def write(self, frame: Frame, position: Position | None, before: bytes = b"") -> None:
        """Put a frame in line, after another of the text `before`; never waits."""
        if before:
            own = Frame(before.decode())
            self._outbox.append((own, None))
            self._pending += len(own)
        self._outbox.append((frame, position))
        self._pending += len(frame)
        self._wake()

    def clear(self) -> None:
        """Drop what has not begun to leave."""
        self._pending -= sum(len(frame) for frame, _ in self._outbox)
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
                frame, position = self._outbox.popleft()
                self.last = position or self.last
                async with asyncio.timeout(SEND_DEADLINE):
                    await self._send({"type": "websocket.send", "text": frame})
                self._pending -= len(frame)
            self._drained()  # Also where the line was dropped before anything of it left.
            if self._close_code is not None:
                await self._send({"type": "websocket.close", "code": self._close_code})
        except TimeoutError:
            logger.info("A reader took nothing for %s s and is let go", SEND_DEADLINE)
            await close_quickly(self._send)
        except (OSError, RuntimeError):
            # The peer left while we wrote; the consumer hears of it by itself.
            self._outbox.clear()
            self._pending = 0


class SharedTransport:
    """A Transport over rooms.live.protocol: all sockets are written the same bytes; the server's buffer is the line."""

    __slots__ = ("_deadline", "_drained", "_send", "_writer", "last")

    def __init__(self, writer: Any, send: Send, drained: Callable[[], None]) -> None:
        self._writer = writer
        self._send = send
        self._drained = drained
        self._deadline: asyncio.TimerHandle | None = None
        self.last: Position | None = None
        writer.drained = self._on_drained

    @property
    def congested(self) -> bool:
        return bool(self._writer.congested)

    def write(self, frame: Frame, position: Position | None, before: bytes = b"") -> None:
        self._writer.write(frame, before)
        self.last = position or self.last

    def clear(self) -> None:
        """What is written cannot be taken back; from here on the reader's time runs."""
        if self._writer.congested and self._deadline is None:
            self._deadline = asyncio.get_running_loop().call_later(SEND_DEADLINE, self._let_go)

    def close(self, code: int) -> None:
        task = asyncio.get_running_loop().create_task(self._close(code))
        closings.add(task)
        task.add_done_callback(closings.discard)

    def stop(self) -> None:
        if self._deadline:
            self._deadline.cancel()

    async def _close(self, code: int) -> None:
        try:
            async with asyncio.timeout(1):
                await self._send({"type": "websocket.close", "code": code})
        except (OSError, RuntimeError):
            return
        except TimeoutError:
            self._writer.abort()

    def _let_go(self) -> None:
        logger.info("A reader took nothing for %s s and is let go", SEND_DEADLINE)
        self._writer.abort()

    def _on_drained(self) -> None:
        if self._deadline:
            self._deadline.cancel()
            self._deadline = None
        self._drained()


closings: set[asyncio.Task[None]] = set()


async def close_quickly(send: Send) -> None:
    """Say 1013 to a reader that is let go, if it takes even that."""
    try:
        async with asyncio.timeout(1):
            await send({"type": "websocket.close", "code": TRY_AGAIN_LATER})
    except (OSError, RuntimeError, TimeoutError):
        return
