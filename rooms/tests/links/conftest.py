"""A page on this machine, which the operator allows to be shown, and the server that reads it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from rooms.links.reading import lease_due, unfurl
from rooms.models import Message, Room, User
from rooms.tests.outside.zoo import Server, says, serving

keys = itertools.count()

HTML = "Content-Type: text/html; charset=utf-8"
PAGE = (
    "<!doctype html><html><head><title>Plain title</title>"
    '<meta property="og:title" content="Tide tables &amp; more"><meta name="description" content="When to go out">'
    "</head><body>…</body></html>"
).encode()

Write = Callable[..., Message]


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Any) -> None:
    backend = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path / "files"}}
    settings.STORAGES = {**settings.STORAGES, "files": backend}
    settings.TARGETS_ALLOWED = []
    settings.LINK_PREVIEWS_ALLOWED = []


@pytest.fixture
def page(settings: Any) -> Iterator[Server]:
    with serving(says(200, HTML, body=PAGE)) as server:
        allow(settings, server)
        yield server


def allow(settings: Any, *servers: Server) -> None:
    settings.LINK_PREVIEWS_ALLOWED = [("127.0.0.0/8", server.port) for server in servers]


@pytest.fixture
def write(bob: User, lobby: Room) -> Write:
    def write(body: str, author: User = bob, room: Room = lobby) -> Message:
        return room.post(author, body, f"linked-{next(keys)}")

    return write


def look() -> int:
    """Do what a worker does, in this thread; return how many cards it has looked at."""
    taken = lease_due(50)
    for pk, lease in taken:
        unfurl(pk, lease)
    return len(taken)


def previews(message: Message) -> list[dict[str, Any]]:
    message.refresh_from_db()
    return message.previews
