"""HTTP to addresses that users write, connected to exactly where they were checked.

Everything has an end: SECONDS in all, whatever the other side does, and LIMIT bytes read.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPException
from typing import Self

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.response import HTTPResponse

from rooms.outside.guard import LATE, SECONDS, Destination, Places, Unreachable, locate
from rooms.outside.trouble import innermost

LIMIT = 64 * 1024
"""Bytes of an answer that are read."""

PIECES = 20_000
"""In which they may come: a megabyte in ordinary packets is a thousand, and of one byte each it would take seconds."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes
    """As it came, up to the limit: nothing is decompressed."""


def ask(
    method: str,
    url: str,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    limit: int = LIMIT,
    seconds: float = SECONDS,
    allowed: Places | None = None,
    wanted: Callable[[int, Mapping[str, str]], bool] | None = None,
) -> Answer:
    """Send one request; return its answer with at most `limit` bytes of the body. Redirects are not followed.

    `allowed`: see guard.check. `wanted`: whether, by status and headers, the body is worth reading at all.

    Raises Refused, Unreachable. Either way it is over after `seconds`.
    """
    deadline = time.monotonic() + seconds
    destination = locate(url, seconds, allowed)
    head = {"Host": destination.authority, "Accept-Encoding": "identity", "User-Agent": "Rooms", **(headers or {})}
    with Line(destination, deadline) as line:
        try:
            line.connect()
            line.connection.request(method, destination.target, body, head, preload_content=False, decode_content=False)
            response = line.connection.getresponse()
            content = read(response, limit) if wanted is None or wanted(response.status, response.headers) else b""
        except (urllib3.exceptions.HTTPError, HTTPException, OSError, ValueError) as error:
            raise Unreachable(LATE if line.cut else explain(error)) from error
        if line.cut:
            raise Unreachable(LATE)
    return Answer(response.status, response.headers, content)


class Line:
    """A connection that is cut at the deadline: a socket's own timeout begins anew with every byte that comes."""

    def __init__(self, destination: Destination, deadline: float) -> None:
        self.connection = connection_to(destination, max(deadline - time.monotonic(), 0.1))
        self.watchdog = threading.Timer(deadline - time.monotonic(), self.end)
        self.watchdog.daemon = True
        self.socket: socket.socket | None = None
        self.cut = False

    def __enter__(self) -> Self:
        self.watchdog.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.watchdog.cancel()
        self.connection.close()

    def connect(self) -> None:
        """Up to here one timeout holds for the whole. The socket is kept, as the connection may pass it on."""
        self.connection.connect()
        self.socket = self.connection.sock
        if self.cut:
            raise TimeoutError

    def end(self) -> None:
        self.cut = True
        if self.socket:
            with suppress(OSError):
                self.socket.shutdown(socket.SHUT_RDWR)


def connection_to(destination: Destination, timeout: float) -> HTTPConnection:
    """A connection to the checked address. The host stands in the TLS handshake, and has to be in the certificate."""
    place = (destination.address, destination.port)
    if destination.url.scheme == "http":
        return HTTPConnection(*place, timeout=timeout)
    trust = ssl.create_default_context()
    return HTTPSConnection(*place, timeout=timeout, ssl_context=trust, server_hostname=destination.host)


def read(response: HTTPResponse, limit: int) -> bytes:
    content = bytearray()
    for _ in range(PIECES):
        piece = response.read1(limit - len(content), decode_content=False) if len(content) < limit else b""
        if not piece:
            break
        content += piece
    return bytes(content)


def explain(error: BaseException) -> str:
    """What went wrong, in the words of the innermost error that has some."""
    error = innermost(error)
    if isinstance(error, TimeoutError):
        return LATE
    return str(getattr(error, "strerror", None) or error or type(error).__name__)
