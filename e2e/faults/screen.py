"""A room's page as a dict: what hundreds of witnesses can afford. FakePage is the careful one, for one page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from rooms.live import Position

ARTICLE = re.compile(
    r'<article(?: aria-live="off")? id="message-(\d+)"[^>]*? data-position="(\d+)".*?</article>', re.DOTALL
)
PIECE = re.compile(r'<hx-(upsert|partial) hx-target="([^"]*)"(?: hx-swap="([^"]*)")?[^>]*>(.*?)</hx-\1>', re.DOTALL)
CURSOR = re.compile(r'id="live-room-\d+-cursor" value="([^"]*)"')
EDGE = re.compile(r'name="first" value="(\d+)"')
HOW_IT_CAME = re.compile(r' aria-live="off"')

Rows = dict[int, tuple[int, str]]
"""Messages by id: position and HTML, without what only the way they came has put on them."""


@dataclass
class Taken:
    """What a frame did to the screen."""

    cursor: Position | None
    shown: list[int] = field(default_factory=list)
    """The positions of the messages it brought, in its order."""
    reset: bool = False
    cut: int | None = None
    """The position above which it took everything away: it can be had again by scrolling."""
    farewell: bool = False


class Screen:
    """The messages of one page and its cursor. Reads the frames that rooms/feeds.py renders, and nothing else."""

    def __init__(self, html: str) -> None:
        self.rows: Rows = dict(articles(html))
        self.cursor: Position | None = find_cursor(html)

    def take(self, frame: str) -> Taken:
        taken = Taken(find_cursor(frame))
        for kind, target, swap, content in PIECE.findall(frame):
            if kind == "upsert":
                self.rows.update(self._bring(content, taken))
            elif target == "#log":
                taken.reset = True
                self.rows = dict(self._bring(content, taken))
            elif target.endswith("> #log-start") and (edge := EDGE.search(content)):
                taken.cut = int(edge[1])
                self.rows = {id: row for id, row in self.rows.items() if row[0] >= taken.cut}
            elif target.startswith("#message-"):
                if int(target.removeprefix("#message-")) in self.rows:
                    self.rows.update(articles(content))
            elif target.startswith("#live-room-") and swap == "delete":
                taken.farewell = True
        self.cursor = taken.cursor or self.cursor
        return taken

    def _bring(self, content: str, taken: Taken) -> Iterator[tuple[int, tuple[int, str]]]:
        for id, (position, html) in articles(content):
            taken.shown.append(position)
            yield id, (position, html)

    def agrees_with(self, fresh: Rows) -> bool:
        """Whether it ends with what a fresh page shows; it may hold more history than that."""
        oldest = min((position for position, _ in fresh.values()), default=0)
        return {id: row for id, row in self.rows.items() if row[0] >= oldest} == fresh


def articles(html: str) -> Iterator[tuple[int, tuple[int, str]]]:
    for match in ARTICLE.finditer(html):
        yield int(match[1]), (int(match[2]), HOW_IT_CAME.sub("", match[0]))


def find_cursor(html: str) -> Position | None:
    match = CURSOR.search(html)
    return Position.parse(match[1]) if match else None
