"""What happened during a fault, event by event, as one file that a checker reads afterwards."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

Event = dict[str, Any]
Type = Literal["invoke", "ok", "fail", "info"]
"""As Jepsen has it: what timed out neither happened nor did not. It is `info`, and what came of it is to be seen."""


class History:
    """Events `{t, client, op, type, key, …}` in the order of their recording; `t` is the monotonic clock, in seconds.

    Of posters: `post` (key, room). Of witnesses: `open`, `see` (cursor, shown, reset, cut, farewell), `close` (code),
    and `screen` (rows). Of the test: `fault`, `heal`, `row` (what the database holds), `reload` (rows), `revoke` (user,
    clock), `measure` (name, before, after), `log` (text).
    """

    def __init__(self, path: Path | None = None) -> None:
        self.events: list[Event] = []
        self._file = path.open("a") if path else None
        self._lock = threading.Lock()

    @classmethod
    def read(cls, path: Path) -> History:
        history = cls()
        history.events = [json.loads(line) for line in path.read_text().splitlines()]
        return history

    def note(self, client: str, op: str, type: Type = "info", **values: Any) -> Event:
        """Record an event, from any thread."""
        with self._lock:
            event = {"t": time.monotonic(), "client": client, "op": op, "type": type, **values}
            self.events.append(event)
            if self._file:
                self._file.write(json.dumps(event) + "\n")
        return event

    def close(self) -> None:
        if self._file:
            self._file.close()

    def of(self, op: str, *types: Type, **values: Any) -> Iterator[Event]:
        """The events of an operation, of these types if any are named, that hold these values."""
        for event in list(self.events):
            fits = event["op"] == op and (not types or event["type"] in types)
            if fits and all(event.get(name) == value for name, value in values.items()):
                yield event

    def by_client(self, *ops: str) -> dict[str, list[Event]]:
        clients: dict[str, list[Event]] = {}
        for event in list(self.events):
            if event["op"] in ops:
                clients.setdefault(event["client"], []).append(event)
        return clients

    def last(self, op: str) -> Event | None:
        return next((event for event in reversed(self.events) if event["op"] == op), None)
