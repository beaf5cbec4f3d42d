"""A client that does what an htmx page does with its socket, light enough for hundreds of them."""

from __future__ import annotations

import asyncio
import json
import random
from typing import TYPE_CHECKING, Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Origin

from e2e.faults.screen import Screen
from e2e.sockets import Caller

if TYPE_CHECKING:
    from e2e.faults.crowd import Crowd

COMES_BACK = {1001, 1005, 1006, 1011, 1012, 1013, 1014}
"""The codes on which htmx connects again. On any other the page stays as it is."""

FIRST_DELAY, LONGEST_DELAY, JITTER = 0.5, 60.0, 0.3
"""htmx's reconnectDelay and reconnectMaxDelay, in seconds, and its reconnectJitter."""

OPEN_SECONDS = 20.0


class Witness:
    """One page of a room: keeps its messages and its cursor, asks from there whenever its socket opens."""

    def __init__(self, crowd: Crowd, name: str, caller: Caller, html: str, path: str, address: str) -> None:
        self.crowd, self.name, self.caller, self.path, self.address = crowd, name, caller, path, address
        self.screen = Screen(html)
        self.live = False
        self.gone = False
        self.socket: ClientConnection | None = None

    async def run(self) -> None:
        attempts = 0
        while not self.gone:
            code = 1006
            try:
                async with self.crowd.gate:
                    self.socket = await self._open()
                attempts = 0
                code = await self._follow(self.socket)
            except (OSError, TimeoutError, InvalidHandshake, EOFError, ConnectionClosed) as error:
                self._note("close", "fail", code=code, error=repr(error))
            finally:
                self._let_go()
            self.gone = self.gone or code not in COMES_BACK
            if not self.gone:
                attempts += 1
                await asyncio.sleep(delay_before(attempts))

    async def _open(self) -> ClientConnection:
        self._note("open", "invoke")
        socket = await connect(
            f"{self.crowd.url.replace('http', 'ws', 1)}{self.path}",
            additional_headers={"Cookie": f"session={self.caller.session}"},
            origin=Origin(self.crowd.url), proxy=None, max_size=None, ping_interval=None, close_timeout=1,
            open_timeout=OPEN_SECONDS, local_addr=(self.address, 0),
        )  # fmt: skip
        self._note("open", "ok")
        return socket

    async def _follow(self, socket: ClientConnection) -> int:
        try:
            await socket.send(json.dumps({"type": "sync", "cursor": str(self.screen.cursor or "")}))
            while not self.gone:
                self._take(await socket.recv(decode=True))
        except ConnectionClosed:
            pass
        if self.gone:
            await socket.close()
        code = socket.close_code or 1006
        self._note("close", code=code)
        return code

    def _let_go(self) -> None:
        if self.socket:
            self.socket.transport.abort()
        self.live, self.socket = False, None

    def _take(self, frame: str) -> None:
        taken = self.screen.take(frame)
        self.live = True
        self.gone = taken.farewell
        if taken.cursor or taken.shown or taken.farewell:
            cursor = [*taken.cursor] if taken.cursor else None
            told = {"shown": taken.shown, "reset": taken.reset, "cut": taken.cut, "farewell": taken.farewell}
            self._note("see", cursor=cursor, **told)

    def _note(self, op: str, type: Any = "info", **values: Any) -> None:
        self.crowd.history.note(self.name, op, type, **values)


def delay_before(attempt: int) -> float:
    """Seconds that htmx waits before its nth attempt since a socket was last open."""
    delay: float = min(FIRST_DELAY * 2 ** (attempt - 1), LONGEST_DELAY)
    return delay * random.uniform(1 - JITTER, 1 + JITTER)
