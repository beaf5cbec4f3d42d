"""Transactions of one process stand in line for SQLite's lock, instead of asking for it now and then.

SQLite knows no line: who finds the database locked sleeps, in the end for 100 ms at a time, and looks again. Whoever
comes by just then has the lock. With eight threads that post without a pause some waited for five seconds and got
"database is locked", while none of the others' posts took longer than a few milliseconds.

Other processes still ask now and then, but for one thread of each at most.
"""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db.backends.sqlite3 import base

from project.sqlite.anchor import drop_anchor
from project.sqlite.line import Line

WRITES = "INSERT", "UPDATE", "DELETE", "REPLACE"
"""How statements begin that Django sends without a transaction around them."""

lines: dict[str, Line] = {}
"""By the database's name, for all connections of the process."""


class DatabaseWrapper(base.DatabaseWrapper):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.inside = False
        """Whether it is this connection's turn."""
        self.execute_wrappers.append(self.write_in_turn)

    def get_new_connection(self, conn_params: dict[str, Any]) -> sqlite3.Connection:
        connection: sqlite3.Connection = super().get_new_connection(conn_params)
        path = str(self.settings_dict["NAME"])
        self.line = lines.setdefault(path, Line())  # Not in __init__: tests change the name of a connection later.
        if not self.is_in_memory_db():
            try:
                drop_anchor(path)
            except sqlite3.Error:
                connection.close()
                raise
        return connection

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for one's turn, and in what is done then for SQLite: together no longer than for SQLite alone.

        Whose turn has not come by then asks SQLite all the same, once.
        """
        if self.inside or self.line.try_enter():
            self.inside = True
            yield
            return
        (usual,) = self.connection.execute("PRAGMA busy_timeout").fetchone()
        begun = time.monotonic()
        self.inside = self.line.enter(usual / 1000)
        left = max(0, usual - round((time.monotonic() - begun) * 1000))
        try:
            self.connection.execute(f"PRAGMA busy_timeout = {left}")
            yield
        finally:
            self.connection.execute(f"PRAGMA busy_timeout = {usual}")

    def leave_line(self) -> None:
        if self.inside:
            self.inside = False
            self.line.leave()

    def _start_transaction_under_autocommit(self) -> None:
        try:
            with self.turn():
                super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self.leave_line()
            raise

    def _set_autocommit(self, autocommit: bool) -> None:
        """Every transaction ends with this, however it went, unless its connection is closed."""
        super()._set_autocommit(autocommit)  # type: ignore[misc]
        if autocommit:
            self.leave_line()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            self.leave_line()

    def write_in_turn(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        """Run a statement; one that is a transaction of its own when its turn has come.

        One that returns something ends when that is fetched. Who is next finds the lock taken a moment longer.
        """
        if self.in_atomic_block or not sql.startswith(WRITES):
            return execute(sql, params, many, context)
        try:
            with self.turn():
                return execute(sql, params, many, context)
        finally:
            self.leave_line()
