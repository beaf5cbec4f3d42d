"""A hub with listeners that have no network between them and the test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection

from rooms.feeds import RoomFeed
from rooms.live import bell, sweep
from rooms.live.feed import Cohort, Feed, Position
from rooms.live.hub import Hub
from rooms.live.listener import Listener
from rooms.live.presence import attend
from rooms.live.transport import OUTBOX_LIMIT
from rooms.models import Room, User
from rooms.tests.live.board.models import MODELS, Board, Note, Poster


class Wire:
    """A transport that keeps what was written, and can refuse to let it leave."""

    def __init__(self) -> None:
        self.frames: list[str] = []
        self.shared: list[str] = []
        """The same, without what was put before them for this page alone."""
        self.closed: int | None = None
        self.pending = 0
        self.last: Position | None = None
        self.blocked = False
        self.written = asyncio.Event()

    @property
    def congested(self) -> bool:
        return self.pending > OUTBOX_LIMIT

    def write(self, frame: str, position: Position | None, before: bytes = b"") -> None:
        if self.blocked:
            self.pending += len(frame)
            return
        frame.encode()  # As it leaves.
        self.shared.append(frame)
        self.frames.append(before.decode() + frame if before else frame)  # What leaves in one go.
        self.last = position or self.last
        self.written.set()

    def clear(self) -> None:
        self.pending = 0

    def close(self, code: int) -> None:
        self.closed = code
        self.written.set()

    def stop(self) -> None: ...


@pytest.fixture
def no_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    """What arrives has been rung for. Ask for this before the hub."""
    monkeypatch.setattr(sweep, "INTERVAL", 3600)


@pytest.fixture
async def hub(transactional_db: None) -> AsyncIterator[Hub]:
    hub = Hub.current()
    yield hub
    await hub.stop()


@pytest.fixture
def people(transactional_db: None) -> dict[str, User]:
    """Alice and Bob talk in the lobby; Charlie is outside."""
    return {
        name: User.objects.create(email=f"{name}@example.org", name=name.title(), language=language, time_zone=zone)
        for name, language, zone in (("alice", "en", "UTC"), ("bob", "ja", "Asia/Tokyo"), ("charlie", "en", "UTC"))
    }


@pytest.fixture
def room(people: dict[str, User]) -> Room:
    return Room.objects.open_up(
        Room.Kind.CLOSED, name="Lobby", creator=people["alice"], people=[people["alice"], people["bob"]]
    )


def sign_in(user: User) -> str:
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return session.session_key


@pytest.fixture(scope="session")
def board_tables(django_db_setup: None, django_db_blocker: Any) -> None:
    with django_db_blocker.unblock(), connection.schema_editor() as editor:
        for model in MODELS:
            editor.create_model(model)


@pytest.fixture
def board(board_tables: None, people: dict[str, User], settings: Any) -> Iterator[Board]:
    """A board of a third party, at which Alice and Bob sit; Charlie does not."""
    settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, "rooms.tests.live.board"]
    board = Board.objects.create(name="Chores")
    for name in ("alice", "bob"):
        board.seats.create(user_id=people[name].pk)
    yield board
    for model in (Note, Board, Poster):
        model.objects.all().delete()


Follow = Callable[..., Awaitable[Listener]]


@pytest.fixture
async def follow(hub: Hub) -> Follow:
    """Open a page of a feed for a person and sync it from a cursor (the present, unless told)."""

    async def follow(feed: Feed, user: User, cursor: object = None) -> Listener:
        listener = Listener(feed, user.pk, await hub.run(sign_in, user), Cohort.of(user))
        listener.transport = Wire()
        hub.join(listener)
        await hub.sync(listener, cursor or str(await hub.run(feed.position)))
        return listener

    return follow


Start = Callable[[], Awaitable[Hub]]


@pytest.fixture
async def start(transactional_db: None) -> AsyncIterator[Start]:
    """Start a server process, as far as presence is concerned: a hub, and its task."""
    hubs: list[Hub] = []

    async def start() -> Hub:
        hubs.append(Hub())
        hubs[-1].spawn(attend(hubs[-1]))
        await until(lambda: hubs[-1].presence)
        return hubs[-1]

    yield start
    for hub in hubs:
        if hub in bell.hubs:
            await hub.stop()


async def until(condition: Callable[[], Any], seconds: float = 20.0) -> None:
    """Wait until a condition holds; fail when it does not in time."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.005)


def frames_with(listener: Listener, text: str) -> list[str]:
    return [frame for frame in listener.transport.frames if text in frame]


__all__ = ["Follow", "RoomFeed", "Start", "Wire", "frames_with", "sign_in", "until"]
