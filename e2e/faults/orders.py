"""Orders for a server's failpoints (rooms/live/failpoints.py): hold here, die there."""

from __future__ import annotations

import os
from pathlib import Path

from e2e.services import wait_until


class Orders:
    """A folder that a server is started with: `start_server(FAILPOINTS=str(orders.folder))`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def give(self, point: str, what: str) -> None:
        """Have whoever comes to that point first `wait` there, or be killed (`kill`)."""
        self._write(self.folder / point, what)

    def wait_until_taken(self, point: str, seconds: float = 10) -> None:
        wait_until(self._taken(point).exists, f"Nobody came to {point}", seconds)

    def go_on(self, point: str) -> None:
        self._taken(point).unlink()

    def kill(self, point: str) -> None:
        """Kill the one that waits there."""
        self._write(self._taken(point), "kill")

    def _taken(self, point: str) -> Path:
        return (self.folder / point).with_suffix(".taken")

    def _write(self, path: Path, what: str) -> None:
        # In one piece: whoever looks reads the whole word.
        draft = path.with_suffix(".draft")
        draft.write_text(what)
        os.replace(draft, path)
