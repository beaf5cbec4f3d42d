"""The running server, asked from outside: what it makes of what the proxies pass on."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.core.signing import TimestampSigner
from websockets.exceptions import InvalidStatus, InvalidURI, WebSocketException
from websockets.sync.client import connect
from websockets.typing import Origin

from rooms.doctor import proxies
from rooms.doctor.finding import Finding, away, describe, note, well

SECONDS = 5.0
"""That a connection, and each answer, may take."""

SALT, HEADER, PERMIT_SECONDS = "rooms.doctor", "X-Rooms-Checkup", 60
FORGED = "192.0.2.77"
"""An address that is nobody's (RFC 5737), for finding out who believes what visitors say of themselves."""


class Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: str
    ours: str
    """The address that we asked from."""
    theirs: str


class Site:
    """An address of the installation, and where to connect for it: `behind` the proxies, or through them."""

    def __init__(self, url: SplitResult, behind: tuple[str, int] | None = None) -> None:
        self.url = url
        self.behind = behind

    @property
    def origin(self) -> str:
        return f"{self.url.scheme}://{self.url.netloc.lower()}"

    def connect(self) -> socket.socket:
        """Raises OSError."""
        host = self.behind or (self.url.hostname or "", self.url.port or (443 if self.url.scheme == "https" else 80))
        plain = socket.create_connection(host, timeout=SECONDS)
        if self.url.scheme == "http" or self.behind:
            return plain
        return ssl.create_default_context().wrap_socket(plain, server_hostname=self.url.hostname)

    def ask(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        """GET a path. Raises OSError and http.client.HTTPException."""
        connection = http.client.HTTPConnection(self.url.hostname or "", timeout=SECONDS)
        connection.sock = line = self.connect()
        ours, theirs = line.getsockname()[0], line.getpeername()[0]
        forwarded = {"X-Forwarded-Proto": self.url.scheme} if self.behind else {}
        try:
            connection.request("GET", path, headers={"Host": self.url.netloc, **forwarded, **(headers or {})})
            response = connection.getresponse()
            return Answer(response.status, dict(response.headers), response.read(100_000).decode(), ours, theirs)
        finally:
            connection.close()


def look_at_server(url: str) -> Iterator[Finding]:
    site = Site(urlsplit(url)) if url else find_local_site()
    try:
        started = time.perf_counter()
        answer = site.ask("/up")
        duration = (time.perf_counter() - started) * 1000
    except (OSError, http.client.HTTPException) as error:
        if isinstance(error, ConnectionRefusedError) and not url:
            remedy = "Say where it is: --url https://…"
            yield note("Server", f"none listens at port {settings.PORT} of this machine", remedy)
        else:
            yield proxies.explain_silence(site.url, error)
        return
    if finding := proxies.explain_status(site.url, answer.status, answer.headers.get("Location", "")):
        yield finding
        return
    permit = {HEADER: TimestampSigner(salt=SALT).sign("doctor")}
    seen = site.ask("/up/seen", permit)
    if seen.status != 200:
        text = f"{site.origin} answers, but does not know us: {seen.status}"
        yield away("Server", text, "Is that this installation, of this version and SECRET_KEY? Restart it.")
        return
    facts: dict[str, Any] = json.loads(seen.body)
    yield well("Server", f"{site.origin} answers in {duration:.0f} ms, as process {facts['worker']}")
    if url:
        forged: dict[str, Any] = json.loads(site.ask("/up/seen", permit | {"X-Forwarded-For": FORGED}).body)
        yield from proxies.look_at_headers(site.url, facts)
        yield proxies.look_at_address(seen.ours, seen.theirs, facts["address"], forged["address"] == FORGED)
    else:
        yield note("Proxy", "not asked", "Say by which address people come: --url https://…")
    yield look_at_socket(site, facts["sockets"])


def find_local_site() -> Site:
    """The server that `make run` starts here, under the first name that is one."""
    names = [host for host in settings.ALLOWED_HOSTS if not host.startswith((".", "*"))] or ["127.0.0.1"]
    scheme = "https" if settings.HTTPS else "http"
    return Site(urlsplit(f"{scheme}://{names[0]}"), behind=("127.0.0.1", settings.PORT))


def look_at_socket(site: Site, most: int) -> Finding:
    """Open a socket as a stranger's page would: it has to open, bring a frame, and say that we are not signed in."""
    started = time.perf_counter()
    try:
        line = site.connect()
        # TLS, where there is any, is the line's own.
        address, origin = f"ws://{site.url.netloc}/live/inbox/", Origin(site.origin)
        with connect(address, sock=line, origin=origin, open_timeout=SECONDS, close_timeout=1, proxy=None) as opened:
            opened.recv(timeout=SECONDS)
    except InvalidStatus as error:
        return proxies.explain_refusal(site.url, error.response.status_code)
    except InvalidURI:
        # It was sent on, to a page: what arrived was no handshake any more.
        return proxies.explain_refusal(site.url, 301)
    except (OSError, WebSocketException, ValueError) as error:
        return proxies.explain_refusal(site.url, describe(error))
    duration = (time.perf_counter() - started) * 1000
    return well("Sockets", f"open and bring a frame in {duration:.0f} ms; a process takes {most:,}")
