"""The Procfile's own worker, beside a server."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from e2e.server import REPOSITORY, Server
from e2e.services import Service, temporary_folder


class Worker(Service):
    """Has the data and the settings of the server."""

    name = "worker"

    def __init__(self, folder: Path, server: Server) -> None:
        super().__init__(folder)
        self.server = server

    def command(self) -> Sequence[str]:
        lines = (REPOSITORY / "Procfile").read_text().splitlines()
        line = next(line.removeprefix("worker:").strip() for line in lines if line.startswith("worker:"))
        return ["sh", "-c", f"exec {line}"]

    def environment(self) -> dict[str, str]:
        return self.server.settings

    def working_folder(self) -> Path:
        return REPOSITORY

    def ready(self) -> bool:
        return "Sending what is due" in self.log


@contextlib.contextmanager
def working(server: Server) -> Iterator[Worker]:
    with temporary_folder() as folder:
        worker = Worker(folder, server)
        try:
            worker.start()
            yield worker
        finally:
            worker.stop()
        assert "Traceback" not in worker.log
