"""`python -m e2e.bench [PART …] [--rounds 3] [--scale 1] [--only WORD …]`: tables, and the same in bench-results.json.

The server has core 0, the client core 1. Figures are medians over rounds, ± half the distance between the extremes;
in each round the contestants take turns, so that a noisy minute of the machine strikes everybody.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

from e2e import environment

environment.prepare()

from e2e.bench import (  # noqa: E402
    connects,
    deliveries,
    histories,
    idle,
    inboxes,
    installations,
    machine,
    pages,
    payloads,
    posts,
    renders,
    searches,
    uploads,
)
from e2e.bench.report import Goal, goals_markdown  # noqa: E402
from e2e.bench.rounds import Options  # noqa: E402

PARTS = {
    "deliveries": deliveries.measure_deliveries,
    "growth": deliveries.measure_growth,
    "connect": connects.measure,
    "post": posts.measure,
    "render": renders.measure,
    "page": pages.measure,
    "inbox": inboxes.measure,
    "rooms": histories.measure,
    "bytes": payloads.measure,
    "search": searches.measure,
    "uploads": uploads.measure,
    "idle": idle.measure,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m e2e.bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; all where none is named")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--scale", type=float, default=1.0, help="how many of everything, against what is usual")
    parser.add_argument(
        "--only", nargs="+", default=[], metavar="WORD", help="contestants whose names hold one of these"
    )
    parser.add_argument("--output", type=Path, default=Path("bench-results.json"))
    arguments = parser.parse_args()
    if unknown := set(arguments.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    if not machine.suits():
        sys.exit("The bench wants Linux and two cores: one for the server, one for its clients.")
    options = Options(arguments.rounds, arguments.scale, tuple(arguments.only))
    os.sched_setaffinity(0, machine.CLIENT_CORE)
    machine.open_files()
    with installations.prepared_folders:
        asyncio.run(run(arguments.parts or list(PARTS), options, arguments.output))


async def run(parts: list[str], options: Options, output: Path) -> None:
    """Measure part after part. What has been found is written after each, should the next take too long."""
    found: dict[str, Any] = {"machine": machine.describe(), "rounds": options.rounds, "parts": {}}
    print("\n".join(f"{name}: {value}" for name, value in found["machine"].items()))
    noise, goals = machine.Noise(), list[Goal]()
    for part in parts:
        table, reached = await PARTS[part](options)
        print("\n".join(table.markdown()), flush=True)
        goals += reached
        found["parts"][part] = table.values()
        found |= {"goals": [item.values() for item in goals], "noise": noise.values()}
        output.write_text(json.dumps(found, indent=2))
    print("\n".join(goals_markdown(goals)))
    print("\n" + machine.NOISE.format(**found["noise"]))


if __name__ == "__main__":
    main()
