"""`manage.py doctor`, on installations that are well and on such that are not."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from e2e import server as installations
from e2e import services
from e2e.conftest import StartServer
from e2e.doctor import Report, examine
from e2e.server import REPOSITORY, Server, environment


@pytest.fixture(scope="module")
def server(prepared: Path) -> Iterator[Server]:
    """One for all: the doctor changes nothing."""
    with installations.server(prepared) as server:
        yield server


def test_a_small_installation_is_well(server: Server) -> None:
    report = examine(server)

    assert report.failed == set(), report.says
    assert (report.code, report.says.splitlines()[-1]) == (0, "All is well.")
    assert "SQLite" in report.says and "WAL" in report.says
    assert report["Server"] == report["Sockets"] == report["Static files"] == report["Migrations"] == "well"
    assert report["Proxy"] == "note"  # It cannot know where the proxy is.


def test_a_grown_installation_is_well(start_server: StartServer, redis: services.Redis, database_url: str) -> None:
    server = start_server(WEB_CONCURRENCY="2", REDIS_URL=redis.url, DATABASE_URL=database_url)
    report = examine(server, "--url", server.url)

    assert report.failed == set(), report.says
    assert report.code == 0
    assert "PostgreSQL" in report.says and "2 (WEB_CONCURRENCY)" in report.says
    assert report["Bells"] == report["Cache"] == report["Host"] == report["Scheme"] == report["Sockets"] == "well"


def test_two_redis_are_both_asked(server: Server, redis: services.Redis) -> None:
    with services.redis() as other:
        urls = f"{redis.url},{other.url}"
        assert examine(server, REDIS_URL=urls)["Cache"] == "well"
        other.kill()
        with services.refusing(other.port):
            report = examine(server, REDIS_URL=urls)

    assert report.failed == {"Bells"}
    assert f"well  Bells          there and back through {redis.url}" in report.says
    assert f"FAIL  Bells          {other.url}" in report.says


Harm = Callable[[services.Service], AbstractContextManager[object]]


@contextmanager
def killed(service: services.Service) -> Iterator[None]:
    service.kill()
    with services.refusing(service.port):
        yield


@contextmanager
def paused(service: services.Service) -> Iterator[None]:
    service.pause()
    yield


@pytest.mark.parametrize("harm", [killed, paused])
def test_redis_that_is_away_is_told(server: Server, redis: services.Redis, harm: Harm) -> None:
    with harm(redis):
        report = examine(server, REDIS_URL=redis.url)

    assert report.failed == {"Bells", "Cache"}, report.says
    assert report.code == 1
    # A broker that hangs may also keep the look at it from ending, on a busy machine.
    assert "Look at REDIS_URL" in report.says or "Look whether it is paused" in report.says


@pytest.mark.parametrize("harm", [killed, paused])
def test_postgresql_that_is_away_is_told(
    prepared: Path, postgresql: services.PostgreSQL, harm: Harm, tmp_path: Path
) -> None:
    settings = environment(
        DATA_DIR=str(tmp_path),
        STATIC_ROOT=str(prepared / "staticfiles"),
        DATABASE_URL=postgresql.new_database().replace("rooms@", "rooms:a-secret@"),
        PORT=str(services.free_port()),
    )
    assert Report(settings).failed == {"Migrations", "Database"}  # There, and empty.

    with harm(postgresql):
        report = Report(settings)

    assert report.failed == {"Database"}, report.says
    assert f"Is PostgreSQL running at 127.0.0.1:{postgresql.port}?" in report.says
    assert "a-secret" not in report.says


def test_a_new_folder_is_told_what_it_lacks(tmp_path: Path) -> None:
    port = str(services.free_port())
    report = Report(environment(DATA_DIR=str(tmp_path), STATIC_ROOT=str(tmp_path / "static"), PORT=port))

    assert report.failed == {"Database", "Static files"}, report.says
    assert "manage.py migrate" in report.says and "manage.py collectstatic" in report.says
    assert report["Server"] == "note"
    assert list(tmp_path.iterdir()) == []  # Looking makes nothing.


def test_what_can_be_read_only_is_told(server: Server) -> None:
    """A lock that another program does not give back."""
    locked = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('BEGIN IMMEDIATE'); print(); input()"
    path = str(server.folder / "data" / "rooms.sqlite3")
    with subprocess.Popen(
        [sys.executable, "-c", locked, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout and holder.stdout.readline()
        report = examine(server)
        holder.communicate("\n")

    assert report.failed == {"Database"}, report.says
    assert "reads but does not write" in report.says


def test_settings_that_start_and_are_not_good_are_told(server: Server) -> None:
    report = examine(server, SECRET_KEY="secret", ALLOWED_HOSTS="*,chat.example.org", DEBUG="on")

    assert {"Secret key", "Hosts", "Debug"} <= report.failed
    assert report["HTTPS"] == "note"


def test_another_installation_at_the_address_is_told(server: Server) -> None:
    report = examine(server, SECRET_KEY="another key than that of the server, for the length of this test")

    assert report.failed == {"Server"}
    assert "SECRET_KEY" in report.says


def test_silence_at_the_address_is_told(server: Server) -> None:
    with services.refusing() as port:
        report = examine(server, "--url", f"http://127.0.0.1:{port}")

    assert report.failed == {"Server"}
    assert "nothing answers at 127.0.0.1" in report.says


def test_a_server_that_hangs_is_told(server: Server) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        report = examine(server, "--url", f"http://127.0.0.1:{mute.getsockname()[1]}")

    assert report.failed == {"Server"}


@pytest.mark.parametrize("url", ["chat.example.org", "ftp://chat.example.org", "https://", "https://me@example.org"])
def test_what_is_no_address_is_told_in_one_line(server: Server, url: str) -> None:
    command = [sys.executable, "manage.py", "doctor", "--url", url]
    done = subprocess.run(command, cwd=REPOSITORY, env=server.settings, capture_output=True, text=True, timeout=30)

    assert done.returncode == 1
    assert done.stderr == f"CommandError: {url} is no address like https://chat.example.org\n"
