"""Thousands of pages that lose their sockets at once and come back, over picows: the client is not the slow one."""

from __future__ import annotations

import asyncio
import json
import logging
import random
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache

from picows import WSError, WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from e2e.faults.screen import articles, find_cursor
from e2e.faults.witness import delay_before
from e2e.sockets import LOBBY, Caller
from rooms.live import Position
from rooms.live.testing import FakePage

OPENED_AT_ONCE = 50
"""Before the storm. In it everybody comes as they like."""
HANDSHAKE_SECONDS = 15.0

logging.getLogger("picows").setLevel(logging.ERROR)


@lru_cache(4096)
def read(payload: bytes, compressed: bool) -> tuple[Position | None, frozenset[int], bool]:
    """The cursor of a frame, the positions of its messages, and whether it greets: shared frames are read once."""
    text = (zlib.decompressobj(wbits=-15).decompress(payload) if compressed else payload).decode()
    return find_cursor(text), frozenset(position for _, (position, _) in articles(text)), "-watchdog" in text


class Page(WSListener):
    """A room's page that remembers its cursor and which messages it was shown."""

    def __init__(self, storm: Storm, caller: Caller, start: Position) -> None:
        super().__init__()
        self.storm, self.caller, self.start, self.cursor = storm, caller, start, start
        self.seen: set[int] = set()
        self.live = False
        self.tries = 0
        self.transport: WSTransport | None = None

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport
        transport.send(WSMsgType.TEXT, json.dumps({"type": "sync", "cursor": str(self.cursor)}).encode())

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type is not WSMsgType.TEXT:
            return
        cursor, shown, greets = read(frame.get_payload_as_bytes(), bool(frame.rsv1))
        self.cursor = cursor or self.cursor
        self.seen |= shown
        self.live = self.live or greets

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self.live, self.transport = False, None

    def lacks(self, positions: Sequence[int]) -> list[int]:
        return [at for at in positions if self.start.clock < at <= self.cursor.clock and at not in self.seen]

    async def connect(self) -> None:
        """Try until it is let in, at the pace of htmx."""
        while self.transport is None:
            self.tries += 1
            try:
                await ws_connect(
                    lambda: self,
                    self.storm.url,
                    extra_headers={
                        "Cookie": f"session={self.caller.session}",
                        "Origin": self.caller.server.url,
                        "Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits",
                    },
                    websocket_handshake_timeout=HANDSHAKE_SECONDS,
                )
            except (OSError, TimeoutError, WSError):
                await asyncio.sleep(delay_before(self.tries))


class Storm:
    """The pages, in a thread and an event loop of their own."""

    def __init__(self, callers: Sequence[Caller], count: int) -> None:
        html = callers[0].get(LOBBY)
        path = next(path for path in FakePage(html).sockets() if path.startswith("/live/rooms/"))
        self.url = f"{callers[0].server.url.replace('http', 'ws', 1)}{path}"
        start = find_cursor(html)
        assert start
        self.pages = [Page(self, callers[number % len(callers)], start) for number in range(count)]
        self.loop = asyncio.new_event_loop()
        self.coming: list[asyncio.Task[None]] = []

    def open(self) -> None:
        """Connect everybody, a few at a time."""

        async def open() -> None:
            for first in range(0, len(self.pages), OPENED_AT_ONCE):
                await asyncio.gather(*[page.connect() for page in self.pages[first : first + OPENED_AT_ONCE]])

        asyncio.run_coroutine_threadsafe(open(), self.loop).result()
        self.wait_until(lambda page: page.live, "connected", 20)

    def break_out(self, jitter: float) -> None:
        """Drop every socket at once; each comes back after up to `jitter` seconds."""

        async def come_back(page: Page) -> None:
            await asyncio.sleep(random.uniform(0, jitter))
            await page.connect()

        async def drop() -> None:
            for page in self.pages:
                assert page.transport
                page.transport.underlying_transport.abort()
                page.live, page.transport, page.tries = False, None, 0
                self.coming.append(self.loop.create_task(come_back(page)))

        asyncio.run_coroutine_threadsafe(drop(), self.loop).result()

    def wait_until(self, condition: Callable[[Page], bool], what: str, seconds: float) -> float:
        """Wait until that is so of every page; return the seconds it took."""
        began = time.monotonic()
        while missing := sum(not condition(page) for page in self.pages):
            assert time.monotonic() - began < seconds, f"{missing} pages are not {what} after {seconds} s"
            time.sleep(0.02)
        return time.monotonic() - began

    async def leave(self) -> None:
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        for page in self.pages:
            if page.transport:
                page.transport.underlying_transport.abort()
        await asyncio.sleep(0)
        self.loop.stop()


@contextmanager
def storm(callers: Sequence[Caller], count: int) -> Iterator[Storm]:
    """`count` pages of the Lobby, connected; they belong to these people, in turn."""
    storm = Storm(callers, count)
    thread = threading.Thread(target=storm.loop.run_forever, name="storm")
    thread.start()
    try:
        storm.open()
        yield storm
    finally:
        storm.loop.call_soon_threadsafe(lambda: storm.loop.create_task(storm.leave()))
        thread.join(20)
        storm.loop.close()
