"""Crowds too large for one client: several processes, each with an address of its own, hence ports of its own.

`python -m e2e.bench.crowds` is such a process. It reads a line of JSON, and answers with one.
"""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from dataclasses import dataclass
from typing import Any

from picows import WSError

from e2e.bench.client import Crowd, Door
from e2e.bench.machine import CLIENT_CORE, on_core

MOST = 14_000
"""Sockets of one process."""


class RemoteCrowd:
    """A crowd in a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process, first: int, address: str) -> None:
        self.process, self.first, self.address = process, first, address
        self.count = 0

    @classmethod
    async def start(cls, number: int) -> RemoteCrowd:
        command = (sys.executable, "-m", "e2e.bench.crowds")
        with on_core(CLIENT_CORE):
            process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, limit=2**24)
        return cls(process, number * MOST, f"127.0.0.{number + 2}")

    async def ask(self, **command: Any) -> dict[str, Any]:
        stdin, stdout = self.process.stdin, self.process.stdout
        if stdin is None or stdout is None:
            raise RuntimeError("A client has no pipes")
        stdin.write(json.dumps(command).encode() + b"\n")
        answer = await stdout.readline()
        if not answer:
            raise RuntimeError("A client has ended")
        found: dict[str, Any] = json.loads(answer)
        return found

    async def grow(self, door: Door, count: int) -> str:
        """Open sockets until there are `count`; return why there are not so many, if so."""
        numbers = range(self.first + self.count, self.first + count)
        hello = (door.hello() or b"").decode()
        answer = await self.ask(
            do="grow", url=door.url, address=self.address, hello=hello, ready=door.ready.decode(),
            answers=dict(door.answers), headers=[door.headers(number) for number in numbers],
        )  # fmt: skip
        self.count = answer["ready"]
        return str(answer["error"])

    async def close(self) -> None:
        if self.process.stdin:
            self.process.stdin.close()
        await self.process.wait()


@dataclass
class Multitude:
    """All the crowds of a contestant."""

    door: Door
    crowds: list[RemoteCrowd]

    @property
    def count(self) -> int:
        return sum(crowd.count for crowd in self.crowds)

    async def grow(self, count: int) -> str:
        """Open sockets until there are `count`, or no more can be had; then return why."""
        error = ""
        while self.count < count and not error:
            if not self.crowds or self.crowds[-1].count >= MOST:
                self.crowds.append(await RemoteCrowd.start(len(self.crowds)))
            last = self.crowds[-1]
            error = await last.grow(self.door, min(last.count + 1000, MOST, last.count + count - self.count))
        return error

    async def speak(self, line: str) -> None:
        """Have one of them send this."""
        await self.crowds[0].ask(do="speak", line=line)

    async def expect(self, marker: str) -> None:
        await asyncio.gather(*[crowd.ask(do="expect", marker=marker) for crowd in self.crowds])

    async def wait(self) -> tuple[int, float]:
        """How many got it, and when the last of them did (`time.perf_counter`)."""
        answers = await asyncio.gather(*[crowd.ask(do="wait") for crowd in self.crowds])
        return sum(answer["arrived"] for answer in answers), max(answer["finished_at"] for answer in answers)

    async def close(self) -> None:
        await asyncio.gather(*[crowd.close() for crowd in self.crowds])


async def serve() -> None:
    """Be one of the crowds, until nobody asks for it any more."""
    crowd = Crowd(Door(""))
    while line := await asyncio.to_thread(sys.stdin.readline):
        command = json.loads(line)
        print(json.dumps(await obey(crowd, command)), flush=True)


async def obey(crowd: Crowd, command: dict[str, Any]) -> dict[str, Any]:
    if command["do"] == "grow":
        return await grow(crowd, command)
    if command["do"] == "expect":
        crowd.expect(command["marker"])
        return {}
    if command["do"] == "speak":
        await crowd.speak(command["line"])
        return {}
    await crowd.wait()
    return {"arrived": crowd.arrived, "finished_at": crowd.finished_at}


async def grow(crowd: Crowd, command: dict[str, Any]) -> dict[str, Any]:
    headers, hello, first = command["headers"], command["hello"].encode(), len(crowd.transports)
    crowd.door = Door(
        command["url"],
        lambda number: headers[number - first],
        lambda: hello or None,
        answers=command["answers"],
        ready=command["ready"].encode(),
        address=command["address"],
    )
    try:
        await crowd.grow(first + len(headers))
    except (OSError, RuntimeError, WSError) as error:
        return {"ready": crowd.ready, "error": f"{type(error).__name__}: {error}"}
    return {"ready": crowd.ready, "error": ""}


if __name__ == "__main__":
    asyncio.run(serve())
