"""Rooms, with people in it, and the naive chat on the same tables."""

from __future__ import annotations

import contextlib
import json
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from urllib.parse import urlencode

from e2e import server, services
from e2e.bench.caller import Answer, Caller
from e2e.bench.client import Door
from e2e.bench.servers import Running, Speaker, beside, processes, started
from e2e.bench.team import Team, found_team

PEOPLE = 2000
"""Everybody posts ten times in ten seconds at most, and a socket that opens belongs to somebody new."""

CAPS = {"SOCKETS_PER_USER": "100000", "SOCKETS_PER_ADDRESS": "100000", "SOCKETS_PER_PROCESS": "100000"}


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
    shell: Callable[[str], str] = str
    """Run Python on the installation's data; return what it prints."""

    def cursor(self, behind: int = 0) -> str:
        """Where a page stands that lacks so many messages."""
        return f"{self.team.epoch}.{self.team.clock + self.posts - behind}"

    async def get(self, person: int, path: str, **headers: str) -> Answer:
        return await self.line.request("GET", path, headers=self.headers(person) | headers)

    async def post(self, path: str, text: str, **headers: str) -> Answer:
        return await self.post_over(self.line, path, text, headers)

    async def post_over(self, line: Caller, path: str, text: str, headers: dict[str, str]) -> Answer:
        """Post a text to a room: each by the next of the people, with a key of its own."""
        self.posts += 1
        form = {"Content-Type": "application/x-www-form-urlencoded", "X-CSRFToken": self.team.token}
        body = urlencode({"body": text, "key": f"bench-{self.posts}"}).encode()
        return await line.request("POST", path, body, self.headers(self.posts) | form | headers)

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
            yield Installation(processes(installation), door, refuse, team=team, line=line, shell=installation.shell)
            line.close()
        if "Traceback" in installation.log:
            sys.stderr.write(installation.log)


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
