"""Bob has had a mail about a message of Alice's in the lobby, and answers it."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from rooms.models import Message, Room, User
from rooms.outside.replies import Answerable, make_address
from rooms.tests.outside.conftest import later

__all__ = ["later"]

keys = itertools.count()


@pytest.fixture(autouse=True)
def site(settings: Any) -> None:
    settings.BASE_URL = "https://chat.example.org"
    settings.REPLY_ADDRESS = "reply@chat.example.org"


@pytest.fixture
def said(alice: User, lobby: Room) -> Message:
    return lobby.post(alice, "@Bob Okafor are you there?", "said")


@pytest.fixture
def address_for() -> Callable[..., str]:
    def address_for(user: User, room: Room, message: Message | None = None, single: bool = False) -> str:
        return make_address(user, Answerable(room.pk, message.pk if message else 0, single=single))

    return address_for


@pytest.fixture
def to(bob: User, said: Message) -> str:
    return make_address(bob, Answerable(said.room_id, said.pk, single=True))
