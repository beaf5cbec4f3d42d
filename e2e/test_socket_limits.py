"""More sockets than there may be: the others are not disturbed, and a place that is free is free for the next one."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing, suppress

import pytest
from playwright.sync_api import expect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from e2e.browsers import Console, OpenPage
from e2e.conftest import StartServer
from e2e.server import Server
from e2e.services import wait_until
from e2e.sockets import TRANSPORTS, Caller, Socket, call_up
from e2e.steps import connected, found_team, message, status

INBOX = "/live/inbox/"
REFUSED = "response code: 429|htmx:ws:error"


@pytest.fixture(params=TRANSPORTS)
def options(request: pytest.FixtureRequest) -> Sequence[str]:
    return TRANSPORTS[request.param]


def test_a_person_has_so_many(start_server: StartServer, options: Sequence[str]) -> None:
    server = start_server(options=options, SOCKETS_PER_USER="3")
    alice, bob = call_up(server, "Alice", "Bob")
    tab, held = alice.open(), [alice.connect(INBOX) for _ in range(2)]

    quiet = len(server.log)
    assert [refusal(alice) for _ in range(20)] == [429] * 20
    listener = bob.open()
    alice.say("still here")
    tab.socket.until("still here")
    listener.socket.until("still here")
    assert len(server.log[quiet:].splitlines()) == 1
    assert "SOCKETS_PER_USER" in server.log

    held[0].connection.close()
    come_back(alice)


def test_an_address_has_so_many(start_server: StartServer, options: Sequence[str]) -> None:
    server = start_server(options=options, SOCKETS_PER_ADDRESS="4")
    (alice,) = call_up(server, "Alice")
    held = [visit(alice, "192.0.2.7") for _ in range(4)]

    assert [refusal(alice, "192.0.2.7") for _ in range(20)] == [429] * 20
    for page in [*held, visit(alice, "192.0.2.8"), visit(alice, "2001:db8::7")]:
        page.send({"type": "sync"})
        page.until("<")
    assert server.log.count("Refused a socket: 192.0.2.7 holds 4.") == 1
    assert "FORWARDED_ALLOW_IPS" in server.log


def test_a_crowd_at_the_door_disturbs_nobody(server: Server) -> None:
    """200 sockets of one person, 500 from one address, and 1,000 connections that say nothing."""
    alice, bob, *others = call_up(server, "Alice", "Bob", *(f"Person {number}" for number in range(1, 11)))
    listener = bob.open(headers=[("X-Forwarded-For", "192.0.2.99")])
    bob.get_token()
    with ExitStack() as crowd:
        for _ in range(1_000):
            crowd.enter_context(closing(socket.create_connection(("127.0.0.1", server.port))))
        let_in = [sum(knock(alice, f"192.0.2.{1 + number // 20}") for number in range(200))]
        let_in.append(sum(knock(others[number % 10], "198.51.100.1") for number in range(500)))
        assert let_in == [10, 50]

        bob.say("in the middle of it")
        listener.socket.until("in the middle of it", 2)
    assert len(server.log.split("Refused a socket")) == 3, "A line for each of the two limits"


def knock(caller: Caller, address: str) -> bool:
    try:
        return bool(visit(caller, address))
    except InvalidStatus:
        return False


def test_a_process_has_so_many(start_server: StartServer, options: Sequence[str]) -> None:
    server = start_server(options=options, SOCKETS_PER_PROCESS="3")
    (alice,) = call_up(server, "Alice")
    tab, _held = alice.open(), [alice.connect(INBOX) for _ in range(2)]

    assert [refusal(alice) for _ in range(20)] == [503] * 20
    alice.say("in a full house")
    tab.socket.until("in a full house")
    assert server.log.count("SOCKETS_PER_PROCESS") == 1


def test_no_way_to_leave_keeps_a_place(start_server: StartServer, options: Sequence[str]) -> None:
    server = start_server(options=options, SOCKETS_PER_USER="2", SOCKETS_PER_ADDRESS="2", SOCKETS_PER_PROCESS="2")
    (alice,) = call_up(server, "Alice")
    for leave in (close, reset, break_the_protocol, talk_too_much, leave_unanswered, reset):
        pages = [come_back(alice), come_back(alice)]
        assert refusal(alice) in {429, 503}
        for page in pages:
            leave(page)
    come_back(alice)


def test_a_page_that_is_too_many_asks_over_http_until_there_is_room(
    start_server: StartServer, open_page: OpenPage, console: Console
) -> None:
    console.expect(REFUSED)
    server = start_server(SOCKETS_PER_USER="2")
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    first = alice.open()
    connected(first)
    second = alice.open()
    expect(status(second)).to_contain_text("Reconnecting")

    bob.has_said("for both", 1)
    expect(message(first, "for both 1")).to_be_visible()
    expect(message(second, "for both 1")).to_be_visible(timeout=12_000)

    first.close()
    expect(status(second)).to_be_empty(timeout=20_000)
    connected(second)


def refusal(caller: Caller, address: str = "") -> int:
    with pytest.raises(InvalidStatus) as refused:
        visit(caller, address)
    return refused.value.response.status_code


def visit(caller: Caller, address: str = "") -> Socket:
    """Connect; from another address through a proxy on this machine, whose word the server takes."""
    return caller.connect(INBOX, headers=[("X-Forwarded-For", address)] if address else [])


def come_back(caller: Caller) -> Socket:
    """Connect as soon as there is a place."""
    visitors: list[Socket] = []

    def try_again() -> bool:
        try:
            visitors.append(caller.connect(INBOX))
        except InvalidStatus:
            time.sleep(0.02)
        return bool(visitors)

    wait_until(try_again, "A socket that has ended holds its place", 12)
    return visitors[0]


def close(page: Socket) -> None:
    page.connection.close()


def reset(page: Socket) -> None:
    """Vanish, as a browser that is killed."""
    page.connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    page.connection.socket.close()


def break_the_protocol(page: Socket) -> None:
    page.connection.socket.sendall(b"\xff" * 100)


def talk_too_much(page: Socket) -> None:
    with suppress(ConnectionClosed):  # By then the server may have said that it is enough.
        for _ in range(130):
            page.send({"type": "nothing"})


def leave_unanswered(page: Socket) -> None:
    """Say goodbye and do not wait for the answer."""
    page.connection.protocol.send_close(1001)
    page.connection.socket.sendall(b"".join(page.connection.protocol.data_to_send()))
