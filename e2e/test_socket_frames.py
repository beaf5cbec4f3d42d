"""What broken clients send, and that nobody else notices."""

from __future__ import annotations

import threading
from contextlib import suppress

import pytest
from websockets.exceptions import ConnectionClosed

from e2e.harbour import Harbour
from e2e.server import Server
from e2e.sockets import Socket, call_up

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


@pytest.mark.parametrize(
    "fields",
    [{"title": "\ud800"}, {"room": "\udfff"}, {"cursor": "\ud800"}, {"\udbff": "x"}, {"title": "\0"}],
    ids=ascii,
)
def test_what_a_page_says_of_itself_ends_nobodys_inbox(server: Server, fields: dict[str, str]) -> None:
    alice, bob = call_up(server, "Alice", "Bob")
    wicked, other = alice.connect("/live/inbox/"), bob.connect("/live/inbox/")
    wicked.send({"type": "sync", "cursor": "", **fields})
    wicked.until("#rooms", 3)
    other.send({"type": "sync", "cursor": "", "title": "People"})
    other.until("#rooms", 3)
    alice.say("hello")
    other.until("(1) People", 3)

    assert complaints(server, 0) == []


def test_half_a_letter_in_a_message_is_a_question_mark(server: Server) -> None:
    alice, bob = call_up(server, "Alice", "Bob")
    listener = bob.open()
    alice.open().socket.send({"type": "message", "body": "half \ud83d, whole \U0001f600", "key": "half"})
    listener.socket.until("half ?, whole \U0001f600", 3)


LARGE = {
    "text": "x" * 65_537,
    "bytes of text": "é" * 40_000,
    "binary": b"x" * 70_000,
    "in pieces": ["x" * 10_000] * 7,
}


@pytest.mark.parametrize("frame", LARGE.values(), ids=LARGE)
@pytest.mark.parametrize("compression", ["deflate", None])
def test_a_large_frame_is_too_large(harbour: Harbour, frame: str | bytes | list[str], compression: str | None) -> None:
    socket = harbour.alice.connect(harbour.socket_path, compression=compression)
    before = len(harbour.server.log)
    with suppress(ConnectionClosed):  # It need not have come whole to be refused.
        socket.connection.send(frame)

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
        listener.socket.until(f"through the flood {number}", 3)
    for thread in flooding:
        thread.join()

    for socket in floods:
        socket.rest(5)
        assert socket.code == 1008
    assert len(complaints(harbour.server, before)) == len(floods)


def flood(socket: Socket) -> None:
    with suppress(ConnectionClosed):
        for number in range(1_000):
            socket.send({"type": "sync", "cursor": f"abc.{number}"})


def complaints(server: Server, before: int) -> list[str]:
    """The lines of the log since then that are no mere notes."""
    return [line for line in server.log[before:].splitlines() if "WARN" in line or "ERROR" in line]
