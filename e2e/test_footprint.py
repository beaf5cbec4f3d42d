"""What the smallest installation takes: one process, and how much memory."""

from __future__ import annotations

import psutil

from e2e.conftest import StartServer
from e2e.sockets import call_up
from e2e.test_metrics import TOKEN, total

MEGABYTE = 1024**2
AT_REST = 90
"""Megabytes, with Python, Django and everything imported; measured: 58."""
FOR_200_SOCKETS = 15
"""Megabytes more, for a hundred people in a room, the drawing of their pages included; measured: 7."""


def test_one_process_is_all_there_is(start_server: StartServer) -> None:
    server = start_server(METRICS_TOKEN=TOKEN, SOCKETS_PER_ADDRESS="1000", SOCKETS_PER_USER="1000")
    alice, bob = call_up(server, "Alice", "Bob")
    alice.get("/rooms/lobby/")
    assert server.process
    assert psutil.Process(server.process.pid).children() == []
    at_rest = total(server, "rooms_memory_bytes") / MEGABYTE

    tabs = [bob.open() for _ in range(100)]
    for _ in tabs:
        bob.connect("/live/inbox/")
    held = total(server, "rooms_memory_bytes") / MEGABYTE
    alice.say("Good morning")
    for tab in tabs:
        tab.socket.until("Good morning", 5)

    assert total(server, "rooms_listeners") == 200
    assert 10 < at_rest < AT_REST
    assert held - at_rest < FOR_200_SOCKETS
