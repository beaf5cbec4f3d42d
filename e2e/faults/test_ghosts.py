"""Who was here when a worker, a server or a line died is not here for long."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import time

import pytest

from e2e.conftest import StartServer
from e2e.server import Server
from e2e.services import Redis, wait_until
from e2e.sockets import Caller, Tab, call_up
from e2e.workers import paused, pids, workers

GONE_SECONDS = 60
"""In which those are gone whom a dead process had."""

AGE = """
from datetime import timedelta
from django.db.models import F
from rooms.live.attendance import Attendance
print(Attendance.objects.update(seen_at=F("seen_at") - timedelta(seconds=44)))
"""

PRESENT = "from rooms.live.presence import present\nprint(sorted(present('room.1')))"


class Looker:
    """A page, and who it says is here."""

    def __init__(self, tab: Tab) -> None:
        self.socket = tab.socket

    def look(self) -> list[str]:
        with contextlib.suppress(TimeoutError):
            while True:
                self.socket.receive(0.1)
        told = [frame for frame in self.socket.frames if 'id="here-' in frame]
        return re.findall(r'title="(\w+)"', told[-1]) if told else []

    def sees(self, *names: str, seconds: float = 5) -> None:
        wait_until(lambda: self.look() == list(names), f"It says {self.look()}, not {names}", seconds)


@pytest.fixture
def two_workers(start_server: StartServer, redis: Redis) -> Server:
    return start_server(WEB_CONCURRENCY="2", REDIS_URL=redis.url)


def open_elsewhere(other: int, caller: Caller) -> Tab:
    """Open a page on the one of two workers that is not `other`."""
    with paused(other):
        return caller.open()


def test_two_workers_are_one_place(two_workers: Server) -> None:
    alice, bob = call_up(two_workers, "Alice", "Bob")
    first, second = workers(two_workers)
    alices = Looker(open_elsewhere(second, alice))
    bobs = Looker(open_elsewhere(first, bob))
    alices.sees("Alice", "Bob")
    bobs.sees("Alice", "Bob")
    bobs.socket.connection.close()
    alices.sees("Alice", seconds=10)


def test_whom_a_killed_worker_had_stops_counting(two_workers: Server) -> None:
    """The long test waits as people do; here the last sign of life is made an old one."""
    alice, bob = call_up(two_workers, "Alice", "Bob")
    first, second = workers(two_workers)
    alices = Looker(open_elsewhere(second, alice))
    open_elsewhere(first, bob)
    alices.sees("Alice", "Bob")
    os.kill(second, signal.SIGKILL)
    wait_until(lambda: len(pids(two_workers)) == 3, "The killed worker is not replaced")
    assert "2" in two_workers.shell(PRESENT)
    two_workers.shell(AGE)
    # The other worker finds it at its next heartbeat at the latest, and gives five seconds of grace.
    alices.sees("Alice", seconds=25)
    assert two_workers.shell(PRESENT).strip() == "[1]"


@pytest.mark.long
@pytest.mark.timeout(180)
def test_nobody_haunts_a_room_for_a_minute(two_workers: Server) -> None:
    alice, bob = call_up(two_workers, "Alice", "Bob")
    first, second = workers(two_workers)
    alices = Looker(open_elsewhere(second, alice))
    open_elsewhere(first, bob)
    alices.sees("Alice", "Bob")
    os.kill(second, signal.SIGKILL)
    killed = time.monotonic()
    alices.sees("Alice", seconds=GONE_SECONDS)
    assert two_workers.shell(PRESENT).strip() == "[1]"
    print(f"Gone after {time.monotonic() - killed:.1f} s")


@pytest.mark.long
@pytest.mark.timeout(180)
def test_a_server_that_was_killed_leaves_no_ghosts(server: Server) -> None:
    alice, bob = call_up(server, "Alice", "Bob")
    alices = Looker(alice.open())
    bob.open()
    alices.sees("Alice", "Bob")
    server.kill()
    server.start()
    again = Looker(alice.open())
    again.sees("Alice", seconds=GONE_SECONDS)
    assert server.shell(PRESENT).strip() == "[1]"


def test_a_server_that_ends_in_good_order_leaves_none_at_once(server: Server) -> None:
    (alice,) = call_up(server, "Alice")
    Looker(alice.open()).sees("Alice")
    server.stop()
    assert server.shell(PRESENT).strip() == "[]"
    assert "None" not in server.shell("from rooms.models import User\nprint(User.objects.get().last_seen_at)")
