"""The fixtures themselves: if these fail, no other failure in this folder means anything."""

import urllib.error
import urllib.request

import pytest

from e2e.browsers import OpenPage
from e2e.conftest import StartServer
from e2e.server import Server
from e2e.services import Redis


def get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=5) as response:
        body: bytes = response.read()
    return body


def test_it_comes_back_on_the_same_port_after_kill_9(server: Server) -> None:
    address = server.url
    server.kill()
    with pytest.raises(urllib.error.URLError):
        get(f"{address}/up")

    server.start()

    assert get(f"{address}/up") == b"up\n"


def test_two_workers_share_postgresql_and_redis(start_server: StartServer, redis: Redis, database_url: str) -> None:
    server = start_server(WEB_CONCURRENCY="2", REDIS_URL=redis.url, DATABASE_URL=database_url)

    assert get(f"{server.url}/up") == b"up\n"
    assert "Started parent process" in server.log


def test_a_browser_opens_it(server: Server, open_page: OpenPage) -> None:
    page = open_page(base_url=server.url)

    response = page.goto("/up")

    assert response is not None
    assert response.ok
