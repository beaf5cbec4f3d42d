"""Servers to be measured: started on their core, with what it takes to speak to their rooms."""

from __future__ import annotations

import contextlib
import http.client
import os
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from e2e import services
from e2e.bench.client import Door
from e2e.bench.machine import SERVER_CORE, cpu_seconds, family, on_core, unshared_bytes

PAYLOAD = 580
"""Bytes that the others pass on: what a message of Rooms is on its way to a browser, drawn and compressed."""


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
