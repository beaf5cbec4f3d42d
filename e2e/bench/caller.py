"""HTTP for the measuring: one connection, kept open, in the loop of everything else, and cheap enough not to matter."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import NamedTuple


class Answer(NamedTuple):
    status: int
    body: bytes
    seconds: float
    """From the request to the last byte of the answer."""


class Caller(asyncio.Protocol):
    def __init__(self, port: int, headers: Mapping[str, str] | None = None) -> None:
        self.port, self.headers = port, dict(headers or {})
        self.transport: asyncio.Transport | None = None
        self.received = b""
        self.answered: asyncio.Future[tuple[int, bytes]] | None = None

    async def get(self, path: str) -> Answer:
        return await self.request("GET", path)

    async def post(self, path: str, body: str, content_type: str = "application/x-www-form-urlencoded") -> Answer:
        return await self.request("POST", path, body.encode(), {"Content-Type": content_type})

    async def request(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Raises RuntimeError for an answer that is an error, or a redirect: it would be measured for a success."""
        lines = {"Host": f"127.0.0.1:{self.port}", **self.headers, **(headers or {}), "Content-Length": len(body)}
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        message = f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + body
        try:
            answer = await self.exchange(message)
        except ConnectionError:
            answer = await self.exchange(message)  # It was just about to hang up on who had been quiet for so long.
        if not 200 <= answer.status < 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {answer.body[:300]!r}")
        return answer

    async def exchange(self, message: bytes) -> Answer:
        loop = asyncio.get_running_loop()
        if self.transport is None or self.transport.is_closing():
            self.transport, _ = await loop.create_connection(lambda: self, "127.0.0.1", self.port)
        self.received, self.answered = b"", loop.create_future()
        begin = time.perf_counter()
        self.transport.write(message)
        status, body = await self.answered
        return Answer(status, body, time.perf_counter() - begin)

    def data_received(self, data: bytes) -> None:
        self.received += data
        head, end, body = self.received.partition(b"\r\n\r\n")
        if end and len(body) >= content_length(head) and self.answered and not self.answered.done():
            self.answered.set_result((int(head.split(None, 2)[1]), body))

    def connection_lost(self, exc: Exception | None) -> None:
        self.transport = None
        if self.answered and not self.answered.done():
            self.answered.set_exception(ConnectionError("The server hung up"))

    def close(self) -> None:
        if self.transport:
            self.transport.close()


def content_length(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0
