"""What Linux says of a server's connections: who is connected, and how much waits for them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from e2e.server import Server

STATES = {"01": "ESTABLISHED", "04": "FIN-WAIT-1", "05": "FIN-WAIT-2", "06": "TIME-WAIT", "07": "CLOSED"}


class Tie:
    """A client's connection to the server, as the server's side of the kernel sees it."""

    def __init__(self, server_port: int, client_port: int) -> None:
        self.server_port, self.client_port = server_port, client_port
        self.sizes: list[int] = []
        """Bytes sent or to be sent that the client has not taken: `ss` calls it Send-Q."""

    def look(self) -> tuple[str, int] | None:
        """The state of the server's end and its Send-Q in bytes; None when there is no such end any more."""
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
            _, local, remote, state, queues = line.split()[:5]
            if (port_of(local), port_of(remote)) == (self.server_port, self.client_port):
                return STATES.get(state, state), int(queues.partition(":")[0], 16)
        return None

    @contextmanager
    def watched(self, interval: float = 0.05) -> Iterator[None]:
        """Collect `sizes` while the block runs."""
        over = threading.Event()

        def watch() -> None:
            while not over.wait(interval):
                if seen := self.look():
                    self.sizes.append(seen[1])

        thread = threading.Thread(target=watch)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def wait_until_gone(self, seconds: float) -> float:
        """Wait until the server holds the connection no longer; return the seconds it took."""
        began = time.monotonic()
        while (seen := self.look()) and seen[0] == "ESTABLISHED":
            assert time.monotonic() - began < seconds, f"after {seconds} s it still is {seen}"
            time.sleep(0.05)
        return time.monotonic() - began


def port_of(address: str) -> int:
    return int(address.partition(":")[2], 16)


def process(server: Server) -> psutil.Process:
    assert server.process
    return psutil.Process(server.process.pid)


def count_sockets(server: Server) -> int:
    """How many connections the server's process holds, what it listens on and its own to others included."""
    return len(process(server).net_connections("tcp"))
