"""What a release does to the version before it, which runs on until the new one has taken over."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps.registry import Apps
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from rooms.models import Membership, Message, Room, User, Workspace

pytestmark = pytest.mark.django_db


@pytest.fixture
def former() -> Apps:
    """The models of the first release: what they insert names no column that came later."""
    return MigrationLoader(connection).project_state(("rooms", "0001_initial")).apps


def test_the_former_version_goes_on_writing(former: Apps) -> None:
    def create(model: str, **values: Any) -> Any:
        return former.get_model("rooms", model).objects.create(**values).pk

    create("Workspace", name="Garden")
    person = create("User", name="Alice Moreau", email="alice@example.org", password="!")
    room = create("Room", kind="open", slug="lobby", name="Lobby", creator_id=person)
    create("Membership", room_id=room, user_id=person)
    create("Message", room_id=room, author_id=person, key="k-1", body="Hello", position=1, clock=1)
    create("Attempt", key="k", made_at="2026-01-01T00:00Z")

    for written in (Workspace, User, Room, Membership, Message):
        row, plain = written._base_manager.get(), written()
        names = {field.attname for field in written._meta.concrete_fields}
        later = names - {field.attname for field in former.get_model("rooms", written.__name__)._meta.concrete_fields}
        assert later
        assert {name: getattr(row, name) for name in later} == {name: getattr(plain, name) for name in later}


@pytest.mark.django_db(transaction=True)
def test_messages_are_not_written_anew_for_more_columns(former: Apps) -> None:
    """On SQLite that takes as long as they are many, and nobody else writes meanwhile."""
    migration = MigrationLoader(connection).get_migration("rooms", "0005_whole_messages")
    (before,) = migration.dependencies
    executor = MigrationExecutor(connection)
    statements: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        statements.append(sql)
        return execute(sql, params, many, context)

    newest = executor.loader.graph.leaf_nodes()
    executor.migrate([before])
    try:
        with connection.execute_wrapper(note):
            MigrationExecutor(connection).migrate([("rooms", "0005_whole_messages")])
    finally:
        MigrationExecutor(connection).migrate(newest)

    assert len([sql for sql in statements if sql.startswith('ALTER TABLE "rooms_message" ADD COLUMN')]) == 9
    assert [sql for sql in statements if "new__rooms_message" in sql] == []
