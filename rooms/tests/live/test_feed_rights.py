"""Who may follow a third party's feed: asked of every socket and every request, whatever the address says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.sessions.models import Session
from django.test import Client

from rooms.live.hub import Hub
from rooms.models import User
from rooms.routing import websocket_urlpatterns
from rooms.tests.live.board.models import Board, Poster
from rooms.tests.live.conftest import sign_in, until
from rooms.tests.live.tabs import application

SIGNED_OUT, NOT_ALLOWED = 4401, 4403


class Caller:
    """A WebSocket client without a network."""

    def __init__(self, path: str, session_key: str) -> None:
        self.path = path
        self.sent: list[dict[str, Any]] = []
        self.inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.inbox.put_nowait({"type": "websocket.connect"})
        self.say('{"type": "sync"}')
        cookie = f"{django_settings.SESSION_COOKIE_NAME}={session_key}".encode()
        headers = [(b"host", b"testserver"), (b"origin", b"http://testserver"), (b"cookie", cookie)]
        scope = {"type": "websocket", "path": path, "headers": headers, "client": ("192.0.2.7", 1), "extensions": {}}
        self.task = asyncio.create_task(application(scope, self.inbox.get, self.send))

    async def send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)

    def say(self, text: str) -> None:
        self.inbox.put_nowait({"type": "websocket.receive", "text": text})

    def hang_up(self) -> None:
        self.inbox.put_nowait({"type": "websocket.disconnect", "code": 1001})

    @property
    def frames(self) -> str:
        return "".join(message["text"] for message in self.sent if message["type"] == "websocket.send")

    @property
    def closed(self) -> int | None:
        return next((message["code"] for message in self.sent if message["type"] == "websocket.close"), None)


Call = Callable[..., Awaitable[Caller]]


@pytest.fixture
async def call(hub: Hub, board: Board, people: dict[str, User]) -> AsyncIterator[Call]:
    callers: list[Caller] = []

    async def call(path: str, name: str) -> Caller:
        callers.append(Caller(path, await hub.run(sign_in, people[name]) if name else ""))
        return callers[-1]

    yield call
    for caller in callers:
        caller.hang_up()
        await caller.task


def path_of(row: Any) -> str:
    return f"/live/{row.live_name()}/{row.pk}/"


async def test_who_may_follow_is_sent_what_there_is(call: Call, board: Board) -> None:
    """Need somebody inside for the rest of this to mean anything."""
    alice = await call(path_of(board), "alice")
    await until(lambda: "Chores" in alice.frames)
    assert alice.closed is None


@pytest.mark.parametrize(
    ("name", "path", "code"),
    [
        ("charlie", "/live/board-board/{board}/", NOT_ALLOWED),
        ("", "/live/board-board/{board}/", SIGNED_OUT),
        ("alice", "/live/board-board/{other}/", NOT_ALLOWED),
        ("alice", "/live/board-board/999999/", NOT_ALLOWED),
        ("alice", "/live/board-board/{big}/", NOT_ALLOWED),
        ("alice", "/live/board-board/abc/", NOT_ALLOWED),
        ("alice", "/live/board-board/-{board}/", NOT_ALLOWED),
        ("alice", "/live/board-card/{board}/", NOT_ALLOWED),
        ("alice", "/live/nothing/{board}/", NOT_ALLOWED),
        ("", "/live/nothing/{board}/", SIGNED_OUT),
        ("alice", "/live/board-poster/{draft}/", NOT_ALLOWED),
        ("alice", "/live/board-poster/{board}/", NOT_ALLOWED),
    ],
)
async def test_others_are_refused_for_good(
    name: str,
    path: str,
    code: int,
    call: Call,
    hub: Hub,
    board: Board,
    people: dict[str, User],
    caplog: pytest.LogCaptureFixture,
) -> None:
    other = await hub.run(lambda: Board.objects.create(name="Secrets"))
    draft = await hub.run(lambda: Poster.objects.create(text="Secret draft", draft=True))
    path = path.format(board=board.pk, other=other.pk, draft=draft.pk, big=10**30)
    caller = await call(path, name)
    await until(lambda: caller.closed)
    assert caller.closed == code
    assert not {"Chores", "Secret"} & set(caller.frames.replace("<", " ").replace(">", " ").split())
    assert 'hx-swap="delete"' in caller.frames  # The socket element goes, or the page would knock for ever.
    await until(lambda: not hub.watches)
    assert caplog.messages == []

    with_session = Client()
    if name:
        await hub.run(with_session.force_login, people[name])
    response = await hub.run(with_session.get, f"{path}changes/")
    assert response.status_code == (401 if code == SIGNED_OUT else 404)
    assert b"Secret" not in response.content
    assert b"Chores" not in response.content


@pytest.mark.parametrize("event", ["session", "password", "inactive"])
async def test_a_session_that_is_over_opens_nothing(
    event: str, call: Call, hub: Hub, board: Board, people: dict[str, User]
) -> None:
    def end() -> str:
        alice = people["alice"]
        key = sign_in(alice)
        if event == "session":
            Session.objects.filter(pk=key).delete()
        elif event == "password":
            alice.set_password("another horse")
            alice.save()
        else:
            User.objects.filter(pk=alice.pk).update(is_active=False)
        return key

    caller = Caller(path_of(board), await hub.run(end))
    await until(lambda: caller.closed)
    assert caller.closed == SIGNED_OUT
    assert "Chores" not in caller.frames
    caller.hang_up()
    await caller.task


async def test_a_cursor_that_is_made_up_opens_nothing(call: Call, hub: Hub, board: Board) -> None:
    caller = await call(path_of(board), "charlie")
    caller.say(f'{{"type": "sync", "cursor": "{board.epoch}.0"}}')
    await until(lambda: caller.closed)
    assert caller.closed == NOT_ALLOWED
    assert "Chores" not in caller.frames


def test_other_addresses_are_nobodys() -> None:
    assert [pattern for pattern in websocket_urlpatterns if pattern.resolve("live/board-board/1/2/")] == []
    assert [pattern for pattern in websocket_urlpatterns if pattern.resolve("live/board-board/%00/")] == []
