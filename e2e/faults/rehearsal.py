"""One installation with an audience, a history of what happens to it, and the checker at the end."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass

from e2e.faults.checker import Violation, check
from e2e.faults.crowd import Crowd, crowd
from e2e.faults.history import History
from e2e.faults.posters import Poster, talking
from e2e.server import Server
from e2e.sockets import Caller, call_up

ROWS = """
import json
from rooms.models import Message
fields = ("author__name", "key", "position", "clock")
print(json.dumps(list(Message.objects.filter(room__slug="lobby").order_by("position").values_list(*fields))))
"""


@dataclass
class Rehearsal:
    """`people` talk and watch in the Lobby of `server`; `crowd` are their pages."""

    server: Server
    history: History
    people: list[Caller]
    crowd: Crowd

    @contextmanager
    def talk(self, people: int = 4, pace: float = 1.0) -> Iterator[list[Poster]]:
        """Let the first few of the people talk while the block runs."""
        with talking(self.history, self.people[:people], pace=pace, url=self.crowd.url) as posters:
            yield posters

    def fault(self, what: str) -> None:
        self.history.note("test", "fault", what=what)

    def heal(self, what: str) -> None:
        self.history.note("test", "heal", what=what)

    def check(self, *also: Callable[[History], Iterator[Violation]], settle_in: float = 20) -> float:
        """Let everything settle and hold the history against the invariants; return the seconds it took to settle."""
        seconds = self.crowd.settle(settle_in)
        self.note_rows()
        self.history.note("server", "log", text=self.server.log)
        check(self.history, *also)
        return seconds

    def note_rows(self) -> None:
        for author, key, position, clock in json.loads(self.server.shell(ROWS).splitlines()[-1]):
            self.history.note(author, "row", "ok", key=key, position=position, clock=clock)


@contextmanager
def rehearsal(
    server: Server,
    witnesses: int = 12,
    people: int = 8,
    url: str = "",
    meanwhile: AbstractContextManager[None] | None = None,
) -> Iterator[Rehearsal]:
    """Sign up people, open pages for them, and wait until all pages are live. `url`: that of a line to the server.

    `meanwhile` holds while the pages connect: `paused(worker)` has them all at the other worker.
    """
    callers = call_up(server, *(f"Person {number}" for number in range(1, people + 1)))
    history = History(server.folder / "history.jsonl")
    try:
        with crowd(history, url or server.url) as audience:
            with meanwhile or nullcontext():
                audience.join(callers, witnesses)
                audience.wait_until_live()
            yield Rehearsal(server, history, callers, audience)
    finally:
        history.close()
