"""The hub's own threads for the ORM, with connections that live as long as they do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper


class DatabaseThreads:
    """Runs functions that use the ORM. Channels' `database_sync_to_async` shares one thread among all sockets.

    Pooled connections go back to their pool after each call. An SQLite connection stays open: to open one costs more
    than most reads. Django's `close_old_connections` would close it each time, as CONN_MAX_AGE is 0.
    """

    def __init__(self, count: int) -> None:
        self._executor = ThreadPoolExecutor(count, thread_name_prefix="live")
        self._kept: set[BaseDatabaseWrapper] = set()

    async def run[T](self, function: Callable[..., T], *args: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._executor, self._call, function, *args)

    def shut_down(self) -> None:
        """Wait for what runs, then close every connection."""
        self._executor.shutdown()
        for connection in self._kept:
            connection.inc_thread_sharing()
            connection.close()

    def _call[T](self, function: Callable[..., T], *args: Any) -> T:
        try:
            return function(*args)
        except Exception:
            connections.close_all()
            raise
        finally:
            for connection in connections.all(initialized_only=True):
                if connection.vendor == "sqlite":
                    self._kept.add(connection)
                else:
                    connection.close()
