"""The real servers that tests talk to: Redis and PostgreSQL from the distribution, each on a free port.

Every server lives in a temporary folder, is a child of the test process and is stopped by its own process id.
"""

import contextlib
import ctypes
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import redis as redis_client

START_SECONDS = 30
STOP_SECONDS = 15

prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None
"""Looked up here: between fork and exec, whatever locks other threads held then, nothing is to be looked up."""


class ServiceError(RuntimeError):
    """A server that is missing or that did not start; the message says which and what to do."""


def free_port() -> int:
    """Return a TCP port on which nothing listens.

    Not one of those that the system itself would choose: it gives them to thousands of outgoing connections, too, and
    one of them may have it before the server does, or while the server is down.
    """
    while True:
        port = 10_000 + secrets.randbelow(22_000)
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("0.0.0.0", port))
            return port


@contextlib.contextmanager
def refusing(port: int = 0) -> Iterator[int]:
    """Hold a port at which whoever connects is refused, and which no other server takes meanwhile.

    `port`: that of a server which is gone; 0 is one of its own.
    """
    with socket.socket() as held:
        # Connections of the one that is gone may linger there.
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", port or free_port()))
        yield held.getsockname()[1]


def wait_until(condition: Callable[[], bool], message: str, seconds: float = START_SECONDS) -> None:
    """Return when `condition` is true; raise ServiceError(message) when it is still false after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise ServiceError(message)
        time.sleep(0.02)


def listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def find_program(*candidates: str | Path, remedy: str) -> str:
    for candidate in candidates:
        if found := shutil.which(str(candidate)):
            return found
    raise ServiceError(f"{candidates[0]} is missing: {remedy}")


class Service:
    """One server process: start, stop, kill -9, pause, resume; `log` is everything it has said so far."""

    name = "service"
    stop_signal = signal.SIGTERM

    def __init__(self, folder: Path, user: str | None = None) -> None:
        self.folder = folder
        self.user = user
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def command(self) -> Sequence[str]:
        raise NotImplementedError

    def environment(self) -> dict[str, str]:
        return dict(os.environ)

    def ready(self) -> bool:
        return listens(self.port)

    def start(self) -> None:
        """Start on the same port and folder as before, and return when the server answers."""
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(
                self.command(),
                cwd=self.working_folder(),
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                user=self.user,
                start_new_session=True,
                preexec_fn=self.die_with_parent if prctl else None,
            )
        wait_until(lambda: self.dead() or self.ready(), f"{self.name} does not answer:\n{self.log}")
        if self.dead():
            raise ServiceError(f"{self.name} did not start:\n{self.log}")

    def die_with_parent(self) -> None:
        """Ask the kernel to stop this server when the tests are killed, which no exit handler of theirs survives."""
        assert prctl
        PR_SET_PDEATHSIG = 1
        prctl(PR_SET_PDEATHSIG, int(self.stop_signal))

    def working_folder(self) -> Path:
        return self.folder

    def dead(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def stop(self) -> None:
        """Ask politely, then insist."""
        if self.process is None:
            return
        self.signal(signal.SIGCONT)
        self.signal(self.stop_signal)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    def end(self, manner: signal.Signals) -> None:
        """Send this signal, and wait until the process is gone."""
        self.signal(manner)
        if self.process is not None:
            self.process.wait(STOP_SECONDS)

    def kill(self) -> None:
        """kill -9, workers included: the process leads a process group of its own."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(STOP_SECONDS)

    def pause(self) -> None:
        self.signal(signal.SIGSTOP)

    def resume(self) -> None:
        self.signal(signal.SIGCONT)

    def signal(self, number: signal.Signals) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)

    @property
    def log_file(self) -> Path:
        return self.folder / "log"

    @property
    def log(self) -> str:
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""


class Redis(Service):
    name = "redis-server"

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def command(self) -> Sequence[str]:
        program = find_program("redis-server", remedy="apt-get install redis-server")
        return [
            program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
            "--dir", str(self.folder),
        ]  # fmt: skip

    def do(self, *command: object) -> Any:
        """Send one command, as `redis-cli` would; return the answer."""
        with redis_client.Redis.from_url(self.url) as client:
            return client.execute_command(*command)


class PostgreSQL(Service):
    name = "postgres"
    stop_signal = signal.SIGINT  # "fast": without waiting for the clients to leave

    @property
    def url(self) -> str:
        return f"postgres://rooms@127.0.0.1:{self.port}/rooms"

    @property
    def cluster(self) -> Path:
        return self.folder / "cluster"

    def program(self, name: str) -> str:
        installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4]))
        return find_program(name, *reversed(installed), remedy="apt-get install postgresql")

    def create(self) -> None:
        """Write a cluster that trusts the loopback interface, with one empty database."""
        self.run(
            "initdb",
            "-D",
            self.cluster,
            "-U",
            "rooms",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-sync",
            "--locale=C.UTF-8",
        )
        self.start()
        self.run("createdb", "-h", "127.0.0.1", "-p", self.port, "-U", "rooms", "rooms")

    def new_database(self) -> str:
        """Create an empty database; return its URL."""
        name = f"rooms_{secrets.token_hex(6)}"
        self.run("createdb", "-h", "127.0.0.1", "-p", self.port, "-U", "rooms", name)
        return self.url.removesuffix("rooms") + name

    def run(self, program: str, *arguments: object) -> None:
        command = [self.program(program), *map(str, arguments)]
        done = subprocess.run(command, cwd=self.folder, user=self.user, capture_output=True, text=True)
        if done.returncode:
            raise ServiceError(f"{program} failed:\n{done.stdout}{done.stderr}")

    def command(self) -> Sequence[str]:
        return [
            self.program("postgres"), "-D", str(self.cluster), "-p", str(self.port), "-k", str(self.folder),
            "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "synchronous_commit=off",
            "-c", "full_page_writes=off", "-c", "max_connections=200",
        ]  # fmt: skip


class Bucket(Service):
    """An S3-compatible server with one bucket, in memory."""

    name = "moto"

    @property
    def url(self) -> str:
        return f"s3+http://key:secret@127.0.0.1:{self.port}/rooms?region=eu-central-1"

    def command(self) -> Sequence[str]:
        return [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)]

    def create(self) -> None:
        self.start()
        asked = urllib.request.Request(f"http://127.0.0.1:{self.port}/rooms", method="PUT")
        urllib.request.urlopen(asked, timeout=10).close()

    def list_keys(self) -> list[str]:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/rooms", timeout=10) as answer:
            return re.findall(r"<Key>(.*?)</Key>", answer.read().decode())


@contextlib.contextmanager
def temporary_folder(user: str | None = None) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="rooms-"))
    if user:
        shutil.chown(folder, user)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def unprivileged_user() -> str | None:
    """PostgreSQL refuses to run as root; then it runs as nobody."""
    return "nobody" if os.geteuid() == 0 else None


@contextlib.contextmanager
def bucket() -> Iterator[Bucket]:
    with temporary_folder() as folder:
        service = Bucket(folder)
        try:
            service.create()
            yield service
        finally:
            service.stop()


@contextlib.contextmanager
def redis() -> Iterator[Redis]:
    with temporary_folder() as folder:
        service = Redis(folder)
        try:
            service.start()
            yield service
        finally:
            service.stop()


@contextlib.contextmanager
def postgresql() -> Iterator[PostgreSQL]:
    user = unprivileged_user()
    with temporary_folder(user) as folder:
        service = PostgreSQL(folder, user)
        try:
            service.create()
            yield service
        finally:
            service.stop()


def find_chromium() -> str | None:
    """Return the distribution's Chromium, or None where Playwright has downloaded its own.

    Raises ServiceError when there is neither.
    """
    from playwright.sync_api import sync_playwright

    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    with sync_playwright() as playwright:
        if Path(playwright.chromium.executable_path).exists():
            return None
    raise ServiceError("chromium is missing: apt-get install chromium, or playwright install chromium")
