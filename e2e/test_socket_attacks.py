"""What strangers and broken clients send to the sockets."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from e2e import server as servers
from e2e.server import Server
from e2e.sockets import TRANSPORTS, Caller, Socket, call_up, dial, no_traceback
from e2e.steps import open_room

EXPIRE = """
from django.contrib.sessions.models import Session
from django.utils import timezone
Session.objects.filter(pk={session!r}).update(expire_date=timezone.now())
"""

SPEAKERS = [f"Speaker {number}" for number in range(1, 9)]


@dataclass
class Harbour:
    """One installation for all that does not change it: Alice and Bob in the closed room Den, Charlie outside."""

    server: Server
    alice: Caller
    bob: Caller
    charlie: Caller
    speakers: list[Caller]
    den: str

    @property
    def socket_path(self) -> str:
        return self.alice.open(self.den).path


@pytest.fixture(scope="module", params=TRANSPORTS)
def installation(request: pytest.FixtureRequest, prepared: Path) -> Iterator[Harbour]:
    with servers.server(prepared, TRANSPORTS[request.param]) as server:
        alice, bob, charlie, *speakers = call_up(server, "Alice", "Bob", "Charlie", *SPEAKERS)
        yield Harbour(server, alice, bob, charlie, speakers, open_room("closed", "Den", alice, bob))


@pytest.fixture
def harbour(installation: Harbour) -> Iterator[Harbour]:
    with no_traceback(installation.server):
        yield installation


def test_strangers_learn_nothing(harbour: Harbour) -> None:
    unknown, den = "/live/rooms/999999999/", harbour.socket_path
    outside, nowhere = harbour.charlie.connect(den), harbour.charlie.connect(unknown)
    farewells = [socket.rest() for socket in (outside, nowhere)]

    assert [len(frames) for frames in farewells] == [1, 1]
    assert farewells[0][0].replace(f"live-room-{den.split('/')[3]}", "live-room-999999999") == farewells[1][0]
    assert (outside.code, nowhere.code) == (4403, 4403)


@pytest.mark.parametrize(
    "cookie", ["", "session=x", f"session={'a' * 32}", 'session="aaaaaaaa\\000"', "session=é%00\\"]
)
@pytest.mark.parametrize("path", ["/live/rooms/1/", "/live/rooms/999999999/", "/live/inbox/"])
def test_without_a_session_one_is_signed_out(harbour: Harbour, path: str, cookie: str) -> None:
    socket = dial(harbour.server, path, cookie)
    (farewell,) = socket.rest()

    assert "delete" in farewell
    assert socket.code == 4401


def test_who_is_refused_cannot_speak_first(harbour: Harbour) -> None:
    """A frame that comes between the answer to the handshake and the farewell."""
    greedy = {"type": "message", "body": "let me in", "key": "let-me-in"}
    for cookie in ("", f"session={harbour.charlie.session}"):
        for kind in ("message", "sync", "seen") * 5:
            socket = dial(harbour.server, harbour.socket_path, cookie)
            socket.send(greedy | {"type": kind})
            assert len(socket.rest()) == 1
            assert socket.code in {4401, 4403}
    assert "let me in" not in harbour.alice.get(harbour.den)


def test_an_expired_session_is_none(harbour: Harbour) -> None:
    visitor = harbour.speakers.pop()
    harbour.server.shell(EXPIRE.format(session=visitor.session))
    socket = visitor.connect("/live/rooms/1/")

    assert len(socket.rest()) == 1
    assert socket.code == 4401


def test_cookies_of_others_on_this_host_do_no_harm(harbour: Harbour) -> None:
    """Cookies know no ports: any application on the same machine may have set these."""
    cookie = f'theme={{"dark": true}}; [odd]=1; session={harbour.alice.session}; tail="'
    socket = dial(harbour.server, harbour.socket_path, cookie)
    socket.send({"type": "sync"})
    socket.until("-watchdog")


@pytest.mark.parametrize(
    "path",
    ["/", "/live/", "/live/rooms/x/", "/live/rooms/-1/", "/live/rooms/%D9%A3/", f"/live/rooms/{'9' * 19}/", "/%00"],
)
def test_other_paths_are_refused(harbour: Harbour, path: str) -> None:
    assert refusal(harbour.alice, path) == 403


ORIGINS = {
    "none": [],
    "empty": [""],
    "null": ["null"],
    "https": ["https://127.0.0.1:{port}"],
    "another port": ["http://127.0.0.1:1"],
    "no port": ["http://127.0.0.1"],
    "another name": ["http://localhost:{port}"],
    "broken": ["http://["],
    "beyond ports": ["https://app:99999"],
    "longer": ["http://127.0.0.1:{port}.evil"],
    "longer name": ["http://127.0.0.1.evil"],
    "with a user": ["http://user@127.0.0.1:{port}"],
    "upper case": ["HTTP://127.0.0.1:{port}"],
    "with a path": ["http://127.0.0.1:{port}/"],
    "two": ["http://127.0.0.1:{port}", "http://127.0.0.1:{port}"],
}


@pytest.mark.parametrize("origins", ORIGINS.values(), ids=ORIGINS)
def test_other_sites_are_refused(harbour: Harbour, origins: list[str]) -> None:
    headers = [("Origin", origin.format(port=harbour.server.port)) for origin in origins]
    assert refusal(harbour.alice, harbour.socket_path, origin=None, headers=headers) in {400, 403}


def refusal(caller: Caller, path: str, **options: Any) -> int:
    with pytest.raises(InvalidStatus) as refused:
        caller.connect(path, **options)
    return refused.value.response.status_code


BAD = {
    "no JSON": "{",
    "an array": "[1]",
    "deep": "[" * 30_000,
    "deep objects": '{"a":' * 10_000,
    "a long number": '{"type": ' + "1" * 5_000 + "}",
    "NaN": "NaN",
    "binary": b"\x00\xff",
    "empty": "",
    "a surrogate": '"\\ud800"',
    "NUL": "\x00",
}


@pytest.mark.parametrize("frame", BAD.values(), ids=BAD)
def test_four_bad_frames_are_forgiven(harbour: Harbour, frame: str | bytes) -> None:
    socket = harbour.alice.connect(harbour.socket_path)
    before = len(harbour.server.log)
    for _ in range(4):
        socket.send(frame)
    socket.send({"type": "sync"})
    socket.until("-watchdog")
    socket.send(frame)

    assert socket.rest() == []
    assert socket.code == 1008
    assert len(complaints(harbour.server, before)) == 1


@pytest.mark.parametrize("frame", ["x" * 65_537, "é" * 40_000, b"x" * 70_000], ids=["text", "bytes of text", "binary"])
def test_a_large_frame_is_too_large(harbour: Harbour, frame: str | bytes) -> None:
    socket = harbour.alice.connect(harbour.socket_path)
    before = len(harbour.server.log)
    socket.send(frame)

    assert socket.rest() == []
    assert socket.code == 1009
    assert len(complaints(harbour.server, before)) <= 1


ODD: list[str] = [
    '{"type": "\\ud800"}',
    '{"type": null}',
    '{"type": NaN}',
    '{"type": ["message"], "body": "x"}',
    '{"type": "sync", "cursor": "\\ud800.1"}',
    '{"type": "sync", "cursor": {"__proto__": 1}}',
    '{"type": "sync", "cursor": "\\u0000.1"}',
    '{"type": "sync", "cursor": "abc.999999999999999999"}',
    '{"type": "sync", "cursor": "abc.' + "9" * 5_000 + '"}',
    '{"__proto__": {"type": "sync"}, "constructor": 1}',
    '{"type": "message"}',
    '{"type": "message", "body": "\\ud800", "key": "a"}',
    '{"type": "message", "body": "a\\u0000b", "key": "a"}',
    '{"type": "message", "body": {"__proto__": []}, "key": {"a": []}}',
    '{"type": "message", "key": "a", "body": ' + "[" * 9_000 + "]" * 9_000 + "}",
    '{"type": "message", "key": "a", "body": ' + '{"a":' * 5_000 + "1" + "}" * 5_000 + "}",
    '{"type": "message", "key": "\\u0000", "body": "x"}',
]


def test_odd_values_do_no_harm(harbour: Harbour) -> None:
    speaker = harbour.speakers.pop()
    tab = speaker.open()
    for frame in ODD:
        tab.socket.send(frame)
        tab.socket.send({"type": "sync"})
        tab.socket.until("-watchdog")
    speaker.say("still here")
    tab.socket.until("still here")


def test_a_flood_is_stopped_and_nobody_else_notices(harbour: Harbour) -> None:
    speaker, listener = harbour.speakers.pop(), harbour.bob.open()
    floods = [harbour.alice.connect(listener.path) for _ in range(5)]
    flooding = [threading.Thread(target=flood, args=[socket]) for socket in floods]
    before = len(harbour.server.log)
    for thread in flooding:
        thread.start()
    for number in range(5):
        speaker.say(f"through the flood {number}")
        listener.socket.until(f"through the flood {number}", 1)
    for thread in flooding:
        thread.join()

    for socket in floods:
        socket.rest(5)
        assert socket.code == 1008
    assert len(complaints(harbour.server, before)) == len(floods)


def flood(socket: Socket) -> None:
    try:
        for number in range(1_000):
            socket.send({"type": "sync", "cursor": f"abc.{number}"})
    except ConnectionClosed:
        pass


def complaints(server: Server, before: int) -> list[str]:
    """The lines of the log since then that are no mere notes."""
    return [line for line in server.log[before:].splitlines() if "WARN" in line or "ERROR" in line]
