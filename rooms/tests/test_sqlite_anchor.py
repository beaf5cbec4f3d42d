"""No connection of ours is the last one to its SQLite file while the process lives."""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError

from project.sqlite.anchor import anchors, put_logs_away
from project.sqlite.base import DatabaseWrapper

LOOK_IN = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('SELECT * FROM posts'); c.close()"
"""What a cron job does. Whoever closes a file last, as far as the locks tell, deletes its log."""


@pytest.fixture
def database(sqlite_configuration: dict[str, Any]) -> Iterator[DatabaseWrapper]:
    database = DatabaseWrapper(sqlite_configuration, "other")
    yield database
    database.close()
    if anchor := anchors.pop(database.settings_dict["NAME"], None):
        anchor.close()


def test_the_log_outlives_the_only_connection(database: DatabaseWrapper) -> None:
    path = database.settings_dict["NAME"]
    with database.cursor() as cursor:
        cursor.execute("CREATE TABLE posts (body TEXT)")
    database.close()
    subprocess.run([sys.executable, "-c", LOOK_IN, path], check=True)
    assert Path(f"{path}-wal").exists()

    anchors.pop(path).close()
    assert not Path(f"{path}-wal").exists()


def test_one_anchor_holds_for_all_connections(database: DatabaseWrapper) -> None:
    with database.cursor():
        first = anchors[database.settings_dict["NAME"]]
    database.close()
    with database.cursor():
        assert anchors[database.settings_dict["NAME"]] is first


def test_an_anchor_that_finds_no_hold_is_dropped_again(database: DatabaseWrapper) -> None:
    path = Path(database.settings_dict["NAME"])
    path.write_text("no database, but as long as one" * 100)
    database.settings_dict["OPTIONS"]["init_command"] = ""  # So that it is the anchor which reads first.
    for _ in range(2):
        with pytest.raises(DatabaseError):
            database.ensure_connection()
        assert str(path) not in anchors

    path.unlink()
    with database.cursor():
        assert str(path) in anchors


def test_the_file_alone_has_everything_once_the_log_is_put_away(database: DatabaseWrapper, tmp_path: Path) -> None:
    with database.cursor() as cursor:
        cursor.execute("CREATE TABLE posts (body TEXT)")
        cursor.execute("INSERT INTO posts VALUES ('hello')")
        put_logs_away()

        copy = shutil.copy(database.settings_dict["NAME"], tmp_path / "copy.sqlite3")
    with closing(sqlite3.connect(copy)) as copied:
        assert copied.execute("SELECT body FROM posts").fetchall() == [("hello",)]
