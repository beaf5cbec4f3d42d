"""The line between browsers and a server: a TCP proxy that a test can spoil, hold, cut and mend."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import socket
import struct
import threading
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from e2e.faults.toxics import PIECE, WAYS, Blackhole, Course, Severed, Toxic, Way

Kind = Literal["pages", "sockets"]
KINDS: tuple[Kind, ...] = ("pages", "sockets")


@dataclass
class Connection:
    kind: Kind = "pages"
    writers: list[asyncio.StreamWriter] = field(default_factory=list)
    """To the page, and to the server."""
    resets: bool = False

    def end(self) -> None:
        for writer in self.writers:
            connection = writer.get_extra_info("socket")
            if self.resets:
                with contextlib.suppress(OSError):  # It is closed already.
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()


class Line:
    """Forwards connections to a port. Its two kinds of traffic, HTTP requests and WebSockets, fail separately."""

    def __init__(self, server_port: int, window: int = 0) -> None:
        self.server_port = server_port
        self.window = window
        self.toxics: dict[tuple[Kind, Way], list[Toxic]] = {key: [] for key in itertools.product(KINDS, WAYS)}
        self.refused: set[Kind] = set()
        self.connections: dict[asyncio.Task[None], Connection] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def count(self, kind: Kind) -> int:
        """How many connections of this kind there are, held ones included."""
        return [connection.kind for connection in list(self.connections.values())].count(kind)

    def far_ports(self, kind: Kind) -> list[int]:
        """The ports that the server knows these connections by."""
        found = [connection for connection in list(self.connections.values()) if connection.kind == kind]
        return [connection.writers[1].get_extra_info("sockname")[1] for connection in found]

    # What a test does to it, from its own thread. Without a kind: to both.

    def spoil(self, toxic: Toxic, *kinds: Kind, ways: tuple[Way, ...] = WAYS) -> None:
        """Put something wrong into the line, besides what is wrong already."""
        self.do(self._spoil, toxic, kinds, ways)

    def hold(self, *kinds: Kind) -> None:
        """Let no byte through, either way, and tell nobody: a router that has forgotten the connection."""
        self.spoil(Blackhole(), *kinds)

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

    def do(self, function: Callable[..., Coroutine[Any, Any, None]], *args: Any) -> None:
        asyncio.run_coroutine_threadsafe(function(*args), self.loop).result()

    # What happens in the line's thread

    async def _spoil(self, toxic: Toxic, kinds: tuple[Kind, ...], ways: tuple[Way, ...]) -> None:
        for key in itertools.product(kinds or KINDS, ways):
            self.toxics[key] = [*self.toxics[key], replace(toxic)]

    async def _cut(self, kinds: tuple[Kind, ...]) -> None:
        kinds = kinds or KINDS
        self.refused.update(kinds)
        lost = {task: connection for task, connection in self.connections.items() if connection.kind in kinds}
        for task, connection in lost.items():
            connection.resets = True
            task.cancel()
        await asyncio.gather(*lost, return_exceptions=True)

    async def _mend(self, kinds: tuple[Kind, ...]) -> None:
        self.refused.difference_update(kinds or KINDS)
        for key in itertools.product(kinds or KINDS, WAYS):
            for toxic in self.toxics[key]:
                toxic.over.set()
            self.toxics[key] = []

    async def serve(self, opened: threading.Event) -> None:
        self.loop, self.over = asyncio.get_running_loop(), asyncio.Event()
        async with await asyncio.start_server(self.accept, "127.0.0.1", 0, backlog=1024) as listening:
            self.port: int = listening.sockets[0].getsockname()[1]
            opened.set()
            await self.over.wait()
            await self._cut(KINDS)

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        connection = self.connections[task] = Connection(writers=[writer])
        try:
            # The kind of a connection shows in its first request: browsers upgrade none that has served another.
            request = await reader.read(PIECE)
            if b"upgrade: websocket" in request.lower():
                connection.kind = "sockets"
            if request and connection.kind not in self.refused:
                await self.forward(connection, request, reader)
        except* Severed as severed:
            connection.resets = any(isinstance(error, Severed) and error.reset for error in leaves(severed))
        except* (OSError, asyncio.CancelledError):
            pass  # Either end has gone, or the test cut the line.
        finally:
            del self.connections[task]
            connection.end()

    async def forward(self, connection: Connection, request: bytes, reader: asyncio.StreamReader) -> None:
        far_reader, far_writer = await self.connect()
        connection.writers.append(far_writer)
        near_writer = connection.writers[0]
        for writer in connection.writers:
            writer.transport.set_write_buffer_limits(0)  # Drained is what has left.
        kind = connection.kind
        async with asyncio.TaskGroup() as both:
            both.create_task(Course(reader, far_writer, lambda: self.toxics[kind, "up"]).run(request))
            both.create_task(Course(far_reader, near_writer, lambda: self.toxics[kind, "down"]).run())

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        far = socket.socket()
        far.setblocking(False)
        if self.window:
            far.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.window)
        await self.loop.sock_connect(far, ("127.0.0.1", self.server_port))
        return await asyncio.open_connection(sock=far, limit=self.window or PIECE)


def leaves(group: BaseExceptionGroup[Any]) -> Iterator[BaseException]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from leaves(error)
        else:
            yield error


@contextlib.contextmanager
def line(server_port: int, window: int = 0) -> Iterator[Line]:
    """Open a line to a port of this machine; `url` is where it begins.

    `window`: the bytes that the line takes from the server before the page has them, where it is slow.
    """
    line, opened = Line(server_port, window), threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(line.serve(opened)), daemon=True)
    thread.start()
    assert opened.wait(10)
    try:
        yield line
    finally:
        line.loop.call_soon_threadsafe(line.over.set)
        thread.join()
