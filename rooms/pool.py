"""Database connections, where others wait for them."""

from django.db import connections


def give_back_connections() -> None:
    """To the pool, where there is one, before something that takes long; an SQLite connection stays open.

    The next query takes another. In a transaction nothing happens.
    """
    for connection in connections.all(initialized_only=True):
        if connection.vendor != "sqlite" and not connection.in_atomic_block:
            connection.close()
