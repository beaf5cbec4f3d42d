"""Clients of the sockets that are no browsers, on good days and on bad ones."""

from __future__ import annotations

import signal
import subprocess
import time

import pytest
from websockets.exceptions import ConnectionClosed

from e2e.conftest import StartServer
from e2e.server import Server
from e2e.services import wait_until
from e2e.sockets import LOBBY, TRANSPORTS, Caller, Tab, call_up, small_window
from rooms.live.testing import FakePage

LONG = "長" * 9_000
"""27 KB of text, which a post may hold: some of them fill every buffer on the way to a reader that does not read."""

SPEAK = """
import time
from rooms.models import Room, User
room, author = Room.objects.get(slug="lobby"), User.objects.get(pk={author})
room.post(author, "from another process", "another-process")
print(time.time())
"""

FILL = """
from rooms.models import Room, User
room, author = Room.objects.get(slug="lobby"), User.objects.get(pk={author})
for number in range(40):
    room.post(author, {text!r}, f"fill-{{number}}")
"""


@pytest.fixture(params=TRANSPORTS)
def any_server(request: pytest.FixtureRequest, start_server: StartServer) -> Server:
    return start_server(options=TRANSPORTS[request.param])


def test_posting_by_socket_is_posting(server: Server) -> None:
    alice, bob = call_up(server, "Alice", "Bob")
    tab, listener = alice.open(), bob.open()

    for text in ("hello", "hello, once more with the same key"):
        tab.socket.send({"type": "message", "body": text, "key": "by-socket"})
        tab.socket.send({"type": "sync"})
        tab.socket.until("-watchdog")
    alice.say("and by form", key="by-socket")
    listener.socket.until("hello")
    tab.assert_equals_reload()
    assert texts(alice) == ["hello"]

    tab.socket.send({"type": "message", "body": "x" * 10_001, "key": "long"})
    tab.socket.until("toast--error")
    tab.socket.send({"type": "message", "body": " ", "key": "empty"})
    tab.socket.until("toast--error")
    tab.socket.send({"type": "message", "body": "x", "key": "no key!"})
    tab.socket.until("toast--error")
    for number in range(2, 11):
        tab.socket.send({"type": "message", "body": f"number {number}", "key": f"number-{number}"})
    tab.socket.until("number 10")
    tab.socket.send({"type": "message", "body": "number 11", "key": "number-11"})
    tab.socket.until("Too many messages at once")
    listener.socket.until("number 10")
    listener.assert_equals_reload()
    assert texts(alice) == ["hello", *(f"number {number}" for number in range(2, 11))]


def test_what_another_process_says_comes_without_a_bell(any_server: Server) -> None:
    alice, bob = call_up(any_server, "Alice", "Bob")
    tab = bob.open()

    said_at = float(any_server.shell(SPEAK.format(author=alice.id)))
    tab.socket.until("from another process", said_at + 6 - time.time())  # Three are promised.
    tab.assert_equals_reload()


def test_a_server_that_ends_says_so_and_waits_for_nobody(server: Server) -> None:
    people = call_up(server, "Alice", "Bob", "Chiyo", "Dilip", "Edda")
    listener = people[0].open()
    open_deaf(people[1])
    talk(people, listener)

    server.signal(signal.SIGTERM)
    listener.socket.rest(5)
    assert listener.socket.code == 1012
    wait_until(server.dead, "A reader that does not read keeps the server from ending", 5)


def test_a_slow_reader_delays_nobody_and_misses_nothing(any_server: Server) -> None:
    people = call_up(any_server, "Alice", "Bob", "Chiyo", "Dilip", "Edda")
    listener, slow = people[0].open(), open_deaf(people[1])
    spoken = talk(people, listener)
    listener.assert_equals_reload()

    last = spoken[-1]
    try:
        slow.socket.until(last, 10)
        assert len(slow.socket.frames) < len(spoken), "The reader was not slow enough for anything to be tested"
    except ConnectionClosed:
        slow.connect()  # It was let go, as it may be after ten seconds, and comes back.
    slow.assert_equals_reload()


def test_a_slow_reader_that_keeps_asking_costs_no_memory(any_server: Server) -> None:
    alice, bob = call_up(any_server, "Alice", "Bob")
    empty = bob.open()
    from_the_beginning = empty.page.sockets()[empty.path]
    empty.socket.connection.close()
    any_server.shell(FILL.format(author=alice.id, text=LONG))
    slow, witness = open_deaf(alice), bob.open()
    before = memory(any_server)

    for _ in range(60):
        slow.socket.send(from_the_beginning)
    for _ in range(60):
        # Each is answered with all that was said since; the slow one had its turn as often.
        witness.socket.send(from_the_beginning)
        assert len(witness.socket.until("-watchdog", 5)) > 300_000  # Characters, of three bytes each.

    assert memory(any_server) - before < 40, "megabytes"
    try:
        slow.socket.until(LONG, 10)
    except ConnectionClosed:
        assert slow.socket.code in {1006, 1013}
    slow.socket.connection.close()  # uvicorn's own protocol would wait for it in the end.


def memory(server: Server) -> int:
    """Megabytes of the server's process."""
    assert server.process
    used = subprocess.run(["ps", "-o", "rss=", "-p", str(server.process.pid)], capture_output=True, text=True)
    return int(used.stdout) // 1024


def open_deaf(caller: Caller) -> Tab:
    """A page that takes what its system's smallest buffer holds, and no more until its socket is read."""
    return caller.open(sock=small_window(caller.server), compression=None, max_queue=1)


def talk(people: list[Caller], listener: Tab) -> list[str]:
    """Have people say a lot. It has to reach the listener at once, whoever else does not read."""
    spoken = [f"{person.name} says {number}." for number in range(8) for person in people]
    for text, person in zip(spoken, people * 8, strict=True):
        person.say(f"{text} {LONG}")
        listener.socket.until(text)
    return spoken


def texts(caller: Caller) -> list[str]:
    """What a fresh page of the Lobby shows."""
    page = FakePage(caller.get(LOBBY))
    return [body.get_text().strip() for body in page.document.select(".message__body")]
