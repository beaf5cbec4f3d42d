"""Transactions of one process stand in line for SQLite's lock, instead of asking for it now and then.

SQLite knows no line: who finds the database locked sleeps, in the end for 100 ms at a time, and looks again. Whoever
comes by just then has the lock. With eight threads that post without a pause some waited for five seconds and got
"database is locked", while none of the others' posts took longer than a few milliseconds.

Other processes still ask now and then, but for one thread of each at most.
"""

import sqlite3
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

    def enter_line(self) -> None:
        """Wait as long as SQLite would be waited for. Whose turn has not come by then asks SQLite all the same."""
        if not self.inside:
            self.inside = self.line.try_enter() or self.line.enter(self.patience())

    def patience(self) -> float:
        """Seconds that this connection waits for others, as rooms.outages.short_patience may have set it."""
        (milliseconds,) = self.connection.execute("PRAGMA busy_timeout").fetchone()
        return float(milliseconds) / 1000

    def leave_line(self) -> None:
        if self.inside:
            self.inside = False
            self.line.leave()

    def _start_transaction_under_autocommit(self) -> None:
        self.enter_line()
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self.leave_line()
            raise

    def write_in_turn(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        """Run a statement; one that is a transaction of its own when its turn has come."""
        if self.in_atomic_block or not sql.startswith(WRITES):
            return execute(sql, params, many, context)
        with self.turn():
            return execute(sql, params, many, context)

    @contextmanager
    def turn(self) -> Iterator[None]:
        self.enter_line()
        try:
            yield
        finally:
            self.leave_line()

    # A transaction whose COMMIT fails goes on, until it is rolled back or its connection closed.

    def _commit(self) -> None:
        super()._commit()  # type: ignore[misc]
        self.leave_line()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self.leave_line()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            self.leave_line()
