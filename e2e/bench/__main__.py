"""`python -m e2e.bench [--sockets 500 2000] [--posts 100] [--rounds 3] [--only NAME …]`: one table, and results.json.

Server on core 0, client on core 1. The rounds take turns, so that a noisy minute of the machine strikes everybody;
figures are medians over rounds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import sys
import time
from collections import defaultdict
from pathlib import Path

from picows import WSMsgType

from e2e import environment

environment.prepare()

from e2e.bench.client import gather_crowd  # noqa: E402
from e2e.bench.contestants import CONTESTANTS, Running  # noqa: E402

CLIENT_CORE = {1}
TEXT = "See you at the gate at nine, and bring gloves: it is cold on the water."
PAUSE = 2.0
"""Seconds in which a server comes to rest."""
PACE = 0.02
"""Seconds between two posts: nobody may pile up."""

COLUMNS = {
    "delivery": "CPU µs / delivery",
    "all": "with its share of the post",
    "publish": "CPU µs / post, nobody there",
    "p50": "p50 ms",
    "p99": "p99 ms",
    "connect": "CPU µs / connect",
    "memory": "KB / socket",
    "size": "bytes / delivery",
}


async def measure(contestant: Running, sockets: int, posts: int) -> dict[str, float]:
    """All figures of one contestant with so many sockets.

    Ours accepts a post over HTTP: session, membership, key, commit. That is measured with nobody there and taken off
    the cost of a delivery; `all` leaves it in. The others' posts are a frame or a bare request: `all` is all they have.
    """
    alone = await publish_alone(contestant, posts) if contestant.door.greetings else 0.0
    memory, cpu = contestant.memory(), contestant.cpu()
    crowd, _ = await gather_crowd(contestant.door, sockets)
    await asyncio.sleep(PAUSE)
    connect = (contestant.cpu() - cpu) / sockets
    memory = contestant.memory() - memory
    loop, latencies = asyncio.get_running_loop(), []
    cpu = contestant.cpu()
    for number in range(posts):
        word = f"word{number:04}"
        crowd.expect(word)
        begin = time.perf_counter()
        line = await loop.run_in_executor(None, contestant.say, f"{TEXT} {word}")
        if line is not None:
            crowd.transports[number % sockets].send(WSMsgType.TEXT, line)
        await crowd.wait()
        latencies.append(time.perf_counter() - begin)
        await asyncio.sleep(PACE)
    used = contestant.cpu() - cpu
    size = crowd.received / (posts * sockets)
    crowd.close()
    await asyncio.sleep(PAUSE)
    latencies.sort()
    return {
        "delivery": (used / posts - alone) / sockets * 1e6,
        "all": used / (posts * sockets) * 1e6,
        "publish": alone * 1e6,
        "p50": statistics.median(latencies) * 1e3,
        "p99": latencies[int(len(latencies) * 0.99)] * 1e3,
        "connect": connect * 1e6,
        "memory": memory / sockets / 1024,
        "size": size,
    }


async def publish_alone(contestant: Running, posts: int) -> float:
    """Seconds of CPU for a post that nobody listens to."""
    cpu = contestant.cpu()
    for number in range(posts):
        await asyncio.get_running_loop().run_in_executor(None, contestant.say, f"{TEXT} alone{number}")
        await asyncio.sleep(PACE)
    return (contestant.cpu() - cpu) / posts


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--sockets", type=int, nargs="+", default=[500, 2000])
    parser.add_argument("--posts", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=CONTESTANTS, default=list(CONTESTANTS))
    parser.add_argument("--output", type=Path, default=Path("bench-results.json"))
    arguments = parser.parse_args()
    os.sched_setaffinity(0, CLIENT_CORE)
    found: dict[tuple[int, str], list[dict[str, float]]] = defaultdict(list)
    for number in range(arguments.rounds):
        for sockets in arguments.sockets:
            for name in arguments.only:
                sys.stderr.write(f"round {number + 1}: {name}, {sockets} sockets\n")
                with CONTESTANTS[name]() as contestant:
                    figures = asyncio.run(measure(contestant, sockets, arguments.posts))
                found[sockets, name].append(figures)
    medians = {
        key: {column: statistics.median(figures[column] for figures in rounds) for column in COLUMNS}
        for key, rounds in found.items()
    }
    show(medians)
    results = [{"sockets": sockets, "name": name, **figures} for (sockets, name), figures in medians.items()]
    arguments.output.write_text(json.dumps(results, indent=2))


def show(medians: dict[tuple[int, str], dict[str, float]]) -> None:
    print("| sockets | contestant |", " | ".join(COLUMNS.values()), "|")
    print("|---|---|", "|".join("---" for _ in COLUMNS), "|", sep="")
    for (sockets, name), figures in sorted(medians.items()):
        cells = [f"{figures[column]:.1f}" if figures[column] else "–" for column in COLUMNS]
        print(f"| {sockets} | {name} |", " | ".join(cells), "|")


if __name__ == "__main__":
    main()
