"""One client for all contestants, over picows: it opens sockets and counts what arrives, and is never the slow one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

SOCKETS_AT_ONCE = 50


@dataclass
class Crowd:
    """The sockets in a room."""

    marker: bytes = b""
    """A frame counts when it holds this: the posted text's own word."""
    arrived: int = 0
    received: int = 0
    """Bytes of payload, all frames."""
    expected: int = 0
    done: asyncio.Event = field(default_factory=asyncio.Event)
    greeted: int = 0
    transports: list[WSTransport] = field(default_factory=list)

    def expect(self, marker: str) -> None:
        self.marker, self.arrived, self.expected = marker.encode(), 0, len(self.transports)
        self.done.clear()

    async def wait(self, seconds: float = 30) -> None:
        await asyncio.wait_for(self.done.wait(), seconds)

    def close(self) -> None:
        for transport in self.transports:
            transport.disconnect()


class Listener(WSListener):
    def __init__(self, crowd: Crowd, hello: bytes | None, answer: Callable[[bytes], bytes | None]) -> None:
        super().__init__()
        self.crowd, self.hello, self.answer = crowd, hello, answer

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.crowd.transports.append(transport)
        if self.hello is not None:
            transport.send(WSMsgType.TEXT, self.hello)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type not in {WSMsgType.TEXT, WSMsgType.BINARY}:
            return
        payload = frame.get_payload_as_bytes()
        crowd = self.crowd
        # A compressed frame is a message: what else comes is too short to be worth compressing.
        if crowd.marker and (frame.rsv1 or crowd.marker in payload):
            crowd.received += len(payload)
            crowd.arrived += 1
            if crowd.arrived == crowd.expected:
                crowd.done.set()
            return
        crowd.greeted += 1
        if reply := self.answer(payload):
            transport.send(WSMsgType.TEXT, reply)


@dataclass(frozen=True)
class Door:
    """How a contestant's sockets are opened."""

    url: str
    headers: Callable[[int], dict[str, str]] = lambda number: {}
    hello: bytes | None = None
    """What a client says first."""
    answer: Callable[[bytes], bytes | None] = lambda payload: None
    """What it replies to frames that are not messages (Socket.IO's handshake and pings)."""
    greetings: int = 0
    """Frames a socket gets before it counts as ready."""


async def gather_crowd(door: Door, count: int) -> tuple[Crowd, float]:
    """Open `count` sockets and wait until each is ready; also return how many seconds that took."""
    crowd, begin = Crowd(), time.perf_counter()

    async def enter(number: int) -> None:
        make = lambda: Listener(crowd, door.hello, door.answer)  # noqa: E731
        await ws_connect(make, door.url, extra_headers=door.headers(number))

    for first in range(0, count, SOCKETS_AT_ONCE):
        await asyncio.gather(*[enter(n) for n in range(first, min(first + SOCKETS_AT_ONCE, count))])
    while crowd.greeted < count * door.greetings:
        await asyncio.sleep(0.01)
    return crowd, time.perf_counter() - begin
