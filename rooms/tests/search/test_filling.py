"""What was said before there was an index, or by a version that knows of none."""

import threading

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.models import F

from rooms.models import Message, Room, User
from rooms.search import filling, index
from rooms.search.companion import Filler
from rooms.search.filling import fill, is_full, put_in
from rooms.search.models import Document
from rooms.search.terms import facet, term
from rooms.tests.search.conftest import Find, Say


@pytest.fixture
def unindexed(lobby: Room, bob: User, say: Say) -> list[Message]:
    """Seven messages that only their own table has, one of them erased."""
    messages = [say(lobby, bob, f"Long ago {number}") for number in range(7)]
    messages[3].erase(bob)
    with transaction.atomic():
        for message in messages:
            index.remove(message)
    assert not Document.objects.exists()
    return messages


def says(message: Message, which: int) -> bool:
    """Whether the index has this of a message. Tests that commit leave theirs in it: no flush empties FTS5's table."""
    return any(message.pk in found for found in index.find(index.Asked([which])))


def test_everything_is_put_in_newest_first(unindexed: list[Message], bob: User, find: Find, monkeypatch) -> None:
    monkeypatch.setattr(filling, "WINDOW", 3)
    batches = fill(batch=4)

    assert find(bob, "ago") == [] and not is_full()
    next(batches)
    assert "Long ago 6" in find(bob, "ago") and "Long ago 0" not in find(bob, "ago") and not is_full()
    rest = sum(batches)

    assert is_full() and rest < 6
    assert find(bob, "ago") == [f"Long ago {number}" for number in (6, 5, 4, 2, 1, 0)]
    assert list(fill()) == []


def test_what_is_in_already_is_not_put_in_twice(unindexed: list[Message], bob: User) -> None:
    index.add([unindexed[0]])
    index.add([unindexed[0]])
    call_command("fill_search_index", verbosity=0)

    everything = index.Asked([facet("author", bob.pk)])
    assert [pk for found in index.find(everything) for pk in found] == [
        message.pk for message in unindexed[::-1] if message.pk != unindexed[3].pk
    ]


@pytest.mark.django_db(transaction=True)
def test_the_server_does_it_by_itself(unindexed: list[Message], bob: User, find: Find) -> None:
    filler = Filler()
    filler.start()
    try:
        for _ in range(200):
            if is_full():
                break
            threading.Event().wait(0.05)
        assert len(find(bob, "ago")) == 6
    finally:
        filler.stop()


def test_a_batch_of_long_messages_has_few(unindexed: list[Message]) -> None:
    Message.objects.filter(pk__in=[message.pk for message in unindexed]).update(body="long words " * 900)

    batches = list(fill())

    assert batches == [5, 1] and is_full()


@pytest.mark.django_db(transaction=True)
def test_what_changes_while_its_terms_are_made_is_put_in_as_it_became(unindexed: list[Message]) -> None:
    message, inside = unindexed[0], []
    zebra = term("zeb")

    def change(execute, sql, params, many, context):
        answer = execute(sql, params, many, context)
        if sql.startswith("SELECT") and '"body"' in sql and not inside:
            inside.append(connection.in_atomic_block)
            # As a version does that knows of no index.
            Message.objects.filter(pk=message.pk).update(body="zebra", clock=F("clock") + 1)
        return answer

    with connection.execute_wrapper(change):
        count = put_in([message.pk])

    assert (count, inside, says(message, zebra)) == (0, [False], False)
    assert put_in([message.pk]) == 1
    assert says(message, zebra)


@pytest.mark.django_db(transaction=True)
def test_an_edit_while_it_is_put_in_leaves_no_old_terms(lobby: Room, bob: User, say: Say) -> None:
    """The edit has found it in no index, and waits: nobody may put its old text in now."""
    message, removed, filled = say(lobby, bob, "quagga"), threading.Event(), threading.Event()
    with transaction.atomic():
        index.remove(message)

    def edit() -> None:
        def wait(execute, sql, params, many, context):
            if sql.startswith("UPDATE") and "rooms_message" in sql and not removed.is_set():
                removed.set()
                filled.wait(0.5)  # SQLite lets nobody else write meanwhile.
            return execute(sql, params, many, context)

        try:
            with connection.execute_wrapper(wait):
                Message.objects.get(pk=message.pk).edit("okapi")
        finally:
            connection.close()

    editing = threading.Thread(target=edit)
    editing.start()
    assert removed.wait(10)
    put_in([message.pk])
    filled.set()
    editing.join()

    message.refresh_from_db()
    assert message.body == "okapi"
    assert says(message, term("oka")) and not says(message, term("qua"))


def test_terms_of_an_edited_message_leave_nothing_behind(lobby: Room, bob: User, say: Say) -> None:
    message = say(lobby, bob, "zebra")
    (zebra, *_) = index.terms_of_message(message) - index.terms_of("", lobby.pk, bob.pk, [])
    assert list(index.find(index.Asked([zebra]))) == [[message.pk]]

    message.edit("lion")

    assert list(index.find(index.Asked([zebra]))) == []
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO search_terms (search_terms) VALUES ('integrity-check')")


@pytest.mark.parametrize("others", [0, 50])
def test_what_changed_behind_its_back_is_still_taken_out(
    lobby: Room, bob: User, find: Find, say: Say, others: int
) -> None:
    for number in range(others):
        say(lobby, bob, f"another {number}")
    message = say(lobby, bob, "zebra")
    Message.objects.filter(pk=message.pk).update(body="lion", files=[{"name": "tiger.png", "kind": "image"}] * 3)

    message.refresh_from_db()
    message.edit("gnu")

    assert (find(bob, "gnu tiger"), find(bob, "zebra"), find(bob, "lion")) == (["gnu"], [], [])
    message.erase(bob)
    assert find(bob, "gnu") == find(bob, "zebra") == []


@pytest.mark.django_db(transaction=True)
def test_an_index_of_other_rules_begins_anew(lobby: Room, bob: User, find: Find, say: Say) -> None:
    message = say(lobby, bob, "zebra")
    newest = MigrationExecutor(connection).loader.graph.leaf_nodes()

    MigrationExecutor(connection).migrate([("search", "0001_initial")])
    MigrationExecutor(connection).migrate(newest)

    assert not Document.objects.exists() and not says(message, term("zeb"))
    assert sum(fill()) == 1
    assert find(bob, "zebra") == ["zebra"]
