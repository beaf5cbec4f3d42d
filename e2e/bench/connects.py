"""What it costs when a socket opens: who is it, may they, where is their page, what does it lack."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace

from e2e.bench import contestants, installations, others
from e2e.bench.client import Crowd, Door
from e2e.bench.installations import Installation
from e2e.bench.report import Goal, Table, goal
from e2e.bench.rounds import Options, attempt, enter
from e2e.bench.servers import Running

BATCH = 10
MISSED = 20
"""Messages that those lack who were away."""
SETTLED = 0.01
"""Seconds in which a server finishes what an opening has left behind."""

COLUMNS = {
    "together": f"CPU µs, {BATCH} at once",
    "again": "the same people again",
    "alone": "one by one",
    "database": "database's CPU µs",
}
NOTE = (
    "Medians, so that a sweep that falls in between does not count. Rooms and the stock consumer look up a session, "
    "Rooms also membership and what was missed; the others know nobody. Nobody's session was seen before, but for "
    "those who come again. One by one, 10 ms apart, everything is cold."
)
PRESENT, BEHIND = "at the present", f"{MISSED} messages behind"


async def measure(options: Options) -> tuple[Table, list[Goal]]:
    together, alone = options.sockets(200), options.sockets(60)
    table = Table("A socket that opens", COLUMNS, [NOTE])
    with ExitStack() as stack:
        running = {name: enter(stack, table, name, make) for name, make in options.chosen(CONTESTANTS).items()}
        for number in range(options.rounds):
            for name, contestant in running.items():
                await attempt(table, name, contestant, measure_contestant, together, alone, number)
    goals = []
    for what in (PRESENT, BEHIND):
        name = f"A socket that opens, is let in and catches up, {what}, CPU"
        goals += goal(table, name, f"{contestants.ROOMS}, {what}", "together", 900, "µs", STOCK, "Rails Action Cable")
    return table, goals


async def measure_contestant(
    table: Table, name: str, contestant: Running, together: int, alone: int, number: int
) -> None:
    doors = {name: contestant.door}
    if isinstance(contestant, Installation) and name != STOCK:
        doors = {
            f"{name}, {what}": replace(contestant.door, hello=hello(contestant, behind))
            for what, behind in ((PRESENT, 0), (BEHIND, MISSED))
        }
    await open_many(contestant, doors[next(iter(doors))], range(installations.PEOPLE - 2 * BATCH, installations.PEOPLE))
    for turn, (row, door) in enumerate(doors.items()):
        first = (number * len(doors) + turn) * (together + alone)
        crowd, single = range(first, first + together), range(first + together, first + together + alone)
        cost, database = await open_many(contestant, door, crowd)
        table.row(row).add(
            together=cost,
            again=(await open_many(contestant, door, crowd))[0],
            alone=(await open_many(contestant, door, single, batch=1))[0],
            **({"database": database} if contestant.database() else {}),
        )


def hello(contestant: Installation, behind: int) -> Callable[[], bytes]:
    return lambda: installations.sync(contestant.cursor(behind))


async def open_many(contestant: Running, door: Door, people: range, batch: int = BATCH) -> tuple[float, float]:
    """CPU µs for a socket, of the server and of its database; each of these people opens one."""
    crowd, costs, database_costs = Crowd(door), [], []
    for first in range(people.start, people.stop, batch):
        begin, database = contestant.cpu(), contestant.database_cpu()
        await crowd.admit(range(first, first + batch))
        await asyncio.sleep(SETTLED)
        costs.append((contestant.cpu() - begin) / batch * 1e6)
        database_costs.append((contestant.database_cpu() - database) / batch * 1e6)
    crowd.check()
    await crowd.close()
    return statistics.median(costs), statistics.median(database_costs)


STOCK = "Channels' AuthMiddlewareStack, no catch-up"

CONTESTANTS = {
    contestants.ROOMS: installations.rooms,
    "Rooms (PostgreSQL)": installations.rooms_on_postgresql,
    STOCK: installations.naive,
    "Rails Action Cable": others.action_cable,
    "Channels tutorial (memory)": others.tutorial,
    "ws": others.ws,
}
