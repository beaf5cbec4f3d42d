"""What happens when two do the same, or the opposite, at the same moment. With real threads and a real database."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from rooms.models import Attempt, LastAdministrator, Room, TooManyAttempts, User, Workspace
from rooms.tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*jobs: Callable[[], Any]) -> list[Any]:
    """Do all of these at the same moment, each in a thread with a connection of its own; errors are results too.

    Not more than eight: PostgreSQL's pool has ten connections.
    """
    barrier = Barrier(len(jobs), timeout=10)

    def run(job: Callable[[], Any]) -> Any:
        try:
            connection.ensure_connection()
            barrier.wait()
            return job()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as threads:
        return list(threads.map(run, jobs))


@pytest.mark.parametrize("round", range(3))
def test_two_set_ups_make_one_administrator(round: int) -> None:
    def set_up(number: int) -> Any:
        form = {"team": "T", "room": "R", "name": "N", "email": f"{number}@example.org", "password": PASSWORD}
        return Client().post("/setup/", {**form, "time_zone": "UTC"})

    responses = at_once(*[lambda number=number: set_up(number) for number in range(4)])

    assert [response.status_code for response in responses] == [302] * 4
    winner = User.objects.get()
    assert winner.is_administrator
    assert (Workspace.objects.count(), Room.objects.count()) == (1, 1)
    signed_in = [response.client for response in responses if response.client.get("/people/").status_code == 200]
    assert len(signed_in) == 1


def test_the_same_direct_room_at_once_is_one(alice: User, bob: User) -> None:
    find = Room.objects.direct_between

    rooms = at_once(*[lambda: find([alice, bob]), lambda: find([bob, alice])] * 3)

    assert len({room.pk for room in rooms}) == 1
    assert Room.objects.get(kind=Room.Kind.DIRECT).memberships.count() == 2


def test_rooms_of_one_name_at_once_get_slugs_of_their_own(alice: User) -> None:
    rooms = at_once(*[lambda: Room.objects.open_up(Room.Kind.OPEN, name="Garden", creator=alice)] * 4)

    assert {room.slug for room in rooms} == {"garden", "garden-2", "garden-3", "garden-4"}


def test_two_administrators_cannot_both_step_down(alice: User, bob: User) -> None:
    bob.change_role("administrator")

    results = at_once(lambda: alice.change_role("member"), bob.deactivate)

    assert sorted(type(result) for result in results if result) == [LastAdministrator]
    assert User.objects.active().filter(role="administrator").count() == 1


def test_nobody_who_joins_misses_a_room_that_opens(alice: User) -> None:
    at_once(
        *[
            lambda number=number: User.objects.sign_up(email=f"{number}@example.org", name="N", password=PASSWORD)
            for number in range(4)
        ],
        *[lambda: Room.objects.open_up(Room.Kind.OPEN, name="Garden", creator=alice)] * 4,
    )

    assert (User.objects.count(), Room.objects.count()) == (5, 5)
    for room in Room.objects.all():
        assert room.memberships.count() == 5


def test_no_more_than_ten_attempts_at_once(transactional_db: None) -> None:
    for _ in range(5):
        Attempt.objects.begin(["a"])

    results = at_once(*[lambda: Attempt.objects.begin(["a"])] * 8)

    assert sum(isinstance(result, list) for result in results) <= 5
    assert {type(result) for result in results} - {list} == {TooManyAttempts}


def test_joining_and_being_removed_at_once_ends_one_way(alice: User, bob: User, den: Room) -> None:
    at_once(*[lambda: den.admit([bob]), lambda: den.dismiss([bob])] * 4)

    assert den.memberships.filter(user=bob).count() in {0, 1}


def test_the_same_sign_up_twice_is_one_person(alice: User) -> None:
    path = f"/join/{Workspace.objects.get().join_code}/"
    form = {"name": "Dana", "email": "dana@example.org", "password": PASSWORD, "time_zone": "UTC"}

    responses = at_once(*[lambda: Client().post(path, form)] * 3)

    assert sorted(response.status_code for response in responses) == [302, 422, 422]
    assert User.objects.filter(name="Dana").count() == 1


def test_conversions_at_once_end_with_a_room_that_is_one_or_the_other(alice: User, bob: User, charlie: User) -> None:
    room = Room.objects.open_up(Room.Kind.OPEN, name="Garden", creator=alice)

    def convert(kind: str) -> Any:
        return Room.objects.get(pk=room.pk).convert(kind, [alice])

    results = at_once(*[lambda: convert(Room.Kind.CLOSED), lambda: convert(Room.Kind.OPEN)] * 3)

    assert results == [None] * 6
    room.refresh_from_db()
    assert room.memberships.count() == (3 if room.kind == Room.Kind.OPEN else 1)
