"""Connections of the hub's threads, which live as long as the process."""

from collections.abc import Callable
from typing import Any

from django.db import connections


def with_connection[T](function: Callable[..., T], *args: Any) -> T:
    """Call a function that uses the ORM; leave the thread's connections fit for the next call.

    Pooled connections go back to their pool. An SQLite connection stays open while it works: to open one costs more
    than most of our reads. Django's `close_old_connections` would close it each time, as CONN_MAX_AGE is 0.
    """
    try:
        return function(*args)
    except Exception:
        connections.close_all()
        raise
    finally:
        for connection in connections.all(initialized_only=True):
            if connection.vendor != "sqlite":
                connection.close()
