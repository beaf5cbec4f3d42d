"""The sample team as it is written down: `team.json`, and a file of conversations for each room.

An empty line ends a conversation. Its lines are `who: what`; one that begins with `|` continues the text above it.
`who` is a person's key, or a part that anybody of the room may play: A, B and C write English, い, ろ and は Japanese.
`{word}` is drawn from the lists in team.json, once for each conversation; `{A}` is what A is called. `~` before the
text says that it was edited, `x` that it was erased. The conversation under `[latest]` is the last one in its room.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

FOLDER = Path(__file__).parent
MARKS = {"~ ": "edited", "x ": "erased"}


class Line(NamedTuple):
    part: str
    text: str
    fate: str = ""
    """"edited", "erased" or nothing."""


@dataclass
class Conversation:
    lines: list[Line] = field(default_factory=list)
    latest: bool = False


def read_team() -> dict[str, Any]:
    team: dict[str, Any] = json.loads((FOLDER / "team.json").read_text(encoding="utf-8"))
    return team


def read_conversations(key: str) -> list[Conversation]:
    text = (FOLDER / f"{key}.txt").read_text(encoding="utf-8")
    return [parse(block.splitlines()) for block in text.strip().split("\n\n")]


def parse(block: list[str]) -> Conversation:
    latest = block[0] == "[latest]"
    return Conversation(list(parse_lines(block[1:] if latest else block)), latest)


def parse_lines(block: list[str]) -> Iterator[Line]:
    joined = "\n".join(block).replace("\n|", "\v")
    for line in joined.split("\n"):
        part, _, text = line.partition(": ")
        fate = MARKS.get(text[:2], "")
        yield Line(part, (text[2:] if fate else text).replace("\v", "\n"), fate)
