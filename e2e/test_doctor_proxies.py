"""`manage.py doctor --url`, with the server behind proxies that do it right and wrong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e import server as installations
from e2e.conftest import StartServer
from e2e.doctor import examine
from e2e.proxy import proxy
from e2e.server import Server


@pytest.fixture(scope="module")
def server(prepared: Path) -> Iterator[Server]:
    """One for all: the doctor changes nothing."""
    with installations.server(prepared) as server:
        yield server


def test_a_proxy_that_changes_the_host_is_told(server: Server) -> None:
    def rewrite(headers: dict[str, str]) -> None:
        headers["host"] = "localhost:8000"

    with proxy(server.port, rewrite) as url:
        report = examine(server, "--url", url)

    assert report.failed == {"Host", "Sockets"}, report.says
    assert f"ALLOWED_ORIGINS={url}" in report.says


def test_a_proxy_that_passes_an_unknown_host_is_told(server: Server) -> None:
    def rewrite(headers: dict[str, str]) -> None:
        headers["host"] = "backend.internal"

    with proxy(server.port, rewrite) as url:
        report = examine(server, "--url", url)

    assert report.failed == {"Server"}
    assert "ALLOWED_HOSTS" in report.says


def test_a_proxy_that_passes_no_upgrade_is_told(server: Server) -> None:
    def rewrite(headers: dict[str, str]) -> None:
        headers.pop("upgrade", None)
        headers["connection"] = "close"

    with proxy(server.port, rewrite) as url:
        report = examine(server, "--url", url)

    assert report.failed == {"Sockets"}, report.says
    assert "does not pass WebSockets on" in report.says


def test_a_handshake_that_is_redirected_is_told(start_server: StartServer) -> None:
    """The server takes it for a page, and sends it to https."""

    def rewrite(headers: dict[str, str]) -> None:
        headers.pop("upgrade", None)
        headers["connection"] = "close"

    server = start_server(HTTPS="on")
    with proxy(server.port, rewrite) as url:
        report = examine(server, "--url", url)

    assert report.failed == {"Scheme", "Sockets"}, report.says
    assert "does not pass WebSockets on: 301" in report.says


def test_a_proxy_that_does_it_right_is_well(server: Server) -> None:
    with proxy(server.port, lambda headers: None) as url:
        assert examine(server, "--url", url).code == 0
