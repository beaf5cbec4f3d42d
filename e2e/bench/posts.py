"""What an accepted post costs: session, membership, key, commit, bell; nobody listens."""

from __future__ import annotations

import asyncio
import statistics
from contextlib import ExitStack, closing

from e2e.bench import contestants, installations
from e2e.bench.caller import Caller
from e2e.bench.installations import Installation
from e2e.bench.report import Goal, Table, goal
from e2e.bench.rounds import Options, attempt, enter

TEXT = "See you at the gate at nine, and bring gloves: it is cold on the water."
GZIP = {"Accept-Encoding": "gzip, deflate, br"}
LINES = 8
BARE, NAIVE = "a bare Django view", "a naive post"


async def measure(options: Options) -> tuple[Table, list[Goal]]:
    count = options.posts(150)
    table = Table(
        "An accepted post",
        {"cpu": "CPU µs", "database": "database's CPU µs", "p50": "p50 ms", "p99": "p99 ms", "worst": "worst ms"},
        [
            f"{count} posts in each round, one after the other on one connection, by {installations.PEOPLE} people in "
            f"turn; and {count} on each of {LINES} connections at once. The bare view answers “up” behind "
            "startproject's middleware; the naive post has session, membership, one INSERT and `group_send`. Browsers "
            "ask for compressed answers; the other figures are without. PostgreSQL runs without fsync, SQLite as "
            "Rooms sets it up."
        ],
    )
    with ExitStack() as stack:
        running = {name: enter(stack, table, name, make) for name, make in options.chosen(CONTESTANTS).items()}
        for _ in range(options.rounds):
            for name, contestant in running.items():
                await attempt(table, name, contestant, measure_contestant, count)
    return table, goal(table, "An accepted post, CPU", contestants.ROOMS, "cpu", 2200, "µs", BARE, NAIVE)


async def measure_contestant(table: Table, name: str, contestant: Installation, count: int) -> None:
    if name == NAIVE:
        await post_many(table, BARE, contestant, count, "/up")
        await post_many(table, NAIVE, contestant, count, "/rooms/lobby/")
    else:
        path, htmx = "/rooms/lobby/messages/", {"HX-Request": "true"}
        await post_many(table, name, contestant, count, path, **htmx)
        await post_many(table, f"{name}, as a browser asks", contestant, count, path, **htmx, **GZIP)
        await post_at_once(table, f"{name}, {LINES} at once", contestant, count, path, **htmx)


async def post_many(table: Table, row: str, contestant: Installation, count: int, path: str, **headers: str) -> None:
    for _ in range(10):
        await contestant.post(path, f"{TEXT} warm", **headers)
    times, begin, database = [], contestant.cpu(), contestant.database_cpu()
    for number in range(count):
        answer = await contestant.post(path, f"{TEXT} word{number}", **headers)
        times.append(answer.seconds * 1000)
    used, database_used = contestant.cpu() - begin, contestant.database_cpu() - database
    centiles = statistics.quantiles(times, n=100)
    table.row(row).add(cpu=used / count * 1e6, p50=centiles[49], p99=centiles[98])
    if contestant.database():
        table.row(row).add(database=database_used / count * 1e6)


async def post_at_once(table: Table, row: str, contestant: Installation, count: int, path: str, **headers: str) -> None:
    """Post on several connections, on each without a pause: a database has one writer, and the others wait for it."""
    times = []

    async def post_in_line() -> None:
        with closing(Caller(contestant.line.port)) as line:
            for number in range(count):
                times.append((await contestant.post_over(line, path, f"{TEXT} word{number}", headers)).seconds * 1000)

    begin = contestant.cpu()
    await asyncio.gather(*[post_in_line() for _ in range(LINES)])
    centiles = statistics.quantiles(times, n=100)
    cpu = (contestant.cpu() - begin) / len(times) * 1e6
    table.row(row).add(cpu=cpu, p50=centiles[49], p99=centiles[98], worst=max(times))


CONTESTANTS = {
    contestants.ROOMS: installations.rooms,
    "Rooms (PostgreSQL)": installations.rooms_on_postgresql,
    NAIVE: installations.naive,
}
