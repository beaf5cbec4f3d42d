"""The server is asked to end, and ends in good order."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import sqlite3
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from playwright.sync_api import expect
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from e2e.browsers import Console, OpenPage
from e2e.conftest import StartServer
from e2e.server import Server
from e2e.services import PostgreSQL, Redis, listens, wait_until
from e2e.sockets import LOBBY, TRANSPORTS, call_up, small_window
from e2e.steps import OUTAGE, composer, connected, found_team, message, say, status
from e2e.workers import workers

INBOX = "/live/inbox/"


def readiness(server: Server) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"{server.url}/up", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def gone(server: Server, seconds: float) -> float:
    """Wait until the server has ended; return when that was."""
    wait_until(server.dead, f"It is still there:\n{server.log}", seconds)
    return time.monotonic()


def test_it_says_that_it_goes_and_lets_nobody_in_but_posts(start_server: StartServer) -> None:
    server = start_server(DRAIN_SECONDS="5")  # Time enough for all of what follows
    alice, bob = call_up(server, "Alice", "Bob")
    tabs = [alice.open(), bob.open()]
    alice.get_token()
    assert readiness(server) == (200, "up\n")

    server.signal(signal.SIGTERM)
    wait_until(lambda: readiness(server) == (503, "going away\n"), "It does not say that it goes", 4)
    with pytest.raises(InvalidStatus) as refused:
        bob.connect(INBOX)
    alice.say("on the way out", key="last-words")

    assert refused.value.response.status_code == 503
    for tab in tabs:
        tab.socket.rest(8)
        assert tab.socket.code == 1012
    gone(server, 8)
    server.start()
    assert "on the way out" in bob.get(LOBBY)


@pytest.mark.parametrize("options", TRANSPORTS.values(), ids=TRANSPORTS)
def test_a_few_sockets_cost_no_time(start_server: StartServer, options: Sequence[str]) -> None:
    server = start_server(options=options)
    alice, bob = call_up(server, "Alice", "Bob")
    tabs = [alice.open(), bob.open()]

    began = time.monotonic()
    server.signal(signal.SIGTERM)
    for tab in tabs:
        tab.socket.rest(3)
        assert tab.socket.code == 1012
    assert gone(server, 8) - began < 4


def test_many_sockets_leave_one_after_the_other(start_server: StartServer) -> None:
    server = start_server(SOCKETS_PER_USER="400", SOCKETS_PER_ADDRESS="400")
    (alice,) = call_up(server, "Alice")

    async def watch_them_leave() -> list[float]:
        options: dict[str, Any] = {"origin": server.url, "proxy": None}
        options["additional_headers"] = {"Cookie": f"session={alice.session}"}
        pages = [await connect(f"ws://127.0.0.1:{server.port}{INBOX}", **options) for _ in range(400)]
        began = time.monotonic()
        server.signal(signal.SIGTERM)
        return [moment - began for moment in await asyncio.gather(*map(leave, pages))]

    async def leave(page: ClientConnection) -> float:
        await page.wait_closed()
        assert page.close_code == 1012
        return time.monotonic()

    with ThreadPoolExecutor(1) as thread:  # This one may have an event loop already: Playwright's.
        moments = thread.submit(asyncio.run, watch_them_leave()).result()
    waves = [sum(start <= moment < start + 0.25 for moment in moments) for start in (0, 0.25, 0.5, 0.75)]
    assert max(waves) < 300, f"They left at once: {waves}"
    assert max(moments) < 5
    gone(server, 5)


def test_a_post_on_its_way_arrives(server: Server) -> None:
    """Somebody else holds the lock of the database while the server is asked to end."""
    alice, bob = call_up(server, "Alice", "Bob")
    alice.get_token()
    tab = bob.open()
    with (
        closing(sqlite3.connect(server.folder / "data" / "rooms.sqlite3", isolation_level=None)) as database,
        ThreadPoolExecutor(1) as thread,
    ):
        database.execute("BEGIN IMMEDIATE")
        answer = thread.submit(alice.say, "just in time", key="just-in-time")
        with pytest.raises(TimeoutError):
            answer.result(1)
        server.signal(signal.SIGTERM)
        tab.socket.rest(3)
        database.execute("COMMIT")
        answer.result(5)
    gone(server, 5)
    server.start()
    assert "just in time" in bob.get(LOBBY)


def test_a_copy_of_the_database_file_alone_is_a_backup_once_the_server_has_ended(
    server: Server, tmp_path: Path
) -> None:
    (alice,) = call_up(server, "Alice")
    alice.get_token()
    alice.say("worth keeping", key="worth-keeping")
    server.signal(signal.SIGTERM)
    gone(server, 5)
    copy = shutil.copy(server.folder / "data" / "rooms.sqlite3", tmp_path)
    with closing(sqlite3.connect(copy)) as copied:
        assert ("worth keeping",) in copied.execute("SELECT body FROM rooms_message").fetchall()


def test_a_request_that_is_on_its_way_is_answered(server: Server) -> None:
    """Its connection was made, and nothing has come over it yet when the server stops listening."""
    with closing(socket.create_connection(("127.0.0.1", server.port), timeout=5)) as late:
        server.signal(signal.SIGTERM)
        wait_until(lambda: not listens(server.port), "It does not stop listening", 3)
        late.sendall(b"GET /accounts/sign-in/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        answer = b"".join(iter(lambda: late.recv(65_536), b""))

    assert answer.startswith(b"HTTP/1.1 ")
    assert b"connection: close" in answer.lower()
    gone(server, 3)


@pytest.mark.parametrize("options", TRANSPORTS.values(), ids=TRANSPORTS)
def test_who_does_not_read_and_who_does_not_ask_hold_it_up_for_seconds(
    start_server: StartServer, options: Sequence[str]
) -> None:
    server = start_server(options=options)
    alice, *talkers = call_up(server, "Alice", "Bob", "Chiyo", "Dilip", "Edda")
    deaf = alice.open(sock=small_window(server), compression=None, max_queue=1)
    for number in range(32):
        talkers[number % 4].say(f"{number} {'長' * 9_000}")
    with closing(socket.create_connection(("127.0.0.1", server.port))) as endless:
        endless.sendall(b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\nkey=")

        began = time.monotonic()
        server.signal(signal.SIGTERM)
        assert gone(server, 14) - began < 13
    assert deaf.socket.frames


def test_a_database_that_hangs_does_not_hold_it_up_for_ever(
    start_server: StartServer, postgresql_cluster: PostgreSQL, database_url: str
) -> None:
    server = start_server(DATABASE_URL=database_url)
    (alice,) = call_up(server, "Alice")
    tab = alice.open()
    with frozen(postgresql_cluster):
        tab.socket.send({"type": "sync", "cursor": "another.1"})
        with pytest.raises(AssertionError):
            tab.socket.until("-watchdog", 1)

        began = time.monotonic()
        server.signal(signal.SIGTERM)
        assert gone(server, 14) - began < 13


@contextmanager
def frozen(database: PostgreSQL) -> Iterator[None]:
    """Let the database's processes stand still: connections stay, answers do not come."""
    assert database.process
    postmaster = psutil.Process(database.process.pid)
    processes = [postmaster, *postmaster.children(recursive=True)]
    for process in processes:
        process.suspend()
    try:
        yield
    finally:
        for process in processes:
            process.resume()


def test_control_c_is_immediate(start_server: StartServer) -> None:
    server = start_server(DRAIN_SECONDS="5")
    (alice,) = call_up(server, "Alice")
    tab = alice.open()

    began = time.monotonic()
    server.signal(signal.SIGINT)
    tab.socket.rest(4)
    assert tab.socket.code == 1012
    assert gone(server, 8) - began < 4.5


def test_who_asks_twice_is_in_a_hurry(start_server: StartServer) -> None:
    """But not within two seconds: systemd and uvicorn's supervisor both tell a worker."""
    server = start_server(DRAIN_SECONDS="5")
    (alice,) = call_up(server, "Alice")
    alice.open()

    began = time.monotonic()
    enough = threading.Event()
    while not server.dead() and time.monotonic() - began < 6:
        server.signal(signal.SIGTERM)
        enough.wait(0.1)

    assert 1.9 < time.monotonic() - began < 4.5


@pytest.mark.parametrize("told", ["supervisor", "everyone"])
def test_two_workers_end_in_good_order(start_server: StartServer, redis: Redis, database_url: str, told: str) -> None:
    server = start_server(WEB_CONCURRENCY="2", REDIS_URL=redis.url, DATABASE_URL=database_url, DRAIN_SECONDS="5")
    people = call_up(server, *(f"Person {number}" for number in range(6)))
    workers(server)
    tabs = [person.open() for person in people]
    people[0].get_token()

    began = time.monotonic()
    assert server.process
    if told == "supervisor":
        server.signal(signal.SIGTERM)
    else:
        os.killpg(server.process.pid, signal.SIGTERM)
    wait_until(lambda: readiness(server)[0] == 503, "It does not say that it goes", 4)
    people[0].say("on the way out", key="last-words")
    for tab in tabs:
        tab.socket.rest(9)
        assert tab.socket.code == 1012
    assert 2 < gone(server, 12) - began < 11
    server.start()
    assert "on the way out" in people[1].get(LOBBY)


def test_a_page_reconnects_and_keeps_what_is_being_typed(
    start_server: StartServer, open_page: OpenPage, console: Console
) -> None:
    console.expect(f"{OUTAGE}|response code: 503")
    server = start_server(DRAIN_SECONDS="1")
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    alices, bobs = alice.open(), bob.open()
    for page in (alices, bobs):
        connected(page)
    composer(alices).fill("half a thought")

    server.signal(signal.SIGTERM)
    gone(server, 5)
    expect(status(alices)).to_contain_text("Reconnecting")
    server.start()
    for page in (alices, bobs):
        expect(status(page)).to_be_empty(timeout=20_000)
        connected(page)
    say(bobs, "there you are")
    expect(message(alices, "there you are")).to_be_visible()
    expect(composer(alices)).to_have_value("half a thought")
