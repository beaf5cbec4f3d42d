"""Connections that end in the middle: hundreds at once, and requests whose sender does not wait (F23, F27)."""

from __future__ import annotations

import json
import socket
import struct
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from urllib.parse import urlencode

from e2e.conftest import StartServer
from e2e.faults.kernel import count_sockets
from e2e.faults.rehearsal import rehearsal
from e2e.line import line
from e2e.server import Server
from e2e.services import wait_until
from e2e.sockets import LOBBY, Caller, Tab, call_up

MANY = 500

KEYS = """
import json
from rooms.models import Message
print(json.dumps(list(Message.objects.values_list("key", flat=True))))
"""


def test_a_storm_of_resets_leaves_nothing_behind(start_server: StartServer) -> None:
    server = start_server(SOCKETS_PER_USER="1000", SOCKETS_PER_ADDRESS="1000")
    before = count_sockets(server)
    with line(server.port) as storm, rehearsal(server, MANY, url=storm.url) as play:
        with play.talk(people=4, pace=1):
            began = time.monotonic()
            storm.reset("sockets")
            play.fault(f"{MANY} resets within {time.monotonic() - began:.2f} s")
            play.crowd.wait_until(lambda: not any(witness.live for witness in play.crowd.witnesses), "Some live on", 5)
            print(f"all back after {play.crowd.wait_until_live(30):.1f} s")
        play.check()
    wait_until(lambda: count_sockets(server) <= before, "Connections are left over", 10)


def test_who_sends_and_hangs_up_has_sent_or_not(server: Server) -> None:
    """Two hundred posts, each reset as its last byte leaves, or just before. What is committed reaches everybody."""
    watcher, *people = call_up(server, "Watcher", *(f"Person {number}" for number in range(20)))
    tab = watcher.open()
    for person in people:
        person.get_token()
    with ThreadPoolExecutor(len(people)) as threads:
        list(threads.map(send_and_hang_up, people))

    wait_until(lambda: shows_what_a_reload_shows(tab), "Something committed does not come", 5)
    keys = json.loads(server.shell(KEYS))
    assert len(keys) == len(set(keys))
    assert keys and set(keys) <= {f"whole-{person.id}-{number}" for person in people for number in range(10)}
    for person in people:
        person.say("I have no time", key=f"whole-{person.id}-1")
    assert set(Counter(json.loads(server.shell(KEYS))).values()) == {1}


def shows_what_a_reload_shows(tab: Tab) -> bool:
    with suppress(TimeoutError):
        while True:
            tab.socket.receive(0.2)
    try:
        tab.assert_equals_reload()
    except AssertionError:
        return False
    return True


def send_and_hang_up(person: Caller) -> None:
    """Every fourth post lacks its last byte."""
    address = f"127.0.0.1:{person.server.port}"
    for number in range(10):
        cut = number % 4 == 3
        key = f"{'cut' if cut else 'whole'}-{person.id}-{number}"
        body = urlencode({"csrfmiddlewaretoken": person.token, "body": "I have no time", "key": key})
        request = (
            f"POST {LOBBY}messages/ HTTP/1.1\r\nHost: {address}\r\nOrigin: {person.server.url}\r\n"
            f"Cookie: session={person.session}\r\nHX-Request: true\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        )
        with socket.create_connection(("127.0.0.1", person.server.port)) as connection:
            connection.sendall(request.encode()[: -1 if cut else None])
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
