"""What a room's page costs, its messages' fragments being cached."""

from __future__ import annotations

from contextlib import ExitStack

from e2e.bench import contestants, installations
from e2e.bench.installations import Installation
from e2e.bench.posts import GZIP
from e2e.bench.report import Goal, Table, goal
from e2e.bench.rounds import Options, attempt, enter
from e2e.bench.texts import fill_rich_room

NAIVE = "a naive page, 50 messages"
FIFTY = "50 messages"


async def measure(options: Options) -> tuple[Table, list[Goal]]:
    count = options.pages(100)
    table = Table(
        "A room's page",
        {"cpu": "CPU µs", "database": "database's CPU µs", "p50": "p50 ms", "size": "KB"},
        [
            f"{count} pages in each round, each for somebody else. A room opens with its newest 40 messages; the 50 "
            "are reached by the address of the tenth newest. Rich ones are a third Markdown with previews of what it "
            "links to and a third forty lines of code, some in reply, some with an image, most of them reacted to. "
            "A room opens with fewer of these: it is its page and those of the history above it. The naive page "
            "reads and renders its messages each time, and has no list of rooms. Browsers ask for compressed answers, "
            "the other figures are without."
        ],
    )
    with ExitStack() as stack:
        running = {name: enter(stack, table, name, make) for name, make in options.chosen(CONTESTANTS).items()}
        rich = {
            name: fill_rich_room(contestant) for name, contestant in running.items() if contestant and name != NAIVE
        }
        for turn in range(options.rounds):
            for name, contestant in running.items():
                await attempt(table, name, contestant, measure_contestant, rich.get(name, []), count, turn * count)
    return table, goal(
        table, "A room's page of 50 messages, CPU", f"{contestants.ROOMS}, {FIFTY}", "cpu", 2500, "µs", NAIVE
    )


async def measure_contestant(
    table: Table, name: str, contestant: Installation, rich: list[str], count: int, first: int
) -> None:
    for row, (pages, headers) in paths(name, contestant, rich).items():
        await load_many(table, row, contestant, count, pages, first, **headers)


def paths(name: str, contestant: Installation, rich: list[str]) -> dict[str, tuple[list[str], dict[str, str]]]:
    if name == NAIVE:
        return {name: (["/rooms/lobby/?messages=50"], {})}
    fifty = [f"/rooms/lobby/?around={contestant.team.newest - 9}"]
    return {
        f"{name}, newest 40": (["/rooms/lobby/"], {}),
        f"{name}, {FIFTY}": (fifty, {}),
        f"{name}, {FIFTY}, as a browser asks": (fifty, GZIP),
        f"{name}, 50 rich messages": (rich, {}),
        f"{name}, 50 rich messages, as a browser asks": (rich, GZIP),
    }


async def load_many(
    table: Table, row: str, contestant: Installation, count: int, pages: list[str], first: int = 0, **headers: str
) -> None:
    """Read these pages one after the other, as so many people."""
    for _ in range(10):
        size = sum([len((await contestant.get(first, path, **headers)).body) for path in pages])
    times, begin, database = [], contestant.cpu(), contestant.database_cpu()
    for number in range(first, first + count):
        times.append(sum([(await contestant.get(number, path, **headers)).seconds * 1000 for path in pages]))
    used, database_used = contestant.cpu() - begin, contestant.database_cpu() - database
    table.row(row).add(cpu=used / count * 1e6, p50=sorted(times)[count // 2], size=size / 1024)
    if contestant.database():
        table.row(row).add(database=database_used / count * 1e6)


CONTESTANTS = {
    contestants.ROOMS: installations.rooms,
    "Rooms (PostgreSQL)": installations.rooms_on_postgresql,
    NAIVE: installations.naive,
}
