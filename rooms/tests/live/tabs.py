"""Browser tabs without a browser and a network without a network: everything between them is the application itself.

Time passes only where a test says so: a hub's reads can be held back, sockets blocked, answers delayed. `settle`
returns when all that can happen has happened.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Callable
from typing import Any

from bs4 import Tag as Element
from channels.routing import URLRouter
from django.db import OperationalError
from django.test import Client

from rooms.live import transport
from rooms.live.database import DatabaseThreads
from rooms.live.feed import Position
from rooms.live.hub import Hub
from rooms.live.origin import OriginGuard
from rooms.live.protocol import EXTENSION
from rooms.live.sweep import Sweep
from rooms.live.testing import FakePage
from rooms.routing import websocket_urlpatterns

logger = logging.getLogger("rooms.live")
application = OriginGuard(URLRouter(websocket_urlpatterns))

ROUNDS_OF_PEACE = 30
"""Turns of the event loop without anything under way after which nothing will come: no chain of callbacks is longer."""


class HeldThreads(DatabaseThreads):
    """The hub's threads, whose answers arrive when the test lets them: read early, heard late."""

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self.busy = 0
        self.idle = asyncio.Event()
        self.holding = False
        self.held: list[asyncio.Future[None]] = []
        self.away = False
        """Whether the database is."""

    async def run[T](self, function: Callable[..., T], *args: Any) -> T:
        if self.away:
            raise OperationalError("the database is away")
        self.busy += 1
        self.idle.clear()
        try:
            result = await super().run(function, *args)
        finally:
            self.busy -= 1
            if not self.busy:
                self.idle.set()
        if self.holding:
            self.held.append(asyncio.get_running_loop().create_future())
            await self.held[-1]
        return result

    def let_go(self, index: int = 0) -> None:
        """Let one answer arrive."""
        future = self.held.pop(index % len(self.held))
        if not future.done():
            future.set_result(None)


class Complaints(logging.Handler):
    """Turns warnings of the live layer into failures, unless something is away that it may complain of."""

    def __init__(self, network: Network) -> None:
        super().__init__(logging.WARNING)
        self.network = network

    def emit(self, record: logging.LogRecord) -> None:
        if not self.network.threads.away:
            self.network.failures.append(AssertionError(record.getMessage()))


class Network:
    """One server process, the tabs that talk to it, and a thread for whatever else writes to the database."""

    def __init__(self) -> None:
        self.outside = DatabaseThreads(1)
        self.tabs: list[Tab] = []
        self.restored = False
        """Whether a backup was restored: then, and only then, a page may go back."""
        self.failures: list[BaseException] = []
        """What tabs noticed and what the live layer complained of."""
        self.complaints = Complaints(self)
        logger.addHandler(self.complaints)
        self.start()

    def start(self) -> None:
        self.hub = Hub.current()
        self.threads = self.hub.threads = HeldThreads(1)

    async def restart(self) -> None:
        """The server goes without a word and comes back."""
        for tab in self.tabs:
            tab.drop()
        await self.settle()
        await self.hub.stop()
        self.start()

    async def stop(self) -> None:
        for tab in self.tabs:
            tab.drop()
        await self.quiet()
        await self.hub.stop()
        await asyncio.to_thread(self.outside.shut_down)
        logger.removeHandler(self.complaints)

    def sweep(self) -> None:
        self.hub.spawn(Sweep(self.hub).once())

    async def settle(self) -> None:
        """Wait until nothing is under way that is not held, blocked or delayed on purpose; raise what went wrong."""
        await self.quiet()
        if self.failures:
            raise self.failures.pop(0)

    async def quiet(self) -> None:
        peace = 0
        while peace < ROUNDS_OF_PEACE:
            await asyncio.sleep(0)
            peace += 1
            if self.threads.busy:
                await self.threads.idle.wait()
                peace = 0


class Tab:
    """A page that a person has open, with its sockets: what htmx and the browser would make of both."""

    def __init__(self, network: Network, client: Client, html: str, *, shared: bool = False) -> None:
        self.network = network
        self.shared = shared
        """Whether its server offers the extension of rooms.live.protocol, or nothing but ASGI."""
        self.client = client
        self.page = FakePage(html)
        self.sockets: dict[str, Socket] = {}
        self.greeting: dict[str, Any] | None = None
        """What the room's socket is told first, instead of what the page says."""
        self.frames: list[str] = []
        self.blocked = asyncio.Event()
        self.blocked.set()
        self.unsent: list[tuple[str, dict[str, str]]] = []
        self.answers: list[tuple[str, Element | None, str]] = []
        self.check: Callable[[str], None] = lambda html: None
        """Called with each piece of HTML that came in, when it is in the page."""
        network.tabs.append(self)

    # The sockets

    def connect(self) -> None:
        """Open every socket that the page asks for and that is not open."""
        for path in self.page.sockets():
            if path not in self.sockets:
                self.sockets[path] = Socket(self, path)

    def drop(self) -> None:
        """Lose the connection; the next one reads again."""
        for socket in list(self.sockets.values()):
            socket.end()
        self.unblock()

    def block(self) -> None:
        """Read no more."""
        self.blocked.clear()

    def unblock(self) -> None:
        self.blocked.set()
        for socket in list(self.sockets.values()):
            socket.writer.flush()

    def greet(self, socket: Socket) -> None:
        """As hx-ws does when a socket opens: what was in line goes first, then what the form says at the opening."""
        values = self.page.sockets().get(socket.path)
        if self.greeting and "room" in socket.path:
            values = self.greeting
        for signal in [signal for signal in self.unsent if signal[0] == socket.path]:
            self.unsent.remove(signal)
            socket.say(signal[1])
        if values:
            socket.say(values)

    def hear(self, html: str) -> None:
        self.frames.append(html)
        self.page.apply(html)
        self.took_in(html)

    def took_in(self, html: str) -> None:
        """Close the sockets whose elements have gone, say what new elements have to say."""
        if 'hx-swap="delete"' in html:
            for path in self.sockets.keys() - self.page.sockets().keys():
                self.sockets[path].end()
        signals, self.page.signals = self.page.signals, []
        for path, values in signals:
            if socket := self.sockets.get(path):
                socket.say(values)
            else:
                self.unsent.append((path, values))
        self.check(html)

    # Requests, whose answers are read at once and arrive when `answer` is called

    async def request(self, url: str, source: Element | None = None, swap: str = "none", **data: str) -> None:
        verb = self.client.post if data else self.client.get
        headers = {"HX-Request": "true"}
        response = await self.network.outside.run(lambda: verb(url, data, headers=headers))
        if response.status_code == 200:
            self.answers.append((response.content.decode(), source, swap))

    async def post(self, url: str, body: str, key: str) -> None:
        """Send a composer, with what its `hx-include` names."""
        marks = self.page.document.select("#log-first, #log-mark")
        included = {str(mark["name"]): str(mark["value"]) for mark in marks}
        await self.request(url, body=body, key=key, **included)

    async def scroll_up(self) -> None:
        await self.follow("older")

    async def scroll_down(self) -> None:
        await self.follow("newer")

    async def follow(self, name: str) -> None:
        """Ask for what is older or newer, unless that is asked for already."""
        link = self.page.document.find(id=name)
        if isinstance(link, Element) and not any(source is link for _, source, _ in self.answers):
            await self.request(str(link["hx-get"]), link, "outerHTML")

    async def change_place(self) -> None:
        """Scroll away from the end of the log, or come to it."""
        sentinel = self.page.document.select_one("#log-place > .log__sentinel")
        if sentinel is not None and not any(source is sentinel for _, source, _ in self.answers):
            await self.request(str(sentinel["hx-get"]), sentinel, "outerHTML")

    async def poll(self) -> None:
        """What the watchdog does while the line is silent."""
        watchdog = self.page.document.select_one("#room .live__watchdog")
        if self.sockets or watchdog is None:
            return
        if not any(source is watchdog for _, source, _ in self.answers):
            cursor = self.page.document.select_one(f"{str(watchdog['hx-include']).split(',')[0]} [name=cursor]")
            assert cursor is not None
            await self.request(f"{watchdog['hx-get']}?cursor={cursor['value']}", watchdog)

    def answer(self, index: int = 0) -> None:
        """Let the answer to a request arrive."""
        html, source, swap = self.answers.pop(index % len(self.answers))
        self.page.respond(html, source, swap)
        self.took_in(html)


class Writer:
    """What rooms.live.protocol offers a consumer, before a reader that may read nothing."""

    def __init__(self, socket: Socket) -> None:
        self.socket = socket
        self.frames: list[str] = []
        self.congested = False
        self.drained: Callable[[], None] = lambda: None

    def write(self, frame: str, before: bytes = b"") -> None:
        self.frames += [before.decode(), frame] if before else [frame]
        self.congested = sum(map(len, self.frames)) > transport.OUTBOX_LIMIT
        if self.socket.tab.blocked.is_set():
            self.flush()

    def flush(self) -> None:
        """The reader takes what there is."""
        while self.frames:
            self.socket.hear(self.frames.pop(0))
        if self.congested:
            self.congested = False
            self.drained()

    def abort(self) -> None:
        self.socket.end()


class Socket:
    """An open WebSocket, as the server's ASGI application sees it."""

    def __init__(self, tab: Tab, path: str) -> None:
        self.tab = tab
        self.path = path
        self.code: int | None = None
        self.over = False
        self.cursor: Position | None = None
        self.check: Callable[[str], None] = lambda html: None
        """Called with each frame."""
        self.writer = Writer(self)
        self.messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.messages.put_nowait({"type": "websocket.connect"})
        self.task = asyncio.get_running_loop().create_task(application(self.scope(), self.messages.get, self.send))

    def scope(self) -> dict[str, Any]:
        cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in self.tab.client.cookies.items())
        headers = {"host": "testserver", "origin": "http://testserver", "cookie": cookies}
        return {
            "type": "websocket",
            "path": self.path,
            "query_string": b"",
            "subprotocols": [],
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "extensions": {EXTENSION: self.writer} if self.tab.shared else {},
        }

    def say(self, values: dict[str, Any]) -> None:
        self.messages.put_nowait({"type": "websocket.receive", "text": json.dumps(values)})

    def end(self, code: int = 1006) -> None:
        """Be closed, by whichever side."""
        self.over = True
        self.tab.sockets.pop(self.path, None)
        self.messages.put_nowait({"type": "websocket.disconnect", "code": code})

    def hear(self, html: str) -> None:
        if self.over:
            return
        try:
            self.tab.hear(html)
            self.watch_cursor(html)
            self.check(html)
        except AssertionError as failure:
            # Raised from here it would be the server's error, which the server survives.
            self.tab.network.failures.append(failure)

    def watch_cursor(self, html: str) -> None:
        """What a socket says of where the page is never goes back. An inbox has a digest, which knows no order."""
        if match := re.match(r'<input type="hidden" name="cursor" id="(?!live-inbox-)\S+" value="(\S+)"', html):
            cursor = Position.parse(match[1])
            assert cursor is not None
            back = self.cursor is not None and cursor < self.cursor
            assert not back or self.tab.network.restored, f"from {self.cursor} back to {cursor}"
            self.cursor = cursor

    async def send(self, message: dict[str, Any]) -> None:
        await self.tab.blocked.wait()
        if self.over:
            raise OSError("the peer has gone")
        if message["type"] == "websocket.accept":
            self.tab.greet(self)
        elif message["type"] == "websocket.send":
            self.hear(message["text"])
        else:
            self.code = message.get("code", 1006)  # None: the handshake was refused.
            self.end(self.code)
