"""Who takes part: each is started on the server's core, opens its door to a crowd, and says things to the room."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Protocol
from urllib.parse import urlencode

from e2e import server, services
from e2e.bench.caller import Answer, Caller
from e2e.bench.client import Door
from e2e.bench.machine import SERVER_CORE, cpu_seconds, family, on_core, unshared_bytes
from e2e.bench.team import Team, found_team

APPS = Path(__file__).resolve().parent / "apps"
REPOSITORY = APPS.parent.parent.parent
PEOPLE = 2000
"""Everybody posts ten times in ten seconds at most, and a socket that opens belongs to somebody new."""

PAYLOAD = 580
"""Bytes that the others pass on: what a message of Rooms is on its way to a browser, drawn and compressed."""

CAPS = {"SOCKETS_PER_USER": "100000", "SOCKETS_PER_ADDRESS": "100000", "SOCKETS_PER_PROCESS": "100000"}


class Speaker(Protocol):
    """A crowd, one of whose sockets can send something."""

    async def speak(self, line: str) -> None: ...


Say = Callable[[Speaker | None, str], Awaitable[None]]


@dataclass
class Running:
    """A contestant that is up."""

    pids: list[int]
    door: Door
    say: Say
    """Say a text to the room."""
    alone: bool = False
    """Whether that works with nobody in the room: over HTTP, not by one of its sockets."""
    database: Callable[[], list[int]] = list
    """The processes of its database."""

    def cpu(self) -> float:
        return cpu_seconds(self.pids)

    def database_cpu(self) -> float:
        return cpu_seconds(self.database())

    def memory(self) -> int:
        return unshared_bytes(self.pids)


class Program(services.Service):
    """A server that is a command and a port."""

    def __init__(self, folder: Path, name: str, command: list[str], **variables: str) -> None:
        super().__init__(folder)
        self.name, self.arguments = name, [word.replace("{port}", str(self.port)) for word in command]
        self.variables = os.environ | variables | {"PORT": str(self.port)}

    def command(self) -> list[str]:
        return self.arguments

    def environment(self) -> dict[str, str]:
        return dict(self.variables)

    def ready(self) -> bool:
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=1)
            connection.request("GET", "/up")
            return connection.getresponse().status > 0
        return False


@contextlib.contextmanager
def started[S: services.Service](service: S) -> Iterator[S]:
    try:
        with on_core(SERVER_CORE):
            service.start()
        yield service
    finally:
        service.stop()


@contextlib.contextmanager
def program(name: str, command: list[str], **variables: str) -> Iterator[Program]:
    with services.temporary_folder() as folder, started(Program(folder, name, command, **variables)) as running:
        yield running


@contextlib.contextmanager
def beside[S: services.Service](service: contextlib.AbstractContextManager[S]) -> Iterator[S]:
    """A database or a broker, on the core of the server that uses it."""
    with contextlib.ExitStack() as stack:
        with on_core(SERVER_CORE):
            entered = stack.enter_context(service)
        yield entered


def processes(service: services.Service) -> list[int]:
    if service.process is None:
        raise services.ServiceError(f"{service.name} is not running")
    return family(service.process.pid)


def pad(text: str) -> str:
    return text.ljust(PAYLOAD, ".")


def by_socket(encode: Callable[[str], str]) -> Say:
    async def say(crowd: Speaker | None, text: str) -> None:
        if crowd is None:
            raise RuntimeError("Nobody is there to say it")
        await crowd.speak(encode(pad(text)))

    return say


# Others


@contextlib.contextmanager
def tutorial(**variables: str) -> Iterator[Running]:
    command = [sys.executable, "-m", "uvicorn", "e2e.bench.apps.tutorial:application", "--port", "{port}"]
    quiet = ["--log-level", "warning", "--ws-per-message-deflate", "false", "--app-dir", str(REPOSITORY)]
    with program("tutorial", [*command, *quiet], **variables) as running:
        door = Door(f"ws://127.0.0.1:{running.port}/chat/")
        yield Running(processes(running), door, by_socket(lambda text: json.dumps({"message": text})))


@contextlib.contextmanager
def tutorial_redis() -> Iterator[Running]:
    with beside(services.redis()) as redis, tutorial(BENCH_REDIS=redis.url) as contestant:
        contestant.database = lambda: processes(redis)
        yield contestant


@contextlib.contextmanager
def node(name: str, package: str) -> Iterator[Program]:
    """A Node program with one package, which npm brings the first time."""
    executable = services.find_program("node", remedy="apt install nodejs npm")
    folder = REPOSITORY / ".bench" / name
    if not (folder / "node_modules").exists():
        folder.mkdir(parents=True, exist_ok=True)
        npm = services.find_program("npm", remedy="apt install npm")
        subprocess.run([npm, "install", "--silent", "--prefix", str(folder), package], check=True)
    with program(name, [executable, str(APPS / f"{name}.js")], NODE_PATH=str(folder / "node_modules")) as running:
        yield running


@contextlib.contextmanager
def ws() -> Iterator[Running]:
    with node("ws", "ws@8.23.0") as running:
        yield Running(processes(running), Door(f"ws://127.0.0.1:{running.port}/"), by_socket(str))


@contextlib.contextmanager
def socket_io() -> Iterator[Running]:
    with node("socket.io", "socket.io@4.8.4") as running:
        url = f"ws://127.0.0.1:{running.port}/socket.io/?EIO=4&transport=websocket"
        say = by_socket(lambda text: f"42{json.dumps(['chat', text])}")
        yield Running(processes(running), Door(url, answers={"0": "40", "2": "3"}, ready=b"40{"), say)


@contextlib.contextmanager
def nchan() -> Iterator[Running]:
    remedy = "apt install nginx libnginx-mod-nchan"
    nginx = services.find_program("nginx", "/usr/sbin/nginx", remedy=remedy)
    module = next(Path("/usr/lib/nginx/modules").glob("*nchan*"), None)
    if module is None:
        raise services.ServiceError(f"Nchan is missing: {remedy}")
    with services.temporary_folder() as folder:
        service = Program(folder, "nchan", [nginx, "-c", str(folder / "nginx.conf")])
        configuration = (APPS / "nchan.conf").read_text().format(module=module, folder=folder, port=service.port)
        (folder / "nginx.conf").write_text(configuration)
        with started(service):
            caller = Caller(service.port)

            async def say(crowd: Speaker | None, text: str) -> None:
                await caller.post("/pub", pad(text), "text/plain")

            yield Running(processes(service), Door(f"ws://127.0.0.1:{service.port}/sub"), say, alone=True)


@contextlib.contextmanager
def action_cable() -> Iterator[Running]:
    remedy = "apt install ruby-railties ruby-actioncable puma"
    puma = services.find_program("puma", remedy=remedy)
    bind = ["--bind", "tcp://127.0.0.1:{port}", "--environment", "production", "--threads", "5:5", "--quiet"]
    with program("action cable", [puma, *bind, str(APPS / "cable.ru")]) as running:
        channel = json.dumps({"channel": "ChatChannel"})

        def perform(text: str) -> str:
            return json.dumps(
                {"command": "message", "identifier": channel, "data": json.dumps({"action": "say", "message": text})}
            )

        subscribe = json.dumps({"command": "subscribe", "identifier": channel})
        headers = {"Sec-WebSocket-Protocol": "actioncable-v1-json", "Origin": f"http://127.0.0.1:{running.port}"}
        url = f"ws://127.0.0.1:{running.port}/cable"
        door = Door(
            url, lambda number: headers, answers={'{"type":"welcome"': subscribe}, ready=b"confirm_subscription"
        )
        yield Running(processes(running), door, by_socket(perform))


# Ours, and the naive one on the same tables


class Naive(server.Server):
    """apps/naive.py in the place of Rooms."""

    name = "naive"

    def command(self) -> list[str]:
        command = [sys.executable, "-m", "uvicorn", "e2e.bench.apps.naive:application", "--port", str(self.port)]
        return [*command, "--log-level", "warning", "--ws-per-message-deflate", "false"]


@dataclass
class Installation(Running):
    """Rooms, or the naive chat, with its people."""

    team: Team = field(default_factory=lambda: Team(0, "", [], 0, 0))
    line: Caller = field(default_factory=lambda: Caller(0))
    """One connection, kept open, for everybody's requests."""
    posts: int = 0

    def cursor(self, behind: int = 0) -> str:
        """Where a page stands that lacks so many messages."""
        return f"{self.team.epoch}.{self.team.clock + self.posts - behind}"

    async def get(self, person: int, path: str, **headers: str) -> Answer:
        return await self.line.request("GET", path, headers=self.headers(person) | headers)

    async def post(self, path: str, text: str, **headers: str) -> Answer:
        """Post a text to a room: each by the next of the people, with a key of its own."""
        self.posts += 1
        form = {"Content-Type": "application/x-www-form-urlencoded", "X-CSRFToken": self.team.token}
        body = urlencode({"body": text, "key": f"bench-{self.posts}"}).encode()
        return await self.line.request("POST", path, body, self.headers(self.posts) | form | headers)

    def headers(self, person: int) -> dict[str, str]:
        return self.team.headers(person, f"http://127.0.0.1:{self.line.port}")


@cache
def prepared_folder() -> Path:
    return prepared_folders.enter_context(server.prepared())


prepared_folders = contextlib.ExitStack()
"""Of this run. Closed at its end."""


@contextlib.contextmanager
def installed(
    kind: type[server.Server] = server.Server, people: int = PEOPLE, messages: int = 1000, **settings: str
) -> Iterator[Installation]:
    prepared = prepared_folder()
    with services.temporary_folder() as folder:
        variables = server.environment(
            STATIC_ROOT=str(prepared / "staticfiles"), LOG_LEVEL="WARNING", **CAPS, **settings
        )
        installation = kind(folder, variables)
        installation.migrate(prepared / "rooms.sqlite3")
        team = found_team(installation, people, messages)
        with started(installation):
            await_workers(installation)
            door = Door(f"ws://127.0.0.1:{installation.port}/chat/", lambda n: team.headers(n, installation.url))
            line = Caller(installation.port)
            yield Installation(processes(installation), door, refuse, team=team, line=line)
            line.close()
        if "Traceback" in installation.log:
            raise services.ServiceError(installation.log)


def await_workers(installation: server.Server) -> None:
    wanted = int(installation.settings.get("WEB_CONCURRENCY", "1"))
    if wanted > 1:
        started = lambda: len(re.findall(r"Started server process", installation.log)) >= wanted  # noqa: E731
        services.wait_until(started, f"{wanted} workers did not start:\n{installation.log}")


async def refuse(crowd: Speaker | None, text: str) -> None:
    raise RuntimeError("This contestant is not spoken to")


@contextlib.contextmanager
def naive() -> Iterator[Installation]:
    with installed(Naive) as installation:
        yield installation


@contextlib.contextmanager
def rooms(people: int = PEOPLE, messages: int = 1000, **settings: str) -> Iterator[Installation]:
    with installed(server.Server, people, messages, **settings) as installation:
        team, port = installation.team, installation.line.port
        compression = {"Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits"}

        async def say(crowd: Speaker | None, text: str) -> None:
            await installation.post("/rooms/lobby/messages/", text, **{"HX-Request": "true"})

        installation.say, installation.alone = say, True
        installation.door = Door(
            f"ws://127.0.0.1:{port}/live/rooms/{team.room}/",
            lambda number: installation.headers(number) | compression,
            lambda: sync(installation.cursor()),
            ready=b'-status"',
        )
        yield installation


def sync(cursor: str) -> bytes:
    """What a page of Rooms says first."""
    return json.dumps({"type": "sync", "cursor": cursor}).encode()


@contextlib.contextmanager
def rooms_on_postgresql(people: int = PEOPLE, messages: int = 1000, **settings: str) -> Iterator[Installation]:
    with beside(services.postgresql()) as database:
        settings["DATABASE_URL"] = database.new_database()
        with rooms(people, messages, **settings) as installation:
            installation.database = lambda: processes(database)
            yield installation


@contextlib.contextmanager
def rooms_grown() -> Iterator[Installation]:
    """PostgreSQL, Redis, two workers."""
    with contextlib.ExitStack() as stack:
        redis = stack.enter_context(beside(services.redis()))
        installation = stack.enter_context(rooms_on_postgresql(REDIS_URL=redis.url, WEB_CONCURRENCY="2"))
        database = installation.database
        installation.database = lambda: [*database(), *processes(redis)]
        yield installation


ROOMS = "Rooms (SQLite, memory)"
ROOMS_GROWN = "Rooms (PostgreSQL, Redis, 2 workers)"

CROWDED: dict[str, Callable[[], contextlib.AbstractContextManager[Running]]] = {
    ROOMS: rooms,
    ROOMS_GROWN: rooms_grown,
    "Nchan": nchan,
    "ws": ws,
    "Socket.IO": socket_io,
    "Rails Action Cable": action_cable,
    "Channels tutorial (memory)": tutorial,
    "Channels tutorial (Redis)": tutorial_redis,
}
"""Those whose rooms fill with sockets."""
