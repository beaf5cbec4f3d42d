"""How many quiet sockets one process holds, what each takes, and whether all of them then get a message."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack

from e2e.bench import contestants
from e2e.bench.crowds import Multitude
from e2e.bench.deliveries import QUIET, SETTLING, listen
from e2e.bench.machine import resident_bytes
from e2e.bench.report import Goal, Table, goal
from e2e.bench.rounds import Options, attempt, enter
from e2e.bench.servers import Running

FIRST = 200
"""Sockets that are there before the others are weighed: what the first ones take is not what the next one costs."""
MANY = 2_000
MOST = 50_000
TO_THE_END = {
    contestants.ROOMS
}  # Nchan takes no more than it has files for, and refuses nobody: one would wait for ever.
ROUND_OF_PINGS = 20.0
"""Seconds after which each socket has been pinged once."""
MEGABYTE = 1024 * 1024

COLUMNS = {
    "sockets": "sockets",
    "resident": "RSS, MB",
    "unshared": "KB / socket",
    "upkeep": "upkeep, CPU ms / s",
    "latency": "one message to all, ms",
    "cpu": "CPU µs / delivery",
    "lost": "lost",
}


async def measure(options: Options) -> tuple[Table, list[Goal]]:
    notes = [
        "RSS is of all the contestant's processes. KB / socket is what each after the first "
        f"{FIRST} has for itself (USS, without what is shared with other processes, and without the kernel's). Upkeep "
        "is what is done though nobody speaks: pings, sweeps, sessions looked up again. Each step ends with one "
        "message to all. Rooms keeps a quarter of the files that a process may have open for other things than sockets."
    ]
    table, most = Table("Quiet sockets", COLUMNS, notes), options.sockets(MOST)
    for name, make in options.chosen(contestants.CROWDED).items():
        with ExitStack() as stack:
            contestant = enter(stack, table, name, make)
            sizes = [0, FIRST, MANY, *([most] if name in TO_THE_END else [])]
            await attempt(table, name, contestant, measure_contestant, sizes)
    return table, goals(table, most)


async def measure_contestant(table: Table, name: str, contestant: Running, sizes: Sequence[int]) -> None:
    crowds, begin = Multitude(contestant.door, []), 0
    try:
        for size in sizes:
            reason = await crowds.grow(size)
            await asyncio.sleep(SETTLING)
            memory = contestant.memory()
            if size > FIRST:
                each = (memory - begin) / (crowds.count - FIRST) / 1024
                table.row(label(name, size)).add(unshared=each)
            elif size == FIRST:
                begin = memory
            await weigh(table, label(name, size), contestant, crowds)
            if reason:
                table.notes.append(f"{name} stopped at {crowds.count:,} of {size:,} sockets: {reason}")
    finally:
        await crowds.close()


def label(name: str, size: int) -> str:
    return f"{name}, {size:,} asked for"


async def weigh(table: Table, row: str, contestant: Running, crowds: Multitude) -> None:
    resident = resident_bytes(contestant.pids)
    upkeep = await listen(contestant, ROUND_OF_PINGS if crowds.count > MANY else QUIET)
    table.row(row).add(sockets=crowds.count, resident=resident / MEGABYTE, upkeep=upkeep * 1e3)
    if crowds.count:
        await deliver(table, row, contestant, crowds)


async def deliver(table: Table, row: str, contestant: Running, crowds: Multitude) -> None:
    word = f"all{crowds.count}"
    await crowds.expect(word)
    cpu, begin = contestant.cpu(), time.perf_counter()
    await contestant.say(crowds, f"To everybody: {word}")
    arrived, finished_at = await crowds.wait()
    used = contestant.cpu() - cpu
    table.row(row).add(latency=(finished_at - begin) * 1e3, cpu=used / crowds.count * 1e6, lost=crowds.count - arrived)
    sys.stderr.write(f"{row}: {arrived} of {crowds.count} got it\n")


def goals(table: Table, most: int) -> list[Goal]:
    many = [label(name, MANY) for name in contestants.CROWDED]
    found = goal(
        table,
        f"Memory of a quiet socket, of {MANY:,}",
        many[0],
        "unshared",
        20,
        "KB",
        *many[1:],
        suffix=label("", MANY),
    )
    ours = label(contestants.ROOMS, most)
    if not table.has(ours, "lost"):
        return found
    row = table.rows[ours]
    held, empty = row.median("sockets"), table.rows[label(contestants.ROOMS, 0)].median("resident")
    each = (row.median("resident") - empty) / held
    return [
        *found,
        Goal(f"Quiet sockets of one process, {most:,} asked for", held, most, "", least=True),
        Goal(f"Memory for {MOST:,} of them, going by these", empty + each * MOST, 1536, "MB"),
        Goal("Deliveries lost, of one message to all of them", row.median("lost"), 0, ""),
    ]
