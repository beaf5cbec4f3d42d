"""Sessions are looked up many at a time, and found as Django finds them one by one."""

from collections.abc import Collection

import pytest
from django.conf import settings as project
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user
from django.contrib.auth.backends import ModelBackend
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.http import HttpRequest
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from rooms.feeds import RoomFeed
from rooms.live.access import Visitor, authenticate, authenticate_all, look_up
from rooms.live.feed import Refusal
from rooms.models import Room, User


class Elsewhere(ModelBackend):
    """A backend that has an opinion of its own."""

    def get_user(self, user_id: int) -> User | None:
        return User.objects.filter(pk=user_id, name__startswith="Bob").first()


def sign_in(user: User) -> str:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client.session.session_key or ""


def change(session_key: str, **values: object) -> None:
    session = SessionStore(session_key)
    for name, value in values.items():
        if value is None:
            del session[name]
        else:
            session[name] = value
    session.save()


def find_as_django(session_key: str) -> object:
    request = HttpRequest()
    request.session = SessionStore(session_key)
    user = get_user(request)
    return user if user.is_authenticated else None


def test_many_sessions_cost_two_queries(alice: User, bob: User, charlie: User) -> None:
    keys = {sign_in(person): person for person in (alice, bob, charlie)}
    with CaptureQueriesContext(connection) as queries:
        assert authenticate_all(keys) == keys
    assert len(queries) == 2


def test_nobody_costs_nothing(db: None) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert authenticate_all([""]) == {"": None}
    assert len(queries) == 0


@pytest.mark.parametrize(
    "spoil",
    [
        {},
        {HASH_SESSION_KEY: "of another password"},
        {HASH_SESSION_KEY: None},
        {HASH_SESSION_KEY: ""},
        {BACKEND_SESSION_KEY: "somewhere.Else"},
        {BACKEND_SESSION_KEY: None},
        {SESSION_KEY: "999999"},
        {SESSION_KEY: None},
    ],
    ids=str,
)
def test_a_session_is_good_when_django_says_so(alice: User, spoil: dict[str, object]) -> None:
    key = sign_in(alice)
    change(key, **spoil)
    found = authenticate(key)
    assert found == (None if spoil else alice)
    assert found == find_as_django(key)  # Which also empties a session whose hash is wrong.


def test_expired_unknown_and_broken_sessions_are_nobodys(alice: User) -> None:
    expired, broken, good = sign_in(alice), sign_in(alice), sign_in(alice)
    rows = SessionStore.get_model_class().objects
    rows.filter(session_key=expired).update(expire_date="2020-01-01T00:00Z")
    rows.filter(session_key=broken).update(session_data="not signed by us")
    found = authenticate_all([expired, broken, good, "never-was"])
    assert found == {expired: None, broken: None, good: alice, "never-was": None}


def test_a_session_under_a_former_secret_is_good(alice: User, settings: Settings) -> None:
    key = sign_in(alice)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "a new secret", [project.SECRET_KEY]
    assert authenticate(key) == alice
    settings.SECRET_KEY_FALLBACKS = []
    assert authenticate(key) is None


def test_those_who_are_not_active_are_nobody(alice: User, bob: User) -> None:
    key = sign_in(bob)
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert authenticate(key) is None


def test_backends_of_others_are_asked_themselves(alice: User, bob: User, settings: Settings) -> None:
    settings.AUTHENTICATION_BACKENDS = [f"{__name__}.Elsewhere"]
    keys = [sign_in(alice), sign_in(bob)]
    for key in keys:
        change(key, **{BACKEND_SESSION_KEY: f"{__name__}.Elsewhere"})
    assert list(authenticate_all(keys).values()) == [None, bob]


@pytest.mark.parametrize("engine", ["cached_db", "cache", "signed_cookies", "file"])
def test_other_session_engines_are_asked_themselves(
    alice: User, engine: str, settings: Settings, tmp_path: object
) -> None:
    settings.SESSION_ENGINE, settings.SESSION_FILE_PATH = f"django.contrib.sessions.backends.{engine}", str(tmp_path)
    key = sign_in(alice)
    assert authenticate(key) == alice


def test_visitors_of_one_feed_cost_three_queries(alice: User, bob: User, charlie: User) -> None:
    room = Room.objects.open_up(Room.Kind.CLOSED, name="Shed", creator=alice, people=[bob])
    visitors = [(key, {"room_id": str(room.pk)}) for key in (*map(sign_in, (alice, bob, charlie)), "")]
    with CaptureQueriesContext(connection) as queries:
        found = [visitor for visitor in look_up(RoomFeed, visitors) if isinstance(visitor, Visitor)]
    assert [visitor.refusal for visitor in found] == [None, None, Refusal.NOT_ALLOWED, Refusal.SIGNED_OUT]
    assert [visitor.user for visitor in found] == [alice, bob, charlie, None]
    assert len(queries) == 3


def test_what_one_asks_for_shuts_nobody_else_out(alice: User, bob: User) -> None:
    class Fragile(RoomFeed):
        def allowed(self, user_ids: Collection[int]) -> set[int]:
            if self.id == 13:
                raise OverflowError("an id that this feed cannot take")
            return super().allowed(user_ids)

    room = Room.objects.open_up(Room.Kind.CLOSED, name="Shed", creator=alice)
    asked = [str(room.pk), "13", "thirteen"]
    good, broken, unreadable = look_up(Fragile, [(sign_in(alice), {"room_id": room_id}) for room_id in asked])
    assert isinstance(good, Visitor) and good.refusal is None
    assert isinstance(broken, OverflowError)
    assert isinstance(unreadable, ValueError)
