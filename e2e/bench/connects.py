"""What it costs when a socket opens: who is it, may they, where is their page, what does it lack."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace

from e2e.bench import contestants
from e2e.bench.client import Crowd, Door
from e2e.bench.contestants import Installation, Running
from e2e.bench.report import Goal, Table, goal
from e2e.bench.rounds import Options, attempt, enter

BATCH = 10
MISSED = 20
"""Messages that those lack who were away."""
SETTLED = 0.01
"""Seconds in which a server finishes what an opening has left behind."""

PRESENT, BEHIND = "at the present", f"{MISSED} messages behind"


async def measure(options: Options) -> tuple[Table, list[Goal]]:
    table = Table(
        "A socket that opens",
        {
            "first": "CPU µs, session not seen before",
            "again": "CPU µs, the same people again",
            "database": "database's CPU µs",
        },
        [
            f"{options.sockets(200)} sockets, {BATCH} at once; medians of batches, so that a sweep that falls in "
            "between does not count. Rooms and the stock consumer look up a session, the first also membership and "
            "what was missed; the others know nobody. Each round's people are others."
        ],
    )
    with ExitStack() as stack:
        running = {name: enter(stack, table, name, make) for name, make in options.chosen(CONTESTANTS).items()}
        for number in range(options.rounds):
            for name, contestant in running.items():
                await attempt(table, name, contestant, measure_contestant, options.sockets(200), number)
    goals = []
    for what in (PRESENT, BEHIND):
        name = f"authenticated connect + catch-up, {what}"
        goals += goal(table, name, f"{contestants.ROOMS}, {what}", "first", 900, "µs", STOCK, "Rails Action Cable")
    return table, goals


async def measure_contestant(table: Table, name: str, contestant: Running, sockets: int, number: int) -> None:
    doors = {name: contestant.door}
    if isinstance(contestant, Installation) and name != STOCK:
        doors = {
            f"{name}, {what}": replace(contestant.door, hello=hello(contestant, behind))
            for what, behind in ((PRESENT, 0), (BEHIND, MISSED))
        }
    await open_many(contestant, doors[next(iter(doors))], 2 * BATCH, contestants.PEOPLE - 2 * BATCH)
    for turn, (row, door) in enumerate(doors.items()):
        first = (number * len(doors) + turn) * sockets
        begin = contestant.database_cpu()
        table.row(row).add(first=await open_many(contestant, door, sockets, first))
        if contestant.database():
            table.row(row).add(database=(contestant.database_cpu() - begin) / sockets * 1e6)
        table.row(row).add(again=await open_many(contestant, door, sockets, first))


def hello(contestant: Installation, behind: int) -> Callable[[], bytes]:
    return lambda: contestants.sync(contestant.cursor(behind))


async def open_many(contestant: Running, door: Door, count: int, first: int) -> float:
    """CPU µs for one of `count` sockets: the people from number `first` on, each with one."""
    crowd, costs = Crowd(door), []
    for batch in range(first, first + count, BATCH):
        begin = contestant.cpu()
        await crowd.admit(range(batch, batch + BATCH))
        await asyncio.sleep(SETTLED)
        costs.append((contestant.cpu() - begin) / BATCH * 1e6)
    crowd.check()
    await crowd.close()
    return statistics.median(costs)


STOCK = "Channels' AuthMiddlewareStack, no catch-up"

CONTESTANTS = {
    contestants.ROOMS: contestants.rooms,
    "Rooms (PostgreSQL)": contestants.rooms_on_postgresql,
    STOCK: contestants.naive,
    "Rails Action Cable": contestants.action_cable,
    "Channels tutorial (memory)": contestants.tutorial,
    "ws": contestants.ws,
}
