"""Readers that take nothing, or a little: they are let go, and nobody else notices (F21, F22)."""

from __future__ import annotations

import socket
import time
from statistics import median

import pytest

from e2e.conftest import StartServer
from e2e.faults.figures import percentile
from e2e.faults.kernel import Tie, count_sockets
from e2e.faults.toxics import Bandwidth
from e2e.line import Line, line
from e2e.server import Server
from e2e.sockets import TRANSPORTS, Caller, Tab, call_up, small_window
from e2e.steps import numbers

LONG = "長" * 9_000
"""27 KB, which a post may hold."""

SEND_QUEUE = 256 * 1024
"""Bytes: twice SO_SNDBUF is what Linux makes of it."""


@pytest.fixture(params=TRANSPORTS)
def any_server(request: pytest.FixtureRequest, start_server: StartServer) -> Server:
    return start_server(options=TRANSPORTS[request.param])


def test_a_reader_that_takes_nothing_is_dropped(request: pytest.FixtureRequest, any_server: Server) -> None:
    people = call_up(any_server, "Alice", "Bob", "Chiyo", "Dilip", "Edda", "Fumi")
    listener = people[0].open()
    before, sockets = talk(people, listener, 2), count_sockets(any_server)
    deaf = people[1].open(sock=small_window(any_server), compression=None, max_queue=1)
    tie, began = Tie(any_server.port, deaf.socket.connection.socket.getsockname()[1]), time.monotonic()

    with tie.watched():
        meanwhile = talk(people, listener, 6)
        # Another server's protocol cannot be told to hang up: there it is the kernel that does, 20 s after it has asked
        # in vain for the first time whether there is room again.
        seconds = 22 if request.node.callspec.params["any_server"] == "plain" else 12
        tie.wait_until_gone(began + seconds - time.monotonic())

    assert 64 * 1024 < max(tie.sizes) <= SEND_QUEUE
    assert percentile(meanwhile, 90) < 0.5
    assert median(meanwhile) < 3 * median(before) + 0.05
    talk(people, listener, 1)
    listener.assert_equals_reload()
    assert count_sockets(any_server) <= sockets


def test_a_kilobyte_a_second_is_too_little(server: Server) -> None:
    people = call_up(server, "Alice", "Bob", "Chiyo", "Dilip", "Edda", "Fumi")
    listener = people[0].open()
    with line(server.port, window=4096) as thin:
        slow = people[1].open(sock=narrow(thin), compression=None, max_queue=1)
        thin.spoil(Bandwidth(1_000), ways=("down",))
        began = time.monotonic()
        assert percentile(talk(people, listener, 8), 90) < 0.5
        Tie(server.port, *thin.far_ports("sockets")).wait_until_gone(20)
        assert 9 < time.monotonic() - began < 12

        thin.mend()
        slow.connect(sock=narrow(thin))
        slow.assert_equals_reload()


def test_who_reads_slowly_gets_less_and_misses_nothing(server: Server) -> None:
    """At 200 KB/s: too little for everything in its turn, enough for where it ends."""
    people = call_up(server, "Alice", "Bob", "Chiyo", "Dilip", "Edda", "Fumi")
    listener = people[0].open()
    with line(server.port, window=4096) as thin:
        slow = people[1].open(sock=narrow(thin), compression=None, max_queue=1)
        thin.spoil(Bandwidth(200_000), ways=("down",))
        talk(people, listener, 8)
        people[0].say("This was the last word.")
        slow.socket.until("This was the last word.", 30)
        assert len(slow.socket.frames) < 40, "It was not slow enough for anything to be tested"
        slow.assert_equals_reload()


def test_who_does_not_finish_reading_is_no_ghost(start_server: StartServer) -> None:
    """In a silent room nothing is too much for it. The pings give it up; what it has not read is no reason to stay.

    With the Procfile's pings it takes fifty seconds and not twelve.
    """
    server = start_server(options=("--ws-ping-interval", "1", "--ws-ping-timeout", "1"))
    people = call_up(server, "Alice", "Bob", "Chiyo", "Dilip", "Edda", "Fumi")
    listener = people[0].open()
    from_the_beginning = listener.page.sockets()[listener.path]
    talk(people, listener, 7)
    with line(server.port, window=4096) as thin:
        slow = people[1].open(sock=narrow(thin), compression=None, max_queue=1)
        tie = Tie(server.port, *thin.far_ports("sockets"))
        thin.spoil(Bandwidth(1_000), ways=("down",))
        slow.socket.send(from_the_beginning)  # Answered with a megabyte.
        assert tie.wait_until_gone(14) > 10


def talk(people: list[Caller], listener: Tab, rounds: int) -> list[float]:
    """Have everybody say something long, `rounds` times; return the seconds from each post to the listener."""
    taken = []
    for person in people * rounds:
        began, text = time.monotonic(), f"said {next(numbers)}."
        person.say(f"{text} {LONG}")
        listener.socket.until(text, 5)
        taken.append(time.monotonic() - began)
    return taken


def narrow(line: Line) -> socket.socket:
    """A connection to the line whose system takes little."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect(("127.0.0.1", line.port))
    return connection
