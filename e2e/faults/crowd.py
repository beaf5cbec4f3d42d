"""Many witnesses at once, and whether they all see what is there."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from e2e.faults.history import History
from e2e.faults.screen import Screen
from e2e.faults.witness import Witness
from e2e.sockets import LOBBY, Caller
from rooms.live.testing import FakePage

WITNESSES_PER_ADDRESS = 40
LET_IN_AT_ONCE = 50


class Crowd:
    """Many witnesses, in a thread and an event loop of their own. `url` may be that of a line to the server."""

    def __init__(self, history: History, url: str) -> None:
        self.history, self.url = history, url
        self.witnesses: list[Witness] = []
        self._loop = asyncio.new_event_loop()
        self._tasks: list[asyncio.Task[None]] = []
        self._numbers = itertools.count()
        self.gate = asyncio.Semaphore(LET_IN_AT_ONCE)

    def join(self, callers: Sequence[Caller], count: int = 0, room: str = LOBBY) -> list[Witness]:
        """Open the room's page for `count` witnesses (one for each of these people if none is said), in turn.

        They have 127.0.1.1, 127.0.1.2 … for addresses, as the server lets each have so many sockets only.
        """
        html = {caller.name: caller.get(room) for caller in callers}
        first = FakePage(next(iter(html.values())))
        path = next(path for path in first.sockets() if path.startswith("/live/rooms/"))
        joined = []
        for caller in itertools.islice(itertools.cycle(callers), count or len(callers)):
            number = next(self._numbers)
            address = f"127.0.1.{1 + number // WITNESSES_PER_ADDRESS}"
            joined.append(Witness(self, f"{caller.name}/{number}", caller, html[caller.name], path, address))
        self.witnesses += joined
        self._loop.call_soon_threadsafe(self._start, joined)
        return joined

    def _start(self, joined: list[Witness]) -> None:
        self._tasks += [self._loop.create_task(witness.run()) for witness in joined]

    @property
    def remaining(self) -> list[Witness]:
        """Those who have not been sent away."""
        return [witness for witness in self.witnesses if not witness.gone]

    def wait_until(self, condition: Callable[[], bool], message: str, seconds: float = 20) -> float:
        """Wait until that is so; return the seconds it took. Raises AssertionError(message) when it takes longer."""
        began = time.monotonic()
        while not condition():
            assert time.monotonic() - began < seconds, f"{message} within {seconds} s: {self}"
            time.sleep(0.02)
        return time.monotonic() - began

    def wait_until_live(self, seconds: float = 20) -> float:
        return self.wait_until(lambda: all(witness.live for witness in self.remaining), "Not all are back", seconds)

    def settle(self, seconds: float, room: str = LOBBY) -> float:
        """Wait until everyone who remains sees what a fresh page shows; note both, whether they agree or not.

        Returns how many seconds it took. Nobody should be talking any more.
        """
        began = time.monotonic()
        while True:
            fresh = Screen(self.remaining[0].caller.get(room)).rows
            if self._agree(fresh) or time.monotonic() - began > seconds:
                break
            time.sleep(0.1)
        self.history.note("everyone", "reload", "ok", rows=fresh, seconds=time.monotonic() - began)
        for witness in self.remaining:
            self.history.note(witness.name, "screen", "ok", rows=dict(witness.screen.rows), live=witness.live)
        return time.monotonic() - began

    def _agree(self, fresh: Any) -> bool:
        return all(witness.live and witness.screen.agrees_with(fresh) for witness in self.remaining)

    def run(self) -> None:
        self._loop.run_forever()
        self._loop.close()

    async def leave(self) -> None:
        for task in self._tasks:
            task.cancel()
        for error in await asyncio.gather(*self._tasks, return_exceptions=True):
            if isinstance(error, Exception):
                self.history.note("crowd", "broken", "fail", error=repr(error))
        await asyncio.sleep(0)  # Transports say that they are closed in the next turn.
        self._loop.stop()

    def end(self) -> None:
        """Close every socket."""
        self._loop.call_soon_threadsafe(lambda: self._loop.create_task(self.leave()))

    def __str__(self) -> str:
        live = sum(witness.live for witness in self.witnesses)
        return f"{live} of {len(self.witnesses)} witnesses are connected, {len(self.remaining)} remain"


@contextlib.contextmanager
def crowd(history: History, url: str) -> Iterator[Crowd]:
    """A crowd for the server at `url`, or at the other end of a line. Its sockets end with the block."""
    crowd = Crowd(history, url)
    thread = threading.Thread(target=crowd.run, name="crowd")
    thread.start()
    try:
        yield crowd
    finally:
        crowd.end()
        thread.join(30)
    assert not list(history.of("broken")), list(history.of("broken"))
