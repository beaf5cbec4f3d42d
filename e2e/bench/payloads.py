"""How many bytes a message is on its way to a browser."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace

from e2e.bench import contestants, installations
from e2e.bench.client import Crowd
from e2e.bench.deliveries import talk
from e2e.bench.installations import Installation
from e2e.bench.posts import TEXT
from e2e.bench.report import Goal, Table, goal
from e2e.bench.rounds import Options, attempt, enter

TYPICAL = "a typical message"
TEXTS = {
    "a word": "Yes.",
    TYPICAL: TEXT,
    "Japanese": "明日は九時に門の前で待ち合わせましょう。水の上は寒いので、手袋を忘れないでください。",
    "a long one": " ".join(
        f"{number}. {text}"
        for number, text in enumerate(
            [
                "The boat leaves from the second pier, not from the first one, where we met last year.",
                "Whoever has a dry bag, please bring it: the lockers at the club are still full of sails.",
                "If it rains more than a little, we stay on land and mend the nets; Mia has the needles.",
                "There is soup at one. Tell Hina until tonight whether you eat fish, and who comes along.",
            ],
            start=1,
        )
    ),
}


async def measure(options: Options) -> tuple[Table, list[Goal]]:
    columns = {
        "text": "bytes of text",
        "plain": "bytes, plain",
        "compressed": "bytes, as browsers ask",
        "ratio": "% of plain",
    }
    table = Table("Bytes of a delivery", columns, ["The payload of the frame: HTML, and where the page is now."])
    with ExitStack() as stack:
        installation = enter(stack, table, contestants.ROOMS, installations.rooms)
        await attempt(table, contestants.ROOMS, installation, measure_texts)
    return table, goal(table, "Bytes of a message, of what it is uncompressed", TYPICAL, "ratio", 45, "%")


async def measure_texts(table: Table, name: str, installation: Installation) -> None:
    compressing = installation.door
    plain = replace(compressing, headers=installation.headers)
    for row, text in TEXTS.items():
        sizes = [await size_of(installation, Crowd(door), text) for door in (plain, compressing)]
        figures = {"plain": sizes[0], "compressed": sizes[1], "ratio": sizes[1] / sizes[0] * 100}
        table.row(row).add(text=len(text.encode()), **figures)


async def size_of(installation: Installation, crowd: Crowd, text: str) -> float:
    await crowd.grow(1)
    await talk(installation, crowd, 1, text)
    await crowd.close()
    return crowd.bytes
