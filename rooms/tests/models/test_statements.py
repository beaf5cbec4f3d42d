"""A statement that is spelled out once finds what its query finds, each time and for everybody."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from rooms.feeds.standing import find_standings, of_one
from rooms.models import Draft, Room, User
from rooms.models.draft import find_unsent
from rooms.models.notification import Told, find_told, sum_up, told_to_one
from rooms.models.statement import Statement


@pytest.fixture
def talked_in(den: Room, lobby: Room, alice: User, bob: User) -> None:
    lobby.post(alice, "Good morning @Bob Okafor", "k-1")
    den.post(bob, "Hello @room", "k-2")
    Room.objects.get(pk=den.pk).archive()
    alice.memberships.filter(room=lobby).update(unread_held=True)


@pytest.mark.usefixtures("talked_in")
def test_it_finds_what_the_query_finds(alice: User, bob: User, charlie: User) -> None:
    for _ in range(2):
        for person in (alice, bob, charlie):
            assert [blurred(row) for row in of_one.rows(person.pk)] == [blurred(r) for r in find_standings(person.pk)]
            assert told_to_one.rows(person.pk) == list(find_told(person.pk))
    assert told_to_one.rows(bob.pk) == [(bob.pk, *sum_up([bob.pk, alice.pk])[bob.pk])]
    assert sum_up([bob.pk])[bob.pk] == Told(1, bob.notifications.get(message__room__slug="lobby").pk)


def blurred(row: tuple[object, ...]) -> list[object]:
    """A row without the form of its times: what counts of them is whether they are there."""
    return [value if isinstance(value, int | str | None) and ":" not in str(value) else "a time" for value in row]


def test_it_is_spelled_out_once(alice: User, bob: User) -> None:
    made: list[int] = []

    def make(pk: int) -> object:
        made.append(pk)
        return User.objects.filter(pk=pk).values_list("name")

    statement = Statement(make)

    assert statement.rows(alice.pk) == [(alice.name,)]
    assert statement.rows(bob.pk) == [(bob.name,)]
    assert len(made) == 1


def test_who_has_begun_nothing_is_asked_for_in_one_query(lobby: Room, alice: User, bob: User) -> None:
    Draft.objects.keep(bob, lobby, "page-1", "I was about to")
    with CaptureQueriesContext(connection) as queries:
        assert find_unsent(alice, lobby) == []
    assert len(queries) == 1
    assert [draft.body for draft in find_unsent(bob, lobby)] == ["I was about to"]
