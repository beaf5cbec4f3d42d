"""How long a search takes, in few messages and in many."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import date, timedelta
from functools import partial
from urllib.parse import urlencode

from e2e.bench.histories import DATABASES, label
from e2e.bench.installations import Installation
from e2e.bench.report import Goal, Table
from e2e.bench.rounds import Options, attempt, enter

SIZES = (1_000, 100_000, 1_000_000)
PEOPLE = 100
PERSONS = {"50 big rooms": 0, "3 small rooms": 1}
"""The first of them, and every other one after it: nobody may search as often as is measured."""
LIMIT = 100.0
"""Milliseconds, at the 95th percentile."""
REPEATED = 4
TODAY = date.today()
TIMES = {"month": f"{TODAY - timedelta(days=180):%Y-%m}", "year": f"{TODAY - timedelta(days=365)}"}
Make = Callable[..., AbstractContextManager[Installation]]

ASKED = {
    "a frequent word": "the",
    "two frequent words": "the of",
    "a phrase": '"of the"',
    "a rare word": "kittiwake",
    "a part of a word": "ittiwa",
    "a word of long ago": "regatta",
    "that and a frequent one": "regatta the",
    "a letter": "t",
    "の": "の",
    "です": "です",
    "珊瑚": "珊瑚",
    "a sentence in Japanese": "ありがとうございます",
    "a word nobody said": "xylophone",
    "an author's": 'the from:"Person 7"',
    "an author's rare ones": 'kittiwake from:"Person 7"',
    "a room's": 'the in:"Room 7"',
    "a month's": "the on:{month}",
    "until a year ago": "regatta before:{year}",
    "links": "has:link",
}
COLUMNS = {"p50": "p50 ms", "p95": "p95 ms", "slowest": "slowest kind, its median ms", "index": "indexed, µs a message"}


async def measure(options: Options) -> tuple[Table, list[Goal]]:
    sizes = [max(SIZES[0], round(size * options.scale)) for size in SIZES]
    notes = [
        f"{len(ASKED)} kinds of searches, {REPEATED} of each in a round, as the field asks while one types: for the "
        "list of the first hits. There are 50 big rooms and 150 small ones. Indexed: everything at once."
    ]
    table, goals = Table("Search", COLUMNS, notes), []
    for database, make in options.chosen(DATABASES).items():
        for size in dict.fromkeys(sizes):
            with ExitStack() as stack:
                name = label(database, size)
                installation = enter(stack, table, name, partial(talking, make, table, name, size))
                for turn in range(options.rounds):
                    await attempt(table, name, installation, measure_persons, turn)
        goals += compare(table, database, max(sizes))
    return table, goals


@contextmanager
def talking(make: Make, table: Table, name: str, size: int) -> Iterator[Installation]:
    with make(people=PEOPLE, messages=1) as installation:
        filled = installation.shell(f"from e2e.bench.talk import talk; print(talk({size}))")
        table.row(name).add(index=float(filled.split()[-1]) / size * 1e6)
        yield installation


async def measure_persons(table: Table, name: str, installation: Installation, turn: int) -> None:
    for person, first in PERSONS.items():
        number = first + turn * len(ASKED) * REPEATED * len(PERSONS)
        times: dict[str, list[float]] = {}
        for kind, text in ASKED.items():
            path = f"/search/?{urlencode({'q': text.format(**TIMES)})}"
            for _ in range(REPEATED):
                number = (number + len(PERSONS)) % PEOPLE
                answer = await installation.get(number, path, **{"HX-Request": "true"})
                times.setdefault(kind, []).append(answer.seconds * 1000)
        everything = sorted(time for each in times.values() for time in each)
        medians = {kind: sorted(each)[len(each) // 2] for kind, each in times.items()}
        table.row(f"{name}, {person}").add(
            p50=everything[len(everything) // 2],
            p95=everything[len(everything) * 95 // 100],
            slowest=max(medians.values()),
        )


def compare(table: Table, database: str, size: int) -> list[Goal]:
    rows = [f"{label(database, size)}, {person}" for person in PERSONS]
    found = {row.rpartition(", ")[2]: table.row(row).median("p95") for row in rows if table.has(row, "p95")}
    name = f"A search in {size:,} messages, p95, {database}"
    return [Goal(name, max(found.values()), LIMIT, "ms", found)] if found else []
