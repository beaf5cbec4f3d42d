"""Rooms itself as tests run it: the Procfile's own command, on a free port, with a data folder of its own."""

import contextlib
import http.client
import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from e2e import services
from project.serve import web_command

REPOSITORY = Path(__file__).resolve().parent.parent
KEPT = ("HOME", "LANG", "LC_ALL", "TMPDIR", "TZ")


def environment(**settings: str) -> dict[str, str]:
    """Return the environment of an installation on plain http, where `settings` have the last word."""
    return {name: os.environ[name] for name in KEPT if name in os.environ} | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "PYTHONUNBUFFERED": "1",
        "SECRET_KEY": "a key for the tests, which sign nothing that outlives them",
        "HTTPS": "off",
        "ALLOWED_HOSTS": "localhost,127.0.0.1",
        "LINK_PREVIEWS": "off",  # tests ask nobody on the internet
        **settings,
    }


def manage(settings: dict[str, str], *arguments: str, folder: Path = REPOSITORY) -> str:
    """Run `manage.py`; return what it prints, raise ServiceError with all it says when it fails."""
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(command, cwd=folder, env=settings, capture_output=True, text=True)
    if done.returncode:
        raise services.ServiceError(f"manage.py {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


class Server(services.Service):
    """A running installation. `start`, `stop`, `kill` (-9) and `start` again: same port, same data."""

    name = "rooms"
    stop_signal = signal.SIGTERM
    fails_on_purpose = False
    """Whether a test has it fail: then it may say so."""

    def __init__(self, folder: Path, settings: dict[str, str], options: Sequence[str] = ()) -> None:
        super().__init__(folder)
        self.options = options
        self.settings = settings | {"DATA_DIR": str(folder / "data"), "PORT": str(self.port)}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def command(self) -> Sequence[str]:
        return ["sh", "-c", f"exec {web_command()} --host 127.0.0.1 {shlex.join(self.options)}"]

    def environment(self) -> dict[str, str]:
        return self.settings

    def working_folder(self) -> Path:
        return REPOSITORY

    def ready(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
            connection.request("GET", "/up")
            return connection.getresponse().status == 200
        return False

    def manage(self, *arguments: str) -> str:
        """Run `manage.py` on this installation's data; return what it prints."""
        return manage(self.settings, *arguments, folder=self.working_folder())

    def shell(self, code: str) -> str:
        """Run Python in a process of its own on this installation's data; return what it prints."""
        return self.manage("shell", "--no-imports", "--verbosity", "0", "--command", code)

    def migrate(self, template: Path) -> None:
        """Take over the empty SQLite database that is ready, or bring another database up to date."""
        data = self.folder / "data"
        data.mkdir(mode=0o700)
        if "DATABASE_URL" in self.settings:
            self.manage("migrate", "--noinput", "--verbosity", "0")
        else:
            shutil.copy(template, data / "rooms.sqlite3")


@contextlib.contextmanager
def prepared() -> Iterator[Path]:
    """Collect the static files and migrate one SQLite database, for all servers of a run; yield the folder."""
    with services.temporary_folder() as folder:
        settings = environment(DATA_DIR=str(folder), STATIC_ROOT=str(folder / "staticfiles"))
        manage(settings, "collectstatic", "--noinput", "--verbosity", "0")
        manage(settings, "migrate", "--noinput", "--verbosity", "0")
        yield folder


@contextlib.contextmanager
def server(prepared_folder: Path, options: Sequence[str] = (), **settings: str) -> Iterator[Server]:
    """Start an installation with these options and environment variables besides the usual ones.

    What it has said is printed at the end, for pytest to show with a failure. A traceback in it is a failure.
    """
    with services.temporary_folder() as folder:
        variables = environment(STATIC_ROOT=str(prepared_folder / "staticfiles"), **settings)
        installation = Server(folder, variables, options)
        try:
            installation.migrate(prepared_folder / "rooms.sqlite3")
            installation.start()
            yield installation
        finally:
            installation.stop()
            sys.stdout.write(installation.log)
        assert installation.fails_on_purpose or "Traceback" not in installation.log
