"""What a message costs that is new to people who look elsewhere: their badges, titles and icons."""

from __future__ import annotations

import itertools
import json
import statistics
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace

from e2e.bench import contestants, deliveries, installations
from e2e.bench.client import Crowd
from e2e.bench.deliveries import POSTS, label, listen, per_post, post_alone, talk
from e2e.bench.installations import Installation
from e2e.bench.report import Goal, Table, goal
from e2e.bench.rounds import Options, attempt, enter
from e2e.bench.servers import Running

MEMBERS = 5_000
ONLINE = 1_000
"""Of the room's members, those who have a page open that shows something else."""
WRITERS = 400
"""Those who post in a round, once each, are none of these: to their authors messages are not new."""
COLUMNS = {
    "update": "CPU µs / page",
    "database": "database's µs",
    "p50": "p50 ms",
    "p99": "p99 ms",
    "size": "bytes",
    "upkeep": "upkeep, CPU ms / s",
    "lost": "lost",
}
NCHAN, DELIVERY = "Nchan", "Nchan, a delivery"
AIM, NCHAN_THEN = 12.0, 4.4
"""Microseconds a page, where a delivery cost Nchan these. On a slower machine it is the ratio that can hold."""
ALIKE, APART = "pages alike", "no two pages alike"
TITLES: dict[str, Callable[[int], str]] = {ALIKE: lambda _: "Bench", APART: lambda number: f"Bench {number}"}


async def measure(options: Options) -> tuple[Table, list[Goal]]:
    online = options.sockets(ONLINE)
    members = max(options.sockets(MEMBERS), online + WRITERS)
    notes = [
        f"A message in a room of {members:,}, of whom {online:,} have another page open. CPU / page is what it takes, "
        "less what the post takes with nobody there and less upkeep. With pages alike the same frame goes to "
        "everybody; with titles of their own each is put together and sent for itself. Latency is to the last page. "
        f"Nchan passes a message on to as many. The aim was {AIM:g} µs where that took Nchan {NCHAN_THEN}."
    ]
    table = Table("A message elsewhere", COLUMNS, notes)
    for _ in range(options.rounds):
        for name, take_part in options.chosen({NCHAN: contestants.CROWDED[NCHAN]}).items():
            with ExitStack() as stack:
                await attempt(table, name, enter(stack, table, name, take_part), measure_beside, online)
        for name, make in options.chosen(CONTESTANTS).items():
            with ExitStack() as stack:
                contestant = enter(stack, table, name, lambda: make(people=members))  # noqa: B023 (called at once)
                await attempt(table, name, contestant, measure_contestant, online)
    beside, goals, limit, aim = label(DELIVERY, online), [], AIM, ""
    if table.has(beside, "update"):
        limit = AIM / NCHAN_THEN * table.row(beside).median("update")
        aim = f" (aim: {AIM / NCHAN_THEN:.2f} x what a delivery costs Nchan)"
    for kind in TITLES:
        row, name = (
            label(f"{contestants.ROOMS}, {kind}", online),
            f"A badge on one of {online:,} pages elsewhere, {kind}",
        )
        goals += goal(table, f"{name}, CPU{aim}", row, "update", limit, "µs", beside)
    return table, goals


async def measure_beside(table: Table, name: str, contestant: Running, online: int) -> None:
    found = Table(name, deliveries.COLUMNS)
    await deliveries.measure_contestant(found, name, contestant, [online])
    row = found.row(label(name, online))
    columns = {"update": "delivery", "p50": "p50", "p99": "p99", "size": "size", "upkeep": "upkeep", "lost": "lost"}
    table.row(label(DELIVERY, online)).add(**{ours: row.median(theirs) for ours, theirs in columns.items()})


async def measure_contestant(table: Table, name: str, contestant: Installation, online: int) -> None:
    contestant.posts = online  # The next to post are people who are not there.
    alone = await post_alone(contestant, POSTS)
    unread = contestant.posts - online
    for kind, title in TITLES.items():
        numbers = itertools.count()
        door = replace(
            contestant.door,
            url=f"ws://127.0.0.1:{contestant.line.port}/live/inbox/",
            hello=lambda: json.dumps({"type": "sync", "cursor": "", "title": title(next(numbers))}).encode(),  # noqa: B023
            ready=b"#rooms",
        )
        crowd, total = Crowd(door), itertools.count(unread + 1)
        await crowd.grow(online)
        upkeep = await listen(contestant)

        def sign(word: str) -> str:
            return f"({next(total)}) Bench"  # noqa: B023

        await talk(contestant, crowd, 3, sign=sign)
        crowd.bytes = 0
        said = await talk(contestant, crowd, 60, sign=sign)
        unread += 3 + said.posts
        latencies = sorted(said.latencies)
        table.row(label(f"{name}, {kind}", online)).add(
            update=(per_post(said, upkeep) - alone) / online * 1e6,
            p50=statistics.median(latencies) * 1e3,
            p99=latencies[int(len(latencies) * 0.99)] * 1e3,
            size=crowd.bytes / said.posts / online,
            upkeep=upkeep * 1e3,
            lost=said.lost,
            **({"database": said.database / said.posts / online * 1e6} if contestant.database() else {}),
        )
        await crowd.close()


CONTESTANTS = {
    contestants.ROOMS: installations.rooms,
    "Rooms (PostgreSQL)": installations.rooms_on_postgresql,
}
