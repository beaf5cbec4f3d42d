"""Fixtures of the browser stories and of the fault tests: everything in them is real."""

import contextlib
import resource
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser

from e2e import browsers, environment, services
from e2e import line as lines

if TYPE_CHECKING:
    from e2e.harbour import Harbour
    from e2e.server import Server

environment.prepare()

# A thousand, as is usual, are too few for the pages of some stories, and for the servers that inherit the limit.
_, highest = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (20_000 if highest < 0 else min(highest, 20_000), highest))

StartServer = Callable[..., "Server"]


@pytest.fixture(scope="session")
def prepared() -> Iterator[Path]:
    """A folder with collected static files and an empty, migrated SQLite database."""
    from e2e import server

    with server.prepared() as folder:
        yield folder


@pytest.fixture
def start_server(prepared: Path) -> Iterator[StartServer]:
    """Start an installation of its own: `start_server(WEB_CONCURRENCY="2", REDIS_URL=redis.url)`."""
    from e2e import server

    with contextlib.ExitStack() as stack:
        yield lambda **settings: stack.enter_context(server.server(prepared, **settings))


@pytest.fixture
def server(start_server: StartServer) -> "Server":
    """An installation as `make run` starts it: SQLite, one process."""
    return start_server()


@pytest.fixture(scope="session", params=["procfile", "plain"])
def installed_harbour(request: pytest.FixtureRequest, prepared: Path) -> Iterator["Harbour"]:
    from e2e.harbour import harbour
    from e2e.sockets import TRANSPORTS

    with harbour(prepared, TRANSPORTS[request.param]) as installed:
        yield installed


@pytest.fixture
def harbour(installed_harbour: "Harbour") -> Iterator["Harbour"]:
    """A team with a closed room, on each kind of transport. It is shared: leave it as it was."""
    from e2e.sockets import no_traceback

    with no_traceback(installed_harbour.server):
        yield installed_harbour


@pytest.fixture(autouse=True)
def sockets() -> Iterator[None]:
    """No socket that a test opens outlives it."""
    from e2e.sockets import hang_up

    yield
    hang_up.close()


@pytest.fixture
def line(server: "Server") -> Iterator[lines.Line]:
    """The line to the server, which the test can hold, cut and mend; `line.url` is where it begins."""
    with lines.line(server.port) as line:
        yield line


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with browsers.chromium() as browser:
        yield browser


@pytest.fixture
def console() -> Iterator[browsers.Console]:
    """What the browser complained of during the test; at its end there must be nothing unexpected."""
    console = browsers.Console()
    yield console
    assert console.unexpected() == []


@pytest.fixture
def open_page(browser: Browser, console: browsers.Console) -> Iterator[browsers.OpenPage]:
    """Open a page in a context of its own; takes Playwright's context options."""
    with browsers.pages(browser, console) as open_page:
        yield open_page


@pytest.fixture
def redis() -> Iterator[services.Redis]:
    with services.redis() as redis:
        yield redis


@pytest.fixture(scope="session")
def postgresql_cluster() -> Iterator[services.PostgreSQL]:
    with services.postgresql() as postgresql:
        yield postgresql


@pytest.fixture
def postgresql() -> Iterator[services.PostgreSQL]:
    """A cluster of the test's own, which it may harm."""
    with services.postgresql() as postgresql:
        yield postgresql


@pytest.fixture
def database_url(postgresql_cluster: services.PostgreSQL) -> str:
    """The URL of a new, empty PostgreSQL database."""
    return postgresql_cluster.new_database()
