"""Clients that come and go all the time, each leaving in a way of its own."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import count

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Origin

from e2e.sockets import Caller

STAY_SECONDS = 3.0
"""How long a visitor stays, on the average."""


class Churn:
    """Opens `rate` sockets a second for these people, in turn, on these paths."""

    def __init__(self, people: Sequence[Caller], paths: Sequence[str], rate: float) -> None:
        self.people, self.paths, self.rate = people, paths, rate
        self.outcomes: Counter[str] = Counter()
        self.loop = asyncio.new_event_loop()
        self.over = asyncio.Event()

    async def run(self) -> None:
        visits: set[asyncio.Task[None]] = set()
        began = self.loop.time()
        for number in count():
            delay = began + number / self.rate - self.loop.time()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, delay)):
                    await self.over.wait()
            if self.over.is_set():
                break
            visit = self.loop.create_task(self.visit(self.people[number % len(self.people)], number))
            visits.add(visit)
            visit.add_done_callback(visits.discard)
        await asyncio.gather(*visits)

    async def visit(self, person: Caller, number: int) -> None:
        path = self.paths[number % len(self.paths)]
        try:
            socket = await connect(
                f"ws://127.0.0.1:{person.server.port}{path}", origin=Origin(person.server.url), proxy=None,
                additional_headers={"Cookie": f"session={person.session}"}, max_size=None, close_timeout=2,
                local_addr=(f"127.0.2.{1 + number % 200}", 0),
            )  # fmt: skip
        except (OSError, TimeoutError, InvalidHandshake, EOFError) as error:
            self.outcomes[f"refused: {error}"] += 1
            return
        with contextlib.suppress(ConnectionClosed, OSError):
            await self.stay(socket)
        self.outcomes["left"] += 1

    async def stay(self, socket: ClientConnection) -> None:
        """Say where one is (or nothing, or nonsense), read for a while, and go: politely, or without a word."""
        manner = random.random()
        if manner < 0.9:
            cursor = random.choice(["", "nowhere.1"])
            await socket.send(json.dumps({"type": "sync", "cursor": cursor}) if manner > 0.05 else "{")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(random.expovariate(1 / STAY_SECONDS)):
                async for _ in socket:
                    pass
        if random.random() < 0.5:
            await socket.close()
        else:
            socket.transport.abort()


@contextlib.contextmanager
def churning(people: Sequence[Caller], paths: Sequence[str], rate: float = 20) -> Iterator[Churn]:
    """Let people come and go while the block runs; at its end the last of them leave."""
    churn = Churn(people, paths, rate)
    thread = threading.Thread(target=churn.loop.run_until_complete, args=[churn.run()])
    thread.start()
    try:
        yield churn
    finally:
        churn.loop.call_soon_threadsafe(churn.over.set)
        thread.join()
        churn.loop.close()
