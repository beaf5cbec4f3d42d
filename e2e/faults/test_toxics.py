"""The faults themselves: each toxic does what it says, as a client on the line measures it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from e2e.faults.toxics import Bandwidth, Blackhole, Latency, LimitData, ResetPeer, Slicer, SlowClose
from e2e.line import Line, line


@contextmanager
def echo() -> Iterator[int]:
    """A server that says everything back; yields its port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=serve, args=[listening], daemon=True).start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)


def serve(listening: socket.socket) -> None:
    with suppress(OSError):
        while True:
            threading.Thread(target=answer, args=[listening.accept()[0]], daemon=True).start()


def answer(connection: socket.socket) -> None:
    with connection, suppress(OSError):
        while data := connection.recv(65_536):
            connection.sendall(data)


@pytest.fixture
def spoiled() -> Iterator[Line]:
    with echo() as port, line(port) as opened:
        yield opened


@contextmanager
def call(line: Line) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", line.port), timeout=5) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield connection


def ask(connection: socket.socket, data: bytes) -> float:
    """Send something and wait until it is back; return after how many seconds."""
    started = time.monotonic()
    connection.sendall(data)
    assert receive(connection, len(data)) == data
    return time.monotonic() - started


def receive(connection: socket.socket, size: int) -> bytes:
    """What comes, up to this size, until the end."""
    data = b""
    while len(data) < size and (piece := connection.recv(size - len(data))):
        data += piece
    return data


def test_a_line_passes_everything_on(spoiled: Line) -> None:
    with call(spoiled) as connection:
        assert ask(connection, b"x" * 3_000_000) < 5
        assert ask(connection, b"hello") < 2


def test_latency_delays_each_way(spoiled: Line) -> None:
    spoiled.spoil(Latency(0.5), ways=("down",))
    with call(spoiled) as connection:
        assert 0.5 <= ask(connection, b"hello") < 1
        spoiled.spoil(Latency(0.5), ways=("up",))
        assert 1 <= ask(connection, b"hello") < 2
        spoiled.mend()
        assert ask(connection, b"hello") < 0.5


def test_latency_makes_late_and_not_slow(spoiled: Line) -> None:
    spoiled.spoil(Latency(0.2, jitter=0.05), ways=("up",))
    with call(spoiled) as connection:
        started = time.monotonic()
        for number in range(20):
            connection.sendall(b"%02d" % number)
            time.sleep(0.01)  # So that they are twenty pieces.
        assert receive(connection, 40) == b"".join(b"%02d" % number for number in range(20))
        assert 0.3 < time.monotonic() - started < 2, "twenty after one another would take four seconds"


def test_bandwidth_is_so_many_bytes_a_second(spoiled: Line) -> None:
    spoiled.spoil(Bandwidth(20_000), ways=("down",))
    with call(spoiled) as connection:
        assert 0.4 <= ask(connection, b"x" * 10_000) < 2


def test_a_reader_behind_little_bandwidth_stops_the_writer(spoiled: Line) -> None:
    spoiled.spoil(Bandwidth(1_000), ways=("up",))
    with call(spoiled) as connection:
        connection.settimeout(0.5)
        with pytest.raises(TimeoutError):
            connection.sendall(b"x" * 50_000_000)


def test_a_black_hole_holds_what_comes_until_it_is_over(spoiled: Line) -> None:
    with call(spoiled) as connection:
        ask(connection, b"before")
        spoiled.spoil(Blackhole(), ways=("down",))
        connection.sendall(b"hello")
        connection.settimeout(0.3)
        with pytest.raises(TimeoutError):
            connection.recv(1)
        spoiled.mend()
        assert receive(connection, 5) == b"hello"


def test_a_black_hole_with_an_end_closes(spoiled: Line) -> None:
    spoiled.spoil(Blackhole(0.2), ways=("up",))
    with call(spoiled) as connection:
        started = time.monotonic()
        connection.sendall(b"hello")
        assert receive(connection, 5) == b""
        assert 0.2 <= time.monotonic() - started < 2


@pytest.mark.parametrize("seconds", [0, 0.2])
def test_a_reset_is_a_reset(spoiled: Line, seconds: float) -> None:
    spoiled.spoil(ResetPeer(seconds), ways=("up",))
    with call(spoiled) as connection:
        started = time.monotonic()
        connection.sendall(b"hello")
        with pytest.raises(ConnectionResetError):
            connection.recv(5)
        assert seconds <= time.monotonic() - started < seconds + 2


def test_a_cut_resets_both_ends(spoiled: Line) -> None:
    with call(spoiled) as connection:
        ask(connection, b"hello")
        spoiled.cut()
        with pytest.raises(ConnectionResetError):
            connection.recv(5)
    with call(spoiled) as connection:
        connection.sendall(b"hello")
        with suppress(ConnectionResetError):
            assert connection.recv(5) == b""


def test_a_slicer_cuts_into_pieces(spoiled: Line) -> None:
    spoiled.spoil(Slicer(10, 0.2), ways=("down",))
    with call(spoiled) as connection:
        started = time.monotonic()
        connection.sendall(b"x" * 100)
        sizes = [len(connection.recv(100)) for _ in range(5)]
        assert sizes == [10] * 5
        receive(connection, 50)
        assert time.monotonic() - started > 1.5


def test_a_limit_closes_in_the_middle(spoiled: Line) -> None:
    spoiled.spoil(LimitData(1_000), ways=("down",))
    with call(spoiled) as connection:
        assert ask(connection, b"x" * 990) < 2
        connection.sendall(b"y" * 100)
        assert receive(connection, 100) == b"y" * 10


def test_a_slow_close_comes_late(spoiled: Line) -> None:
    spoiled.spoil(SlowClose(0.3), ways=("down",))
    with call(spoiled) as connection:
        ask(connection, b"hello")
        started = time.monotonic()
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1) == b""
        assert 0.3 <= time.monotonic() - started < 2


def test_the_server_is_reset_too() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as listening,
        line(listening.getsockname()[1]) as opened,
        call(opened) as connection,
    ):
        connection.sendall(b"hello")
        far, _ = listening.accept()
        with far:
            assert far.recv(5) == b"hello"
            opened.reset()
            with pytest.raises(ConnectionResetError):
                far.recv(5)


def test_kinds_are_spoiled_separately(spoiled: Line) -> None:
    spoiled.spoil(Latency(0.5), "sockets", ways=("down",))
    with call(spoiled) as page, call(spoiled) as upgraded:
        assert ask(page, b"GET / HTTP/1.1\r\n\r\n") < 0.5
        assert ask(upgraded, b"GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n") >= 0.5
        assert (spoiled.count("pages"), spoiled.count("sockets")) == (1, 1)
