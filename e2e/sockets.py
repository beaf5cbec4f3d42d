"""Clients that are no browsers: what they ask for, what a socket brings them, how it ends."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import time
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from e2e.server import Server
from e2e.steps import Member, numbers, sign_up
from rooms.live.testing import FakePage
from rooms.tests import pages

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
LOBBY = "/rooms/lobby/"

TRANSPORTS: dict[str, Sequence[str]] = {"procfile": (), "plain": ("--ws", "websockets-sansio")}
"""The options that choose how frames leave: through rooms.live.protocol, as the Procfile says, or any ASGI server."""

hang_up = contextlib.ExitStack()
"""Ends every socket that a test has opened: `hang_up.close()`."""


class Socket:
    """One socket. Nothing is read but by `receive`, `until` and `rest`; a socket that is not read is a slow reader."""

    def __init__(self, url: str, **options: Any) -> None:
        self.connection: ClientConnection = hang_up.enter_context(connect(url, **options))
        self.frames: list[str] = []

    def send(self, values: dict[str, Any] | str | bytes) -> None:
        self.connection.send(json.dumps(values) if isinstance(values, dict) else values)

    def receive(self, seconds: float) -> str:
        """The next frame. Raises TimeoutError when none comes, ConnectionClosed at the end."""
        frame = self.connection.recv(max(seconds, 0.001))
        assert isinstance(frame, str)
        assert frame.lstrip().startswith("<"), f"htmx would take this frame for JSON: {frame[:80]}"
        self.frames.append(frame)
        return frame

    def until(self, text: str, seconds: float = 5) -> str:
        """Read up to the frame that holds a text, which has to come within these seconds."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                frame = self.receive(deadline - time.monotonic())
            except TimeoutError:
                raise AssertionError(f"{text!r} did not come within {seconds} s") from None
            if text in frame:
                return frame

    def rest(self, seconds: float = 5) -> list[str]:
        """What comes until the server closes, which has to happen within these seconds."""
        known, deadline = len(self.frames), time.monotonic() + seconds
        try:
            while True:
                self.receive(deadline - time.monotonic())
        except ConnectionClosed:
            return self.frames[known:]
        except TimeoutError:
            raise AssertionError(f"The socket was not closed within {seconds} s") from None

    @property
    def code(self) -> int | None:
        """What the server closed with."""
        return self.connection.protocol.close_code


@dataclass
class Caller(Member):
    """A member who calls the server by hand."""

    token: str = ""

    def get(self, path: str) -> str:
        return self._request(path)

    def post(self, path: str, **fields: Any) -> str:
        """Submit a form as a browser would, with the token of a page."""
        token = self.token or self.get_token()
        return self._request(path, urlencode({"csrfmiddlewaretoken": token, **fields}, doseq=True).encode())

    def get_token(self) -> str:
        """Load a page for its token, which is good for every form of the session."""
        page = TOKEN.search(self.get("/rooms/new/"))
        assert page
        self.token = page[1]
        return self.token

    def say(self, text: str, room: str = LOBBY, key: str = "") -> str:
        return self.post(f"{room}messages/", body=text, key=key or f"said-{next(numbers)}")

    def connect(self, path: str, **options: Any) -> Socket:
        """Open a socket, and say nothing yet."""
        return dial(self.server, path, f"session={self.session}", **options)

    def open(self, room: str = LOBBY, **options: Any) -> Tab:
        """Load a room's page and connect it."""
        return Tab(self, room, **options)

    def _request(self, path: str, data: bytes | None = None) -> str:
        headers = {"Cookie": f"session={self.session}", "Origin": self.server.url}
        request = urllib.request.Request(f"{self.server.url}{path}", data, headers)
        with no_redirects.open(request, timeout=10) as response:
            answer: str = response.read().decode()
        return answer


class Tab:
    """A room's page, as a browser would keep it, and its socket."""

    def __init__(self, caller: Caller, room: str, **options: Any) -> None:
        self.caller, self.room = caller, room
        self.page = FakePage(caller.get(room))
        self.connect(**options)

    @property
    def path(self) -> str:
        return next(path for path in self.page.sockets() if path.startswith("/live/rooms/"))

    def connect(self, **options: Any) -> None:
        """Open the socket, again perhaps, ask from the page's cursor, and wait for the answer."""
        self.socket = self.caller.connect(self.path, **options)
        self.socket.send(self.page.sockets()[self.path])
        self.socket.until("-watchdog", 5)

    def take_in(self) -> None:
        """Let the page have what came."""
        for frame in self.socket.frames:
            self.page.apply(frame)
        self.socket.frames.clear()

    def assert_equals_reload(self) -> None:
        """Compare the page with a fresh one."""
        self.take_in()
        pages.assert_live_equals_reload(self.page.document, self.caller.get, self.room)


class NoRedirects(urllib.request.HTTPRedirectHandler):
    def http_error_302(self, req: Any, fp: Any, code: int, msg: str, headers: Any) -> Any:
        return fp


no_redirects = urllib.request.build_opener(NoRedirects, urllib.request.ProxyHandler({}))


def call_up(server: Server, *names: str) -> list[Caller]:
    """Make a team of these people (the first is its administrator), all in the open room Lobby."""
    return [Caller(server, *known) for known in sign_up(server, {name: {} for name in names})]


def dial(server: Server, path: str, cookie: str = "", **options: Any) -> Socket:
    """Open a socket as a page of the site does; `options` are those of websockets' client."""
    headers = [*options.pop("headers", []), *([("Cookie", cookie)] if cookie else [])]
    defaults: dict[str, Any] = {
        "origin": server.url, "additional_headers": headers, "proxy": None, "max_size": None, "close_timeout": 1,
    }  # fmt: skip
    return Socket(f"ws://127.0.0.1:{server.port}{path}", **(defaults | options))


def small_window(server: Server) -> socket.socket:
    """A connection whose system takes little: what its reader does not read, the server has to keep."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect(("127.0.0.1", server.port))
    return connection


@contextlib.contextmanager
def no_traceback(server: Server) -> Iterator[None]:
    """What happens inside the block is no surprise to the server."""
    before = len(server.log)
    yield
    assert "Traceback" not in server.log[before:], server.log[before:]
