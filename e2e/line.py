"""The line between browsers and a server: a TCP proxy that a test can hold, cut and mend."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from typing import Literal

Kind = Literal["pages", "sockets"]
KINDS: tuple[Kind, ...] = ("pages", "sockets")


class Line:
    """Forwards connections to a port. Its two kinds of traffic, HTTP requests and WebSockets, fail separately."""

    def __init__(self, server_port: int) -> None:
        self.server_port = server_port
        self.passing = {kind: asyncio.Event() for kind in KINDS}
        self.refused: set[Kind] = set()
        self.connections: dict[asyncio.Task[None], Kind] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def count(self, kind: Kind) -> int:
        """How many connections of this kind there are, held ones included."""
        return list(self.connections.values()).count(kind)

    # What a test does to it, from its own thread. Without a kind: to both.

    def hold(self, *kinds: Kind) -> None:
        """Let no byte through, either way, and tell nobody: a router that has forgotten the connection."""
        self.do(self._hold, kinds)

    def cut(self, *kinds: Kind) -> None:
        """Reset what is connected and refuse what comes: no network, or a proxy that knows no WebSockets."""
        self.do(self._cut, kinds)

    def mend(self, *kinds: Kind) -> None:
        """Let everything through again, what was held first."""
        self.do(self._mend, kinds)

    def reset(self, *kinds: Kind) -> None:
        """Lose what is connected, and serve what comes."""
        self.cut(*kinds)
        self.mend(*kinds)

    def do(self, function: object, kinds: tuple[Kind, ...]) -> None:
        asyncio.run_coroutine_threadsafe(function(kinds or KINDS), self.loop).result()  # type: ignore[operator]

    # What happens in the line's thread

    async def _hold(self, kinds: tuple[Kind, ...]) -> None:
        for kind in kinds:
            self.passing[kind].clear()

    async def _cut(self, kinds: tuple[Kind, ...]) -> None:
        self.refused.update(kinds)
        lost = [task for task, kind in self.connections.items() if kind in kinds]
        for task in lost:
            task.cancel()
        await asyncio.gather(*lost, return_exceptions=True)

    async def _mend(self, kinds: tuple[Kind, ...]) -> None:
        for kind in kinds:
            self.refused.discard(kind)
            self.passing[kind].set()

    async def serve(self, opened: threading.Event) -> None:
        self.loop, self.over = asyncio.get_running_loop(), asyncio.Event()
        await self._mend(KINDS)
        async with await asyncio.start_server(self.accept, "127.0.0.1", 0) as listening:
            self.port: int = listening.sockets[0].getsockname()[1]
            opened.set()
            await self.over.wait()
            await self._cut(KINDS)

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self.connections[task] = "pages"
        try:
            # The kind of a connection shows in its first request: browsers upgrade none that has served another.
            request = await reader.read(65_536)
            if b"upgrade: websocket" in request.lower():
                self.connections[task] = "sockets"
            if request and self.connections[task] not in self.refused:
                await self.forward(self.connections[task], request, reader, writer)
        except (OSError, asyncio.CancelledError, ExceptionGroup):
            pass  # Either end has gone, or the test cut the line.
        finally:
            del self.connections[task]
            writer.transport.abort()

    async def forward(
        self, kind: Kind, request: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await self.passing[kind].wait()
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.server_port)
        try:
            far_writer.write(request)
            async with asyncio.TaskGroup() as both:
                both.create_task(self.pump(kind, reader, far_writer))
                both.create_task(self.pump(kind, far_reader, writer))
        finally:
            far_writer.transport.abort()

    async def pump(self, kind: Kind, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            await self.passing[kind].wait()
            writer.write(data)
            await writer.drain()
        await self.passing[kind].wait()
        writer.close()


@contextlib.contextmanager
def line(server_port: int) -> Iterator[Line]:
    """Open a line to a port of this machine; `url` is where it begins."""
    line, opened = Line(server_port), threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(line.serve(opened)), daemon=True)
    thread.start()
    assert opened.wait(10)
    try:
        yield line
    finally:
        line.loop.call_soon_threadsafe(line.over.set)
        thread.join()
