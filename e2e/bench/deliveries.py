"""What a delivery costs and how long it takes, among few sockets and many."""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from e2e.bench import contestants
from e2e.bench.client import PATIENCE, Crowd
from e2e.bench.machine import cpu_seconds
from e2e.bench.posts import TEXT
from e2e.bench.report import Goal, Table, goal
from e2e.bench.rounds import Options, attempt, enter
from e2e.bench.servers import PAYLOAD, Running

SETTLING = 1.0
"""Seconds in which a server comes to rest."""
QUIET = 5.0
"""Seconds of listening to what a server does when nobody speaks."""
PACE = 0.02
"""Seconds between two posts: nobody may pile up."""
POSTS = 200
"""Enough to tell what a hundred sockets add to what a post costs anyway; fewer where the room is large."""
LONG = 8.0
"""Seconds after which enough has been said, however little it was."""

COLUMNS = {
    "delivery": "CPU µs / delivery",
    "gross": "with post and upkeep",
    "further": "each further socket",
    "database": "database's µs",
    "rate": "deliveries / s",
    "p50": "p50 ms",
    "p99": "p99 ms",
    "size": "bytes",
    "upkeep": "upkeep, CPU ms / s",
    "client": "client busy %",
    "lost": "lost",
}
NOTES = [
    "CPU / delivery is what a post to so many sockets takes, all processes, less what it takes with nobody there "
    "(where it can be posted with nobody there: Rooms and Nchan, over HTTP) and less upkeep, which is what the server "
    "does when nobody speaks: sweeps, looking sessions up again, pings. “With post and upkeep” leaves all of it in. "
    "“Each further socket” is the same less what it takes with one socket there: reading and drawing the message.",
    f"Rooms commits, draws and compresses what was posted; the others pass on {PAYLOAD} bytes as they are, "
    "about as many as Rooms sends. Latency is from the post to its arrival at the last socket; deliveries / s is how "
    "fast they arrive in that time. The client is no bottleneck while it is not busy all the time. Lost is what did "
    f"not come within {PATIENCE:.0f} s, of all deliveries.",
]


async def measure_deliveries(options: Options) -> tuple[Table, list[Goal]]:
    sizes = [options.sockets(500), options.sockets(2000)]
    table = await measure("Deliveries", contestants.CROWDED, sizes, options)
    return table, [*cost_goals(table, sizes), *latency_goals(table, sizes[0])]


def cost_goals(table: Table, sizes: Sequence[int]) -> list[Goal]:
    goals = []
    for size in sizes:
        others = [label(name, size) for name in contestants.CROWDED if name != contestants.ROOMS]
        limits = {label("Nchan", size): 1.15, label("ws", size): 1.0}
        limit = [
            factor * table.rows[row].median("delivery") for row, factor in limits.items() if table.has(row, "delivery")
        ]
        if limit:
            name = f"A delivery, {size:,} sockets in the room, CPU (aim: 1.15 x Nchan, less than ws)"
            ours = label(contestants.ROOMS, size)
            goals += goal(table, name, ours, "delivery", min(limit), "µs", *others, suffix=f", {size}")
    return goals


def latency_goals(table: Table, size: int) -> list[Goal]:
    goals, others = [], [label("ws", size), label("Nchan", size)]
    for column, limit in ("p50", 12), ("p99", 30):
        name = f"From the post to the last of {size:,} screens, {column}"
        goals += goal(table, name, label(contestants.ROOMS, size), column, limit, "ms", *others, suffix=f", {size}")
    return goals


async def measure_growth(options: Options) -> tuple[Table, list[Goal]]:
    sizes = [options.sockets(size) for size in (100, 500, 2000, 10_000)]
    chosen: dict[str, contestants.Make] = {
        name: contestants.CROWDED[name] for name in (contestants.ROOMS, "Nchan", "ws")
    }
    table = await measure("Growth", chosen, sizes, options)
    # The second without what is done once for all: it falls on more and more, and would hide any growth. With a hundred
    # sockets it is a difference between two posts, and mostly noise.
    return table, [
        *grown(table, chosen, "delivery", "Growth of what a delivery costs", sizes[0], sizes[-1]),
        *grown(table, chosen, "further", "Growth of what a further socket costs", sizes[1], sizes[-1]),
    ]


def grown(table: Table, names: Iterable[str], column: str, line: str, few: int, many: int) -> list[Goal]:
    growth = {}
    for name in names:
        if table.has(label(name, few), column) and table.has(label(name, many), column):
            before, after = (table.rows[label(name, size)].median(column) for size in (few, many))
            growth[name] = (after / before - 1) * 100
    found = growth.pop(contestants.ROOMS, None)
    return [] if found is None else [Goal(f"{line}, {few:,} to {many:,}", found, 20, "%", growth)]


def label(name: str, size: int) -> str:
    return f"{name}, {size}"


async def measure(title: str, chosen: dict[str, contestants.Make], sizes: Sequence[int], options: Options) -> Table:
    table = Table(title, COLUMNS, NOTES)
    for number in range(options.rounds):
        for name, make in options.chosen(chosen).items():
            with ExitStack() as stack:
                sys.stderr.write(f"round {number + 1}: ")
                contestant = enter(stack, table, name, make)
                await attempt(table, name, contestant, measure_contestant, sizes)
    return table


@dataclass
class Talk:
    """What some posts took, in seconds."""

    cpu: float
    database: float
    client: float
    wall: float
    posts: int
    latencies: list[float]
    lost: int


async def measure_contestant(table: Table, name: str, contestant: Running, sizes: Sequence[int]) -> None:
    alone = await post_alone(contestant, POSTS) if contestant.alone else 0.0
    crowd = Crowd(contestant.door)
    await crowd.grow(1)
    await talk(contestant, crowd, 10)
    single = per_post(await talk(contestant, crowd, POSTS))
    for size in sizes:
        await crowd.grow(size)
        await asyncio.sleep(SETTLING)
        upkeep = await listen(contestant)
        await talk(contestant, crowd, 3)
        crowd.bytes = 0
        said = await talk(contestant, crowd, max(20, min(POSTS, 100_000 // size)))
        net = per_post(said, upkeep)
        latencies = sorted(said.latencies)
        table.row(label(name, size)).add(
            delivery=(net - alone) / size * 1e6,
            gross=said.cpu / said.posts / size * 1e6,
            further=(net - single) / (size - 1) * 1e6,
            rate=size * len(latencies) / sum(latencies),
            p50=statistics.median(latencies) * 1e3,
            p99=latencies[int(len(latencies) * 0.99)] * 1e3,
            size=crowd.bytes / said.posts / size,
            upkeep=upkeep * 1e3,
            client=said.client / sum(latencies) * 100,
            lost=said.lost,
        )
        if contestant.database():
            table.row(label(name, size)).add(database=said.database / said.posts / size * 1e6)
    await crowd.close()


def per_post(said: Talk, upkeep: float = 0.0) -> float:
    """Seconds of CPU for each post, less what would have been used in that time anyway."""
    return (said.cpu - upkeep * said.wall) / said.posts


async def talk(
    contestant: Running, crowd: Crowd, posts: int, text: str = TEXT, sign: Callable[[str], str] = str
) -> Talk:
    """Say things to a crowd, each after the one before has arrived everywhere, for a LONG time at most.

    `sign` gives what tells that a word has arrived; the word itself, unless told.
    """
    said = Talk(0, 0, 0, 0, 0, [], 0)
    begin = read_clocks(contestant)
    while said.posts < posts and time.perf_counter() - begin[3] < LONG:
        word = f"word{said.posts:04}"
        crowd.expect(sign(word))
        said_at = time.perf_counter()
        await contestant.say(crowd, f"{text} {word}")
        said.posts += 1
        if arrived_at := await crowd.wait():
            said.latencies.append(arrived_at - said_at)
        said.lost += crowd.wanted - crowd.arrived
        await asyncio.sleep(PACE)
    spent = (after - before for before, after in zip(begin, read_clocks(contestant), strict=True))
    said.cpu, said.database, said.client, said.wall = spent
    return said


def read_clocks(contestant: Running) -> tuple[float, float, float, float]:
    return contestant.cpu(), contestant.database_cpu(), cpu_seconds([os.getpid()]), time.perf_counter()


async def post_alone(contestant: Running, posts: int) -> float:
    """Seconds of CPU for a post that nobody listens to."""
    for number in range(20):
        await contestant.say(None, f"{TEXT} warm{number}")
    cpu = contestant.cpu()
    for number in range(posts):
        await contestant.say(None, f"{TEXT} alone{number}")
        await asyncio.sleep(PACE)
    return (contestant.cpu() - cpu) / posts


async def listen(contestant: Running, seconds: float = QUIET) -> float:
    """Seconds of CPU that a server uses in each second when nobody speaks."""
    cpu, begin = contestant.cpu(), time.perf_counter()
    await asyncio.sleep(seconds)
    return (contestant.cpu() - cpu) / (time.perf_counter() - begin)
