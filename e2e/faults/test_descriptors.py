"""A process that may open few files: it refuses what is too much, serves the rest, and recovers (F37)."""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import psutil
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin

from e2e.conftest import StartServer
from e2e.faults.kernel import process
from e2e.services import wait_until
from e2e.sockets import LOBBY, Caller, call_up

FILES = 256
MANY = 400
AT_ONCE = 20


def test_few_descriptors_are_refusals_and_no_disaster(start_server: StartServer) -> None:
    server = start_server(SOCKETS_PER_USER="1000", SOCKETS_PER_ADDRESS="1000")
    alice, bob = call_up(server, "Alice", "Bob")
    listener, running = alice.open(), process(server)
    bob.say("before")
    listener.socket.until("before")
    files = running.num_fds()
    running.rlimit(psutil.RLIMIT_NOFILE, (FILES, FILES))

    with ThreadPoolExecutor(1) as thread:  # This one may have an event loop already: Playwright's.
        outcomes = thread.submit(asyncio.run, besiege(bob, listener.path, running)).result()

    assert set(outcomes) == {"open", "503"}
    assert FILES // 2 < outcomes["open"] < FILES
    wait_until(lambda: running.num_fds() <= files + 12, "It keeps more files open than it did", 10)  # Three a thread.
    bob.say("after")
    listener.socket.until("after")
    bob.open().assert_equals_reload()
    listener.assert_equals_reload()


async def besiege(caller: Caller, path: str, running: psutil.Process) -> Counter[str]:
    """Open more sockets than there are descriptors, and connections that ask for nothing; have a page meanwhile."""
    knocks: list[ClientConnection | str] = []
    for _ in range(MANY // AT_ONCE):
        knocks += await asyncio.gather(*[knock(caller, path) for _ in range(AT_ONCE)])
    with ExitStack() as silent:
        for _ in range(MANY):
            silent.enter_context(socket.socket()).connect(("127.0.0.1", caller.server.port))
        spent = sum(running.cpu_times()[:2])
        await asyncio.sleep(2)  # Time in which to spin.
        assert sum(running.cpu_times()[:2]) - spent < 0.5
        assert "Lobby" in await asyncio.to_thread(caller.get, LOBBY)
    await asyncio.gather(*[each.close() for each in knocks if isinstance(each, ClientConnection)])
    return Counter("open" if isinstance(each, ClientConnection) else each for each in knocks)


async def knock(caller: Caller, path: str) -> ClientConnection | str:
    """An open socket, or how it was refused."""
    try:
        return await connect(
            f"ws://127.0.0.1:{caller.server.port}{path}", origin=Origin(caller.server.url), proxy=None, close_timeout=2,
            additional_headers={"Cookie": f"session={caller.session}"},
        )  # fmt: skip
    except InvalidStatus as refused:
        return str(refused.response.status_code)
