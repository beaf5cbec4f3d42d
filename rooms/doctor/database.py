"""The database: which, how fast, writable, up to date."""

from __future__ import annotations

import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from copy import deepcopy
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import Error, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import load_backend
from django.utils import timezone

from rooms.doctor.finding import Finding, away, describe, note, well

CONNECT_SECONDS = 4
ROUNDS = 5
LITTLE_SPACE = 1024**3
"""Bytes of free disk below which the report says so; below a tenth of it, it is not well."""

RESERVED_CONNECTIONS = 10
"""Of PostgreSQL's: its own three for the superuser, and some for migrations and people."""


def look_at_database() -> Iterator[Finding]:
    with closing(connect()) as connection:
        if missing := look_for_file(connection):
            yield missing
            return
        try:
            connection.ensure_connection()
            reading = measure(lambda: select_one(connection))
        except Error as error:
            yield away("Database", describe(error), remedy_for(connection))
            return
        yield look_at_writing(connection, reading)
        yield from look_at_migrations(connection)
        yield from look_at_size(connection)


def connect() -> BaseDatabaseWrapper:
    """A connection of this thread's own, past the pool, which would not say why it has none to give."""
    configuration: dict[str, Any] = deepcopy(connections["default"].settings_dict)
    if connections["default"].vendor == "postgresql":
        configuration["OPTIONS"].pop("pool", None)
        configuration["OPTIONS"]["connect_timeout"] = CONNECT_SECONDS
    connections["default"] = load_backend(configuration["ENGINE"]).DatabaseWrapper(configuration, "default")
    return connections["default"]


def look_for_file(connection: BaseDatabaseWrapper) -> Finding | None:
    """To connect to an SQLite file that is not there would make an empty one."""
    if connection.vendor != "sqlite" or "mode=memory" in str(name := connection.settings_dict["NAME"]):
        return None
    if not Path(name).exists():
        return away("Database", f"there is no {name}", "Make it: python manage.py migrate (make run does it, too)")
    return None


def remedy_for(connection: BaseDatabaseWrapper) -> str:
    if connection.vendor == "sqlite":
        return f"Look at {connection.settings_dict['NAME']}: whose is it, is its disk full or broken?"
    place = connection.settings_dict
    return f"Is PostgreSQL running at {place['HOST'] or 'localhost'}:{place['PORT'] or 5432}? Look at DATABASE_URL."


def measure(act: Callable[[], object]) -> float:
    """The milliseconds of the quickest of a few rounds: what it costs, not what disturbed it."""
    durations = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        act()
        durations.append(time.perf_counter() - started)
    return min(durations) * 1000


def select_one(connection: BaseDatabaseWrapper) -> Any:
    return ask(connection, "SELECT 1")


def ask(connection: BaseDatabaseWrapper, question: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(question)
        return cursor.fetchone()[0]


def look_at_migrations(connection: BaseDatabaseWrapper) -> Iterator[Finding]:
    executor = MigrationExecutor(connection)
    known, applied = set(executor.loader.disk_migrations), set(executor.loader.applied_migrations)
    missing = [migration for migration, _ in executor.migration_plan(executor.loader.graph.leaf_nodes())]
    if missing:
        yield away("Migrations", f"{len(missing)} are not applied", "Run: python manage.py migrate, restart the server")
    elif newer := applied - known:
        yield note(
            "Migrations", f"all applied; {len(newer)} are not of this version", "Is this code older than the data?"
        )
    else:
        yield well("Migrations", f"all {len(applied)} applied")


def look_at_writing(connection: BaseDatabaseWrapper, reading: float) -> Finding:
    kind = describe_kind(connection)
    try:
        writing = measure(write_and_delete)
    except Error as error:
        remedy = "Is the disk full, the file another user's, or this a replica? Another program may hold a lock."
        return away("Database", f"{kind}, reads but does not write: {describe(error)}", remedy)
    return well("Database", f"{kind}; a read takes {reading:.2f} ms, two commits {writing:.1f} ms")


def write_and_delete() -> None:
    """Commit a row that ended before it began, and commit its deletion. Whatever is left, `clearsessions` takes."""
    expired = timezone.now() - timedelta(days=1)
    Session.objects.create(session_key=f"doctor{secrets.token_hex(12)}", expire_date=expired).delete()


def describe_kind(connection: BaseDatabaseWrapper) -> str:
    if connection.vendor == "sqlite":
        mode = str(ask(connection, "PRAGMA journal_mode")).upper()
        return f"SQLite {ask(connection, 'SELECT sqlite_version()')} in {mode} mode"
    return f"PostgreSQL {ask(connection, 'SHOW server_version').split()[0]}"


def look_at_size(connection: BaseDatabaseWrapper) -> Iterator[Finding]:
    if connection.vendor == "sqlite":
        free = shutil.disk_usage(settings.DATA_DIR).free
        text = f"{free / 1024**3:.1f} GB free at {settings.DATA_DIR}"
        if free < LITTLE_SPACE / 10:
            yield away("Disk", text, "Make room: a full disk refuses every post.")
        elif free < LITTLE_SPACE:
            yield note("Disk", text, "Make room soon.")
        return
    there = int(ask(connection, "SHOW max_connections")) - RESERVED_CONNECTIONS
    wanted = settings.WEB_CONCURRENCY * settings.DATABASES["default"]["OPTIONS"]["pool"]["max_size"]
    if wanted > there:
        remedy = "Lower DATABASE_POOL_SIZE, or raise max_connections of PostgreSQL."
        yield note("Connections", f"the processes may ask for {wanted}, PostgreSQL has some {there} for them", remedy)
