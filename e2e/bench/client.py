"""One client for all contestants, over picows: it opens sockets and counts what arrives, and is never the slow one."""

from __future__ import annotations

import asyncio
import logging
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

SOCKETS_AT_ONCE = 10
logging.getLogger("picows").setLevel(logging.ERROR)

OPENING = 60.0
"""Seconds that sockets may take to be in the room."""
PATIENCE = 10.0
"""Seconds after which what has not come will not come."""


@dataclass(frozen=True)
class Door:
    """How a contestant's sockets are opened."""

    url: str
    headers: Callable[[int], dict[str, str]] = lambda number: {}
    """Of the handshake of socket `number`."""
    hello: Callable[[], bytes | None] = lambda: None
    """What a client says first."""
    answers: Mapping[str, str] = field(default_factory=dict)
    """What it replies to frames that begin so (handshakes and pings of a protocol above)."""
    ready: bytes = b""
    """What stands in the frame that tells a socket that it is in the room; if empty, to be open is to be in it."""
    address: str = "127.0.0.1"
    """The client's own."""


class Crowd:
    """The sockets in a room."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self.transports: list[WSTransport] = []
        self.turn = 0
        self.ready = 0
        self.lost = 0
        """Sockets that the server has closed."""
        self.marker = b""
        self.verdicts: dict[bytes, bool] = {}
        """Frames that came for this post, and whether they carry it: shared frames are unpacked once."""
        self.arrived = 0
        self.bytes = 0
        """Bytes of payload of the messages that arrived, and of all else."""
        self.finished_at = 0.0
        self.wanted = 0
        self.complete = asyncio.Event()

    async def grow(self, count: int, at_once: int = SOCKETS_AT_ONCE) -> None:
        """Open sockets until there are `count`, each of them in the room."""
        for first in range(len(self.transports), count, at_once):
            await self.admit(range(first, min(first + at_once, count)))

    async def admit(self, numbers: range) -> None:
        """Open these sockets at once, and return when all are in the room."""
        wanted = self.ready + len(numbers)
        await asyncio.gather(*[self.enter(number) for number in numbers])
        deadline = time.monotonic() + OPENING
        while self.ready < wanted:
            self.check()
            if time.monotonic() > deadline:
                raise RuntimeError(
                    f"After {OPENING:.0f} s {wanted - self.ready} of {len(numbers)} were not in the room"
                )
            await asyncio.sleep(0.001)

    async def enter(self, number: int) -> None:
        await ws_connect(
            lambda: Listener(self),
            self.door.url,
            extra_headers=self.door.headers(number),
            local_addr=(self.door.address, 0),
            websocket_handshake_timeout=OPENING,
        )

    async def speak(self, line: str) -> None:
        """Have them send something, each in turn."""
        self.turn += 1
        self.transports[self.turn % len(self.transports)].send(WSMsgType.TEXT, line.encode())

    def expect(self, marker: str) -> None:
        """From here on a frame counts when it holds this."""
        self.marker, self.arrived, self.wanted = marker.encode(), 0, len(self.transports)
        self.verdicts.clear()
        self.complete.clear()

    async def wait(self) -> float | None:
        """Return when the last socket has it, and when that was (`time.perf_counter`). None: somebody never got it."""
        try:
            async with asyncio.timeout(PATIENCE):
                await self.complete.wait()
        except TimeoutError:
            return None
        finally:
            self.check()
        return self.finished_at

    def check(self) -> None:
        if self.lost:
            raise RuntimeError(f"The server has closed {self.lost} of {len(self.transports)} sockets")

    def carries(self, payload: bytes, compressed: bool) -> bool:
        verdict = self.verdicts.get(payload)
        if verdict is None:
            verdict = self.verdicts[payload] = bool(self.marker) and self.marker in unpack(payload, compressed)
        return verdict

    async def close(self) -> None:
        """Hang up, and give the server a moment to notice."""
        for transport in self.transports:
            transport.disconnect()
        self.transports = []
        await asyncio.sleep(0.5)


class Listener(WSListener):
    def __init__(self, crowd: Crowd) -> None:
        super().__init__()
        self.crowd, self.ready = crowd, False

    def on_ws_connected(self, transport: WSTransport) -> None:
        door = self.crowd.door
        self.crowd.transports.append(transport)
        if hello := door.hello():
            transport.send(WSMsgType.TEXT, hello)
        if not door.ready:
            self.enter()

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type not in {WSMsgType.TEXT, WSMsgType.BINARY}:
            return
        crowd, payload = self.crowd, frame.get_payload_as_bytes()
        crowd.bytes += len(payload)
        if self.ready and crowd.carries(payload, bool(frame.rsv1)):
            crowd.arrived += 1
            if crowd.arrived == crowd.wanted:
                crowd.finished_at = time.perf_counter()
                crowd.complete.set()
            return
        for beginning, reply in crowd.door.answers.items():
            if payload.startswith(beginning.encode()):
                transport.send(WSMsgType.TEXT, reply.encode())
        if not self.ready and crowd.door.ready in unpack(payload, bool(frame.rsv1)):
            self.enter()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        if transport in self.crowd.transports:
            self.crowd.lost += 1

    def enter(self) -> None:
        self.ready = True
        self.crowd.ready += 1


def unpack(payload: bytes, compressed: bool) -> bytes:
    """The text of a frame; compressed ones are without context takeover."""
    return zlib.decompressobj(wbits=-15).decompress(payload) if compressed else payload
