"""How many quiet sockets one process holds, what each takes, and whether all of them then get a message."""

from __future__ import annotations

import asyncio
import sys
import time
from contextlib import ExitStack

from e2e.bench import contestants
from e2e.bench.contestants import Running
from e2e.bench.crowds import Multitude
from e2e.bench.deliveries import SETTLING, listen
from e2e.bench.machine import resident_bytes
from e2e.bench.report import Goal, Table
from e2e.bench.rounds import Options, attempt, enter

STEPS = (0, 200, 2_000)
MOST = 50_000
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
        "RSS is of all the contestant's processes; KB / socket is what is not shared with other processes (USS), less "
        "that at the start. Upkeep is what is done though nobody speaks: pings, sweeps, sessions looked up again."
    ]
    table = Table("Quiet sockets", COLUMNS, notes)
    for name in options.chosen(CONTESTANTS):
        with ExitStack() as stack:
            contestant = enter(stack, table, name, CONTESTANTS[name])
            await attempt(table, name, contestant, measure_contestant, options.sockets(MOST))
    return table, goals(table)


async def measure_contestant(table: Table, name: str, contestant: Running, most: int) -> None:
    crowds = Multitude(contestant.door, [])
    begin = contestant.memory()
    try:
        for size in [*[step for step in STEPS if step < most], most]:
            reason = await crowds.grow(size)
            await asyncio.sleep(SETTLING)
            row = label(name, size, most)
            await weigh(table, row, contestant, crowds, begin, ROUND_OF_PINGS if size == most else 5.0)
            if crowds.count:
                await deliver(table, row, contestant, crowds)
            if reason:
                table.notes.append(f"{name} stopped at {crowds.count:,} of {size:,} sockets: {reason}")
    finally:
        await crowds.close()


def label(name: str, size: int, most: int) -> str:
    return f"{name}, the most" if size == most else f"{name}, {size:,}"


async def weigh(table: Table, row: str, contestant: Running, crowds: Multitude, begin: int, seconds: float) -> None:
    memory, resident = contestant.memory() - begin, resident_bytes(contestant.pids)
    upkeep = await listen(contestant, seconds)
    table.row(row).add(sockets=crowds.count, resident=resident / MEGABYTE, upkeep=upkeep * 1e3)
    if crowds.count:
        table.row(row).add(unshared=memory / crowds.count / 1024)


async def deliver(table: Table, row: str, contestant: Running, crowds: Multitude) -> None:
    word = f"all{crowds.count}"
    await crowds.expect(word)
    cpu, begin = contestant.cpu(), time.perf_counter()
    await contestant.say(None, f"To everybody: {word}")
    arrived, finished_at = await crowds.wait()
    used = contestant.cpu() - cpu
    table.row(row).add(latency=(finished_at - begin) * 1e3, cpu=used / crowds.count * 1e6, lost=crowds.count - arrived)
    sys.stderr.write(f"{row}: {arrived} of {crowds.count} got it\n")


def goals(table: Table) -> list[Goal]:
    ours = table.rows.get(label(contestants.ROOMS, MOST, MOST))
    if ours is None or "lost" not in ours.figures:
        return []
    held, lost = ours.median("sockets"), ours.median("lost")
    empty = table.row(label(contestants.ROOMS, 0, MOST)).median("resident")
    each = (ours.median("resident") - empty) / held
    return [
        Goal(f"sockets of one process that are short of {MOST:,}: it held {held:,.0f}", MOST - held, 0, ""),
        Goal(f"RSS for {MOST:,}, going by these {held:,.0f}", empty + each * MOST, 1536, "MB"),
        Goal("deliveries lost of one message to all", lost, 0, ""),
    ]


CONTESTANTS = {contestants.ROOMS: contestants.rooms, "Nchan": contestants.nchan}
