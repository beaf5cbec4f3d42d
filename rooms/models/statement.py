"""What every page asks of one person, spelled out once: that takes Django longer than the database to answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.db.models import QuerySet

STAND_INS = (2_000_000_011, 2_000_000_033, 2_000_000_063)
"""Ids in whose places the real ones go. Nothing else that a query says looks like them."""


class Statement:
    """A query in which nothing differs but some ids. `make` gets these and gives the query, of columns by name."""

    def __init__(self, make: Callable[..., QuerySet[Any, Any]]) -> None:
        self.make = make
        self.spelled_out: dict[str, tuple[str, tuple[Any, ...]]] = {}
        """The SQL and its parameters, by the kind of database."""

    def rows(self, *ids: int) -> list[tuple[Any, ...]]:
        """What the query finds, as the database says it: on SQLite a truth value is a number, and a time a text."""
        if (found := self.spelled_out.get(connection.vendor)) is None:
            found = self.make(*STAND_INS[: len(ids)]).query.sql_with_params()
            self.spelled_out[connection.vendor] = found
        sql, parameters = found
        real = dict(zip(STAND_INS, ids, strict=False))
        with connection.cursor() as cursor:
            cursor.execute(sql, [real.get(value, value) for value in parameters])
            return list(cursor.fetchall())
