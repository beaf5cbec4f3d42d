"""A bad environment stops the start with one line: the variable, its value and the remedy, and no traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

GOOD = {
    "SECRET_KEY": "a key for the tests, which sign nothing that outlives them",
    "ALLOWED_HOSTS": "chat.example.org",
}


def start(repository: Path, data: Path, *command: str, **changes: str | None) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "DATA_DIR": str(data), **GOOD, **changes}
    return subprocess.run(
        [sys.executable, *(command or ("manage.py", "check"))],
        cwd=repository,
        env={name: value for name, value in environment.items() if value is not None},
        capture_output=True,
        text=True,
    )


def test_a_good_environment_starts(repository: Path, tmp_path: Path) -> None:
    done = start(repository, tmp_path)

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("changes", "problem", "remedy"),
    [
        ({"SECRET_KEY": None}, "SECRET_KEY is not set", "make run"),
        ({"ALLOWED_HOSTS": None}, "ALLOWED_HOSTS is not set", "ALLOWED_HOSTS=chat.example.org"),
        ({"ALLOWED_HOSTS": "https://a.org"}, "ALLOWED_HOSTS=https://a.org", "without https://"),
        ({"ALLOWED_HOSTS": "a.org:8000"}, "ALLOWED_HOSTS=a.org:8000", "without a port"),
        ({"HTTPS": "maybe"}, "HTTPS=maybe", "on or off"),
        ({"DEBUG": "2"}, "DEBUG=2", "on or off"),
        ({"PORT": "http"}, "PORT=http", "from 1 to 65535"),
        ({"PORT": "65536"}, "PORT=65536", "from 1 to 65535"),
        ({"WEB_CONCURRENCY": "2"}, "WEB_CONCURRENCY=2", "REDIS_URL=redis://"),
        ({"WEB_CONCURRENCY": "0"}, "WEB_CONCURRENCY=0", "from 1 to"),
        ({"WEB_CONCURRENCY": "many"}, "WEB_CONCURRENCY=many", "whole number"),
        ({"REDIS_URL": "localhost:6379"}, "REDIS_URL=localhost:6379", "redis://host:port/0"),
        ({"DATABASE_URL": "mysql://h/rooms"}, "DATABASE_URL=mysql://h/rooms", "postgres://"),
        ({"DATABASE_URL": "postgres://h:port/rooms"}, "DATABASE_URL=postgres://h:port/rooms", "host:5432"),
        ({"DATABASE_URL": "postgres://h"}, "DATABASE_URL=postgres://h", "postgres://user:password@host"),
        ({"DATABASE_URL": "sqlite://"}, "DATABASE_URL=sqlite://", "sqlite:////absolute"),
        ({"DYNO": "web.1"}, "DATABASE_URL is not set", "DYNO=web.1 says that this disk is thrown away"),
        ({"ALLOWED_ORIGINS": "chat.example.org"}, "ALLOWED_ORIGINS=chat.example.org", "https://"),
        ({"ALLOWED_ORIGINS": "https://a.org/x"}, "ALLOWED_ORIGINS=https://a.org/x", "in full"),
        ({"ALLOWED_ORIGINS": "https://["}, "ALLOWED_ORIGINS=https://[", "in full"),
        ({"ALLOWED_ORIGINS": "http://a.org"}, "ALLOWED_ORIGINS=http://a.org", "HTTPS=off"),
        ({"HSTS_SECONDS": "-1"}, "HSTS_SECONDS=-1", "whole number"),
        ({"METRICS_TOKEN": "1234"}, "METRICS_TOKEN=…", "20 random characters"),
        ({"WORKER": "both"}, "WORKER=both", "embedded"),
        ({"FILES_URL": "/srv/files"}, "FILES_URL=/srv/files", "s3://key:secret@"),
        ({"FILES_URL": "s3://k:hunter2@h:x/bucket"}, "FILES_URL=s3://…@h:x/bucket", "s3://key:secret@"),
        ({"FILES_URL": "s3://k:hunter2@s3.example.org"}, "FILES_URL=s3://…@s3.example.org", "/bucket"),
        ({"FILES_URL": "s3://s3.example.org/bucket/folder"}, "FILES_URL=s3://s3.example.org/bucket/folder", "/bucket"),
        ({"FILE_MEGABYTES": "0"}, "FILE_MEGABYTES=0", "from 1 to 200"),
        ({"FILE_QUOTA_MEGABYTES": "lots"}, "FILE_QUOTA_MEGABYTES=lots", "whole number"),
        ({"BASE_URL": "chat.example.org"}, "BASE_URL=chat.example.org", "https://"),
        ({"BASE_URL": "http://a.org"}, "BASE_URL=http://a.org", "HTTPS=off"),
        ({"EMAIL_URL": "mail.example.org"}, "EMAIL_URL=mail.example.org", "smtp+tls://"),
        ({"EMAIL_URL": "imap://a.org"}, "EMAIL_URL=imap://a.org", "smtp+tls://"),
        ({"EMAIL_URL": "smtp://u:hunter2@h:x"}, "EMAIL_URL=smtp://…@h:x", "smtps://"),
        ({"EMAIL_URL": "smtp://a.org", "ALLOWED_HOSTS": "*"}, "BASE_URL is not set", "BASE_URL=https://"),
        ({"DEFAULT_FROM_EMAIL": "Rooms"}, "DEFAULT_FROM_EMAIL=Rooms", "an address"),
        ({"REPLY_ADDRESS": "chat.example.org"}, "REPLY_ADDRESS=chat.example.org", "reply@chat.example.org"),
        ({"REPLY_ADDRESS": "reply+x@a.org"}, "REPLY_ADDRESS=reply+x@a.org", "a plain address"),
        ({"REPLY_ADDRESS": "sixteen-letters-@a.org"}, "REPLY_ADDRESS=sixteen-letters-@a.org", "15 letters"),
        ({"REPLY_ADDRESS": "reply@a.org"}, "EMAIL_URL is not set", "REPLY_ADDRESS=reply@a.org"),
        ({"REPLY_HOOK_TOKEN": "1234"}, "REPLY_HOOK_TOKEN=…", "20 random letters"),
        ({"REPLY_HOOK_TOKEN": "a@b/c:d" * 5}, "REPLY_HOOK_TOKEN=…", "which an address may hold"),
        ({"REPLY_HOOK_TOKEN": "x" * 20}, "REPLY_ADDRESS is not set", "REPLY_ADDRESS=reply@"),
        ({"TARGETS_ALLOWED": "http://a.org"}, "TARGETS_ALLOWED=http://a.org", "192.168.1.5"),
        ({"TARGETS_ALLOWED": "a.org:http"}, "TARGETS_ALLOWED=a.org:http", "ntfy.lan:8080"),
        ({"LOG_LEVEL": "LOUD"}, "LOG_LEVEL=LOUD", "WARNING"),
    ],
)
def test_a_bad_variable_is_one_line_with_its_remedy(
    repository: Path, tmp_path: Path, changes: dict[str, str | None], problem: str, remedy: str
) -> None:
    done = start(repository, tmp_path, **changes)

    assert done.returncode == 3
    assert done.stderr.startswith(f"Rooms cannot start: {problem}. ")
    assert remedy in done.stderr
    assert done.stderr.count("\n") == 1


def test_no_password_is_printed(repository: Path, tmp_path: Path) -> None:
    done = start(repository, tmp_path, DATABASE_URL="mysql://rooms:hunter2@h/rooms")

    assert "DATABASE_URL=mysql://…@h/rooms" in done.stderr
    assert "hunter2" not in done.stderr


def test_a_value_in_the_env_file_is_read_and_the_environment_has_precedence(repository: Path, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("HTTPS=perhaps\n")

    assert "HTTPS=perhaps" in start(repository, tmp_path).stderr
    assert start(repository, tmp_path, HTTPS="off").returncode == 0


def test_the_server_says_it_too(repository: Path, tmp_path: Path) -> None:
    done = start(repository, tmp_path, "-m", "uvicorn", "project.asgi:application", SECRET_KEY=None)

    assert done.returncode == 3
    assert "SECRET_KEY is not set" in done.stderr
    assert "Traceback" not in done.stderr


def test_workers_that_cannot_start_are_not_started_again_and_again(repository: Path, tmp_path: Path) -> None:
    arguments = ("-m", "uvicorn", "project.asgi:application", "--port", "0", "--workers", "2")
    done = start(repository, tmp_path, *arguments, WEB_CONCURRENCY="2")

    assert "WEB_CONCURRENCY=2. More than one worker needs Redis" in done.stderr
    assert "stopping the parent process" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_taken_port_is_one_line(repository: Path, tmp_path: Path) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = start(repository, tmp_path, "-m", "project.serve", PORT=str(port))

    assert done.returncode == 3
    assert done.stderr.startswith(f"Rooms cannot start: PORT={port}. On 127.0.0.1: address already in use.")
    assert (done.stdout, done.stderr.count("\n")) == ("", 1)
