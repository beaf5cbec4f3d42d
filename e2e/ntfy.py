"""A fake ntfy: it remembers what was sent, and when; `hold` lets it take its time with answers."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from e2e.services import wait_until


class Ntfy(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Topic)
        self.posts: list[tuple[float, str, str]] = []
        """When (time.monotonic), title, text."""
        self.answers = threading.Event()
        self.answers.set()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_port}"

    @property
    def texts(self) -> list[str]:
        return [text for _, _, text in self.posts]

    def wait_for(self, count: int, seconds: float = 20) -> None:
        wait_until(lambda: len(self.posts) >= count, f"only this came: {self.posts}", seconds)

    @contextlib.contextmanager
    def holding(self) -> Iterator[None]:
        """Take what comes, and answer afterwards."""
        self.answers.clear()
        try:
            yield
        finally:
            self.answers.set()


class Topic(BaseHTTPRequestHandler):
    server: Ntfy

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        self.server.posts.append((time.monotonic(), self.headers.get("Title", ""), body))
        self.server.answers.wait(10)
        with contextlib.suppress(OSError):
            self.send_response(200)
            self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: pytest shows what servers say."""


@contextlib.contextmanager
def ntfy() -> Iterator[Ntfy]:
    with Ntfy() as server:
        threading.Thread(target=server.serve_forever, args=[0.05], daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()
