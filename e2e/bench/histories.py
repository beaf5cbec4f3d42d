"""Whether what a page and a return cost depends on how much was ever said in the room."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from functools import partial

from e2e.bench import installations
from e2e.bench.connects import BEHIND, MISSED, hello, open_many
from e2e.bench.installations import Installation
from e2e.bench.pages import load_many
from e2e.bench.report import Goal, Table
from e2e.bench.rounds import Options, attempt, enter

SIZES = (1_000, 1_000_000)
PEOPLE = 300
ALLOWANCE = 15.0
"""Per cent."""

COLUMNS = {"page": "newest page", "history": "page from the middle", "connect": f"connect, {BEHIND}"}
DATABASES: dict[str, Callable[..., AbstractContextManager[Installation]]] = {
    "SQLite": installations.rooms,
    "PostgreSQL": installations.rooms_on_postgresql,
}


async def measure(options: Options) -> tuple[Table, list[Goal]]:
    sizes = (SIZES[0], max(SIZES[0], round(SIZES[1] * options.scale)))
    notes = ["CPU µs, the database's included. Both rooms are there at once, each in an installation of its own."]
    table, goals = Table("Long histories", COLUMNS, notes), []
    for database, make in options.chosen(DATABASES).items():
        with ExitStack() as stack:
            made = {label(database, size): partial(make, people=PEOPLE, messages=size) for size in sizes}
            running = {name: enter(stack, table, name, start) for name, start in made.items()}
            for turn in range(options.rounds):
                for name, contestant in running.items():
                    await attempt(table, name, contestant, measure_contestant, options, turn)
        goals += compare(table, database, *sizes)
    return table, goals


def label(database: str, size: int) -> str:
    return f"{database}, {size:,} messages"


async def measure_contestant(table: Table, name: str, contestant: Installation, options: Options, turn: int) -> None:
    middle = contestant.team.clock // 2
    paths = {"page": "/rooms/lobby/", "history": f"/rooms/lobby/?before={middle}"}
    pages, sockets = options.pages(80), options.sockets(80)
    for column, path in paths.items():
        found = Table("", {})
        await load_many(found, column, contestant, pages, [path], turn * pages)
        parts = found.row(column)
        database = parts.median("database") if contestant.database() else 0.0
        table.row(name).add(**{column: parts.median("cpu") + database})
    door = replace(contestant.door, hello=hello(contestant, MISSED))
    people = range(turn * sockets, (turn + 1) * sockets)
    table.row(name).add(connect=sum(await open_many(contestant, door, people)))


def compare(table: Table, database: str, few: int, many: int) -> list[Goal]:
    """How much more each costs in the long history, per cent: the goal is for the one that grows most."""
    growth = {
        title: (long.median(column) / short.median(column) - 1) * 100
        for long, short in [(table.row(label(database, many)), table.row(label(database, few)))]
        for column, title in COLUMNS.items()
        if column in long.figures and column in short.figures
    }
    name = f"Growth of a page or a return with the room, {few:,} to {many:,} messages, {database}"
    return [Goal(name, max(growth.values()), ALLOWANCE, "%", growth)] if growth else []
