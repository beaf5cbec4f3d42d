"""A team for the stories that change nothing in it: one installation serves them all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from e2e.server import Server, server
from e2e.sockets import Caller, call_up
from e2e.steps import open_room


@dataclass
class Harbour:
    """Alice and Bob in the closed room Den, Charlie outside; `speakers` lend themselves to a story each."""

    server: Server
    alice: Caller
    bob: Caller
    charlie: Caller
    speakers: list[Caller]
    den: str

    @cached_property
    def socket_path(self) -> str:
        """The Den's."""
        tab = self.alice.open(self.den)
        tab.socket.connection.close()
        return tab.path


@contextmanager
def harbour(prepared: Path, options: Sequence[str]) -> Iterator[Harbour]:
    with server(prepared, options) as installation:
        names = [f"Speaker {number}" for number in range(1, 9)]
        alice, bob, charlie, *speakers = call_up(installation, "Alice", "Bob", "Charlie", *names)
        yield Harbour(installation, alice, bob, charlie, speakers, open_room("closed", "Den", alice, bob))
