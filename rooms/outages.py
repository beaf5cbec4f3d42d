"""Databases that cannot for the moment: how they say so, and what may be tried again."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import wraps

from django.db import InterfaceError, OperationalError, connection

PASSING = {
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR,
}  # fmt: skip
"""What SQLite says of a file that is locked, away or on a full disk."""

PASSING_CLASSES = {"08", "40", "53", "55", "57", "58"}
"""PostgreSQL's classes of errors in which it is not the query that is wrong: connection, rollback, resources, locks,
an operator's intervention, the system."""

SHORT_MILLISECONDS = 200

DEADLOCK, NOT_SERIALIZABLE = "40P01", "40001"


def is_outage(error: object) -> bool:
    """Whether the same query may work in a moment. Not where a table is missing, say."""
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    code, state = getattr(error.__cause__, "sqlite_errorcode", None), sqlstate(error)
    if code is not None:
        return code & 0xFF in PASSING
    return state is None or state[:2] in PASSING_CLASSES  # None: there is no connection that could say why.


@contextmanager
def in_passing() -> Iterator[None]:
    """Do what a page can do without: not waited for while another process writes, and left undone in an outage."""
    try:
        with short_patience() if connection.vendor == "sqlite" else nullcontext():
            yield
    except (OperationalError, InterfaceError) as error:
        if not is_outage(error):
            raise


@contextmanager
def short_patience() -> Iterator[None]:
    """Wait for SQLite's other writers no longer than they usually take."""
    with connection.cursor() as cursor:
        (usual,) = cursor.execute("PRAGMA busy_timeout").fetchone()
        cursor.execute(f"PRAGMA busy_timeout = {SHORT_MILLISECONDS}")
        try:
            yield
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {usual}")


def once_more[**Arguments, Result](verb: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Do a verb's transaction a second time when the database has ended it so that another one could go on.

    Inside of a transaction the error goes up: it is that one which has to be done again.
    """

    @wraps(verb)
    def wrapper(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        try:
            return verb(*args, **kwargs)
        except OperationalError as error:
            if connection.in_atomic_block or sqlstate(error) not in {DEADLOCK, NOT_SERIALIZABLE}:
                raise
            return verb(*args, **kwargs)

    return wrapper


def sqlstate(error: Exception) -> str | None:
    state: str | None = getattr(error.__cause__, "sqlstate", None)
    return state
