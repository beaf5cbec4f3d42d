"""Clients that are gone and have not said so: the server finds out, and they miss nothing (F19, F20)."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from e2e.conftest import StartServer
from e2e.faults.kernel import Tie, count_sockets
from e2e.faults.peers import Link, cable, can_make_networks, held_line
from e2e.server import Server
from e2e.sockets import Caller, call_up

QUICK = ("--ws-ping-interval", "1", "--ws-ping-timeout", "1")
"""What the Procfile says in twenties, so that the gate need not wait."""

EVERYWHERE = ("--host", "0.0.0.0")

PEER = """
import json, sys, time
from websockets.sync.client import connect
options = json.loads(sys.argv[1])
with connect(proxy=None, **options) as socket:
    socket.send('{"type": "sync"}')
    for frame in socket:
        print(socket.socket.getsockname()[1], flush=True)
"""


@pytest.fixture(params=["quick", pytest.param("procfile", marks=[pytest.mark.long, pytest.mark.timeout(120)])])
def patience(request: pytest.FixtureRequest) -> tuple[tuple[str, ...], float]:
    """The options that say how soon a peer is given up, and the seconds which that takes at most."""
    return (QUICK, 4.0) if request.param == "quick" else ((), 41.0)


@pytest.fixture
def server(start_server: StartServer, patience: tuple[tuple[str, ...], float]) -> Server:
    return start_server(options=(*EVERYWHERE, *patience[0]))


@pytest.fixture(params=["pulled cable", "held line"])
def link(request: pytest.FixtureRequest, server: Server) -> Iterator[Link]:
    """Both die for the server's protocol; a cable for its kernel, too. Without root there is no cable to pull."""
    wired = request.param == "pulled cable" and can_make_networks()
    with cable() if wired else held_line(server.port) as link:
        yield link


@pytest.mark.parametrize("room", ["silent", "busy"])
def test_a_half_open_connection_is_dropped(
    server: Server, link: Link, patience: tuple[tuple[str, ...], float], room: str
) -> None:
    alice, bob = call_up(server, "Alice", "Bob")
    connection = link.connect(server.port)
    tab = alice.open(sock=connection)
    tie = Tie(server.port, link.known_as(connection))

    link.die()
    if room == "busy":
        bob.say("Where is she?")
    print(f"noticed after {tie.wait_until_gone(patience[1]):.1f} s")

    bob.say("She is gone.")
    link.live()
    tab.connect(sock=link.connect(server.port))
    tab.assert_equals_reload()


def test_a_stopped_client_is_dropped(server: Server, patience: tuple[tuple[str, ...], float]) -> None:
    """Its kernel acknowledges everything; nobody answers the pings."""
    alice, bob = call_up(server, "Alice", "Bob")
    listener, sockets = bob.open(), count_sockets(server)
    with start_peer(alice, listener.path) as peer:
        try:
            assert peer.stdout
            tie = Tie(server.port, int(peer.stdout.readline()))
            os.kill(peer.pid, signal.SIGSTOP)
            began = time.monotonic()
            for number in range(5):
                bob.say(f"Are you there? {number}")
                listener.socket.until(f"Are you there? {number}")
            tie.wait_until_gone(began + patience[1] - time.monotonic())
            print(f"noticed after {time.monotonic() - began:.1f} s")
        finally:
            peer.kill()
    assert count_sockets(server) <= sockets
    listener.assert_equals_reload()


def start_peer(caller: Caller, path: str) -> subprocess.Popen[str]:
    """A client in a process of its own, which says by which port it is connected when it has heard something."""
    options = {
        "uri": f"ws://127.0.0.1:{caller.server.port}{path}",
        "origin": caller.server.url,
        "additional_headers": {"Cookie": f"session={caller.session}"},
    }
    return subprocess.Popen([sys.executable, "-c", PEER, json.dumps(options)], stdout=subprocess.PIPE, text=True)
