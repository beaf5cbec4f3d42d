"""A database that cannot for the moment."""

import sqlite3
from collections.abc import Callable

import psycopg
import pytest
from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from django.test import Client, override_settings
from django.urls import include, path
from psycopg.errors import AdminShutdown, DeadlockDetected, LockNotAvailable, SerializationFailure, UndefinedTable

from rooms.models import Room, User
from rooms.outages import in_passing, is_outage, once_more
from rooms.tests.conftest import SignIn


def said_by_sqlite(code: int) -> Exception:
    cause = sqlite3.OperationalError("said by SQLite")
    cause.sqlite_errorcode = code
    return caused_by(OperationalError, cause)


def caused_by(kind: type[DatabaseError], cause: Exception | None) -> DatabaseError:
    error = kind("what Django says")
    error.__cause__ = cause
    return error


OUTAGES = [
    *(said_by_sqlite(code) for code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_BUSY_SNAPSHOT, sqlite3.SQLITE_FULL)),
    *(caused_by(OperationalError, kind()) for kind in (AdminShutdown, DeadlockDetected, LockNotAvailable)),
    caused_by(OperationalError, psycopg.OperationalError("the connection is lost")),
    caused_by(InterfaceError, None),
]
FAULTS = [
    said_by_sqlite(sqlite3.SQLITE_ERROR),  # No such table, say.
    caused_by(OperationalError, UndefinedTable()),
    caused_by(DatabaseError, AdminShutdown()),
    RuntimeError(),
    None,
]


@pytest.mark.parametrize("error", OUTAGES, ids=repr)
def test_what_may_work_in_a_moment(error: Exception) -> None:
    assert is_outage(error)


@pytest.mark.parametrize("error", FAULTS, ids=repr)
def test_what_will_not(error: Exception | None) -> None:
    assert not is_outage(error)


def failing(times: int, error: Exception) -> tuple[Callable[[], str], list[int]]:
    tries: list[int] = []

    @once_more
    def verb() -> str:
        tries.append(len(tries))
        if len(tries) <= times:
            raise error
        return "done"

    return verb, tries


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("cause", [DeadlockDetected, SerializationFailure])
def test_what_made_way_for_another_is_done_again_once(cause: type[psycopg.Error]) -> None:
    error = caused_by(OperationalError, cause())

    assert failing(1, error)[0]() == "done"

    verb, tries = failing(2, error)
    with pytest.raises(OperationalError):
        verb()
    assert len(tries) == 2

    verb, tries = failing(1, error)
    with pytest.raises(OperationalError), transaction.atomic():
        verb()
    assert len(tries) == 1


@pytest.mark.django_db
def test_nothing_else_is_done_again() -> None:
    verb, tries = failing(1, caused_by(OperationalError, AdminShutdown()))
    with pytest.raises(OperationalError):
        verb()
    assert len(tries) == 1


@pytest.mark.django_db
def test_what_is_done_in_passing_may_fail_in_an_outage_only() -> None:
    with in_passing():
        raise OUTAGES[0]
    with pytest.raises(OperationalError), in_passing():
        raise FAULTS[0]
    if connection.vendor == "sqlite":
        assert connection.cursor().execute("PRAGMA busy_timeout").fetchone() == (5000,)


# What people see of it


def break_down(request):
    raise OUTAGES[0]


urlpatterns = [path("away/", break_down), path("", include("project.urls"))]
handler500 = "rooms.views.errors.server_error"


@override_settings(ROOT_URLCONF="rooms.tests.test_outages")
def test_people_are_told_that_nothing_is_lost_and_when_to_try_again(sign_in: SignIn, bob: User) -> None:
    browser = sign_in(bob)
    browser.raise_request_exception = False

    for method, advice in ((browser.get, "Try again in a few seconds"), (browser.post, "reload this page to send it")):
        response = method("/away/")
        assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
        assert advice in response.content.decode()
    assert "<html" not in browser.post("/away/", headers={"HX-Request": "true"}).content.decode()


@override_settings(ROOT_URLCONF="rooms.tests.test_outages")
@pytest.mark.django_db
def test_the_page_about_it_asks_the_database_nothing(client: Client, django_assert_num_queries) -> None:
    client.raise_request_exception = False

    with django_assert_num_queries(0):
        client.get("/away/")


def test_a_room_is_shown_though_it_cannot_be_marked_read(
    sign_in: SignIn, alice: User, bob: User, lobby: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    lobby.post(alice, "Hello", "k")

    def fail(*args: object, **options: object) -> None:
        raise OUTAGES[0]

    monkeypatch.setattr("rooms.models.membership.read_together", fail)

    assert "Hello" in sign_in(bob).get("/rooms/lobby/").content.decode()
