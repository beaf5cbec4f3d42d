"""What can be wrong with a line: the toxics of Shopify's toxiproxy, for one direction of a TCP connection each."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal

Way = Literal["up", "down"]
"""From the page to the server, and from the server to the page."""
WAYS: tuple[Way, ...] = ("up", "down")

PIECE = 65_536
"""Bytes that are read at once."""


class Severed(Exception):
    """The connection ends here, both ways. `reset`: with RST, not with FIN."""

    def __init__(self, reset: bool = False) -> None:
        super().__init__()
        self.reset = reset


@dataclass
class Toxic:
    """Passes everything on as it comes, until it is `over`."""

    reads_ahead: ClassVar[bool] = False
    """Whether the next piece is read before this one has left: what is late is not slow."""
    over: asyncio.Event = field(default_factory=asyncio.Event, init=False, repr=False)

    async def pass_on(self, piece: bytes, course: Course) -> AsyncIterator[bytes]:
        """What becomes of a piece of what was written."""
        yield piece

    async def end(self, course: Course) -> None:
        """What happens before the end is passed on."""

    async def wait(self, seconds: float | None = None) -> None:
        """Wait this long, or for as long as the toxic is in the line."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.over.wait()


@dataclass
class Latency(Toxic):
    """Each piece comes `seconds` later, give or take the jitter. None overtakes another."""

    reads_ahead = True
    seconds: float
    jitter: float = 0.0

    async def pass_on(self, piece: bytes, course: Course) -> AsyncIterator[bytes]:
        await self.end(course)
        yield piece

    async def end(self, course: Course) -> None:
        delay = self.seconds + random.uniform(-self.jitter, self.jitter)
        await self.wait(max(0.0, course.read_at + delay - time.monotonic()))


@dataclass
class Bandwidth(Toxic):
    """So many bytes a second, in tenths of seconds."""

    rate: int

    async def pass_on(self, piece: bytes, course: Course) -> AsyncIterator[bytes]:
        step = max(1, self.rate // 10)
        for start in range(0, len(piece), step):
            part = piece[start : start + step]
            await self.wait(len(part) / self.rate)
            yield part


@dataclass
class Blackhole(Toxic):
    """Nothing comes, and nobody is told; after `seconds`, if there are any, the connection is closed.

    What is under way when it is over comes late, as what TCP sends again.
    """

    seconds: float | None = None

    async def pass_on(self, piece: bytes, course: Course) -> AsyncIterator[bytes]:
        await self.end(course)
        yield piece

    async def end(self, course: Course) -> None:
        await self.wait(self.seconds)
        if not self.over.is_set():
            raise Severed


@dataclass
class ResetPeer(Toxic):
    """The connection is reset `seconds` after something was written to it."""

    seconds: float = 0.0

    async def pass_on(self, piece: bytes, course: Course) -> AsyncIterator[bytes]:
        await self.wait(self.seconds)
        if not self.over.is_set():
            raise Severed(reset=True)
        yield piece


@dataclass
class Slicer(Toxic):
    """Pieces of `size` bytes at most, `seconds` apart."""

    size: int
    seconds: float = 0.0

    async def pass_on(self, piece: bytes, course: Course) -> AsyncIterator[bytes]:
        for start in range(0, len(piece), self.size):
            yield piece[start : start + self.size]
            await self.wait(self.seconds)


@dataclass
class LimitData(Toxic):
    """The connection is closed when so many bytes have passed, in the middle of whatever it is."""

    limit: int

    async def pass_on(self, piece: bytes, course: Course) -> AsyncIterator[bytes]:
        left = self.limit - course.passed
        if left > 0:
            yield piece[:left]
        if len(piece) >= left:
            raise Severed


@dataclass
class SlowClose(Toxic):
    """The end comes `seconds` late."""

    seconds: float

    async def end(self, course: Course) -> None:
        await self.wait(self.seconds)


class Course:
    """One way of one connection: what is read at one end is written at the other, as far as the toxics let it."""

    passed = 0
    """Bytes that have come through."""
    read_at = 0.0
    """When the piece under way was read."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, toxics: Callable[[], Sequence[Toxic]]
    ) -> None:
        self.reader, self.writer, self.toxics = reader, writer, toxics
        self.pieces: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def run(self, first: bytes = b"") -> None:
        """Carry everything to the end. `first` was read already."""
        if first:
            self.pieces.put_nowait((time.monotonic(), first))
        async with asyncio.TaskGroup() as both:
            both.create_task(self._read())
            both.create_task(self._write())

    async def _read(self) -> None:
        piece = b"..."
        while piece:
            if not any(toxic.reads_ahead for toxic in self.toxics()):
                await self.pieces.join()  # What is not taken is not read: the writer is to feel it.
            piece = await self.reader.read(PIECE)
            self.pieces.put_nowait((time.monotonic(), piece))

    async def _write(self) -> None:
        while True:
            self.read_at, piece = await self.pieces.get()
            toxics = self.toxics()
            if not piece:
                break
            await self._carry(piece, toxics)
            self.pieces.task_done()
        for toxic in toxics:
            await toxic.end(self)
        self.writer.close()

    async def _carry(self, piece: bytes, toxics: Sequence[Toxic]) -> None:
        if toxics:
            async for part in toxics[0].pass_on(piece, self):
                await self._carry(part, toxics[1:])
        else:
            self.writer.write(piece)
            await self.writer.drain()
            self.passed += len(piece)
