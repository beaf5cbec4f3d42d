"""The server for developing: pages, static files as they are written, and live rooms."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import expect

from e2e.browsers import OpenPage
from e2e.server import Server, environment
from e2e.steps import connected, found_team, message, say


class DevelopmentServer(Server):
    def command(self) -> Sequence[str]:
        return [sys.executable, "manage.py", "runserver", str(self.port)]


def test_runserver_serves_live_rooms(prepared: Path, tmp_path: Path, open_page: OpenPage) -> None:
    server = DevelopmentServer(tmp_path, environment())
    server.migrate(prepared / "rooms.sqlite3")
    try:
        server.start()
        alice, bob = found_team(server, open_page, Alice={}, Bob={})
        alices, bobs = alice.open(), bob.open()
        connected(alices)
        connected(bobs)
        say(alices, "Hello")
        expect(message(bobs, "Hello")).to_be_visible()
        assert bobs.request.get("/static/css/base.css").ok
    finally:
        server.stop()
    assert "Traceback" not in server.log
