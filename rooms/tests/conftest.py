"""The cast: Alice administers, Bob is a member, Charlie is outside of the den."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connections
from django.test import Client
from pytest_django import DjangoDbBlocker

from project.settings import sqlite
from rooms.models import Room, User, Workspace
from rooms.tests.postbox import postbox

__all__ = ["postbox"]

PASSWORD = "correct horse battery"

SignIn = Callable[[User], Client]


@pytest.fixture(autouse=True)
def hash_quickly(settings) -> None:
    """Argon2 takes its time on purpose. The tests that are about it put it back."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]


@pytest.fixture(autouse=True)
def forget_cache() -> None:
    """What is counted there is counted by people's ids, and the next test's people have the same."""
    cache.clear()


@pytest.fixture
def sqlite_configuration(tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[dict[str, Any]]:
    """A file of its own, with the settings of Rooms and of Django, whatever database the tests run on."""
    with django_db_blocker.unblock():
        yield deepcopy(connections["default"].settings_dict) | sqlite(str(tmp_path / "rooms.sqlite3"))


@pytest.fixture
def alice(db: None) -> User:
    return Workspace.set_up(
        team="Garden", room="Lobby", email="alice@example.org", name="Alice Moreau", password=PASSWORD
    )


@pytest.fixture
def bob(alice: User) -> User:
    return User.objects.sign_up(email="bob@example.org", name="Bob Okafor", password=PASSWORD)


@pytest.fixture
def charlie(alice: User) -> User:
    return User.objects.sign_up(email="charlie@example.org", name="Charlie", password=PASSWORD)


@pytest.fixture
def lobby(alice: User, bob: User, charlie: User) -> Room:
    """The open room: everyone is in it."""
    return Room.objects.get(name="Lobby")


@pytest.fixture
def den(alice: User, bob: User, charlie: User) -> Room:
    """The closed room, of Alice and Bob."""
    return Room.objects.open_up(Room.Kind.CLOSED, name="Den", creator=alice, people=[bob])


@pytest.fixture
def sign_in() -> SignIn:
    """A browser in which somebody is signed in."""

    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return sign_in
