"""Who may not open a socket, and what they learn."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from e2e.harbour import Harbour
from e2e.sockets import Caller, dial

EXPIRE = """
from django.contrib.sessions.models import Session
from django.utils import timezone
Session.objects.filter(pk={session!r}).update(expire_date=timezone.now())
"""


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
            with suppress(ConnectionClosed):  # The farewell was faster.
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


def test_a_session_that_expires_ends_its_sockets(harbour: Harbour) -> None:
    visitor = harbour.speakers.pop()
    tab = visitor.open()
    harbour.server.shell(EXPIRE.format(session=visitor.session))

    tab.socket.rest(6)
    assert tab.socket.code == 4401


def test_cookies_of_others_on_this_host_do_no_harm(harbour: Harbour) -> None:
    """Cookies know no ports: any application on the same machine may have set these."""
    cookie = f'theme={{"dark": true}}; [odd]=1; session={harbour.alice.session}; tail="'
    socket = dial(harbour.server, harbour.socket_path, cookie)
    socket.send({"type": "sync"})
    socket.until("-watchdog")


@pytest.mark.parametrize("path", ["/", "/live/", "/live/rooms/%D9%A3/", f"/live/rooms/{'9' * 37}/", "/%00"])
def test_other_paths_are_refused(harbour: Harbour, path: str) -> None:
    assert refusal(harbour.alice, path) == 403


@pytest.mark.parametrize("path", ["/live/rooms/x/", "/live/rooms/-1/", f"/live/rooms/{'9' * 19}/", "/live/x/1/"])
def test_what_is_not_there_is_refused_like_what_one_may_not_see(harbour: Harbour, path: str) -> None:
    for visitor, code in ((harbour.alice, 4403), (None, 4401)):
        socket = visitor.connect(path) if visitor else dial(harbour.server, path)
        assert len(socket.rest()) == 1
        assert socket.code == code


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
