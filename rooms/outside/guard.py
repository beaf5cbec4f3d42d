"""HTTP to addresses that users write: public ones only, resolved once, connected to exactly where it was checked.

Everything has an end: SECONDS in all, whatever the other side does, and LIMIT bytes read.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPException
from typing import Self
from urllib.parse import SplitResult, urlsplit

import urllib3
from django.conf import settings
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.response import HTTPResponse

SECONDS = 5.0
"""For everything together: name, connection, TLS, request, answer."""

LIMIT = 64 * 1024
"""Bytes of an answer that are read."""

PORTS = {80, 443, 2586, 8000, 8080, 8443}
"""Where the web is. Anything else might be a database, a mail server, a printer."""

LATE = "no answer in time"

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

GLOBAL_IPV6 = ipaddress.IPv6Network("2000::/3")
TUNNELS = [ipaddress.IPv6Network(network) for network in ("2002::/16", "2001::/32")]
"""6to4 and Teredo: IPv4 addresses in disguise. The other disguises are not in GLOBAL_IPV6."""


class Refused(Exception):
    """This address is not one to connect to. `reason` is one of the words below."""

    MALFORMED, SCHEME, PORT, PRIVATE, UNKNOWN = "malformed", "scheme", "port", "private", "unknown"

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class Unreachable(Exception):
    """It did not answer, or not as HTTP, or not in time."""


@dataclass(frozen=True)
class Destination:
    """A checked URL, and the one address it is going to be asked at."""

    url: SplitResult
    host: str
    port: int
    address: str

    @property
    def target(self) -> str:
        return (self.url.path or "/") + (f"?{self.url.query}" if self.url.query else "")

    @property
    def authority(self) -> str:
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == {"http": 80, "https": 443}[self.url.scheme] else f"{name}:{self.port}"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes
    """As it came, up to the limit: nothing is decompressed."""


def check(value: str) -> SplitResult:
    """Return a URL that may be written down as a target, without asking anybody. Raises Refused."""
    if not value.isprintable() or any(character in value for character in ' \\"<>^`{|}'):
        raise Refused(Refused.MALFORMED)
    try:
        url = urlsplit(value)
        host, port = url.hostname or "", url.port
    except ValueError:
        raise Refused(Refused.MALFORMED) from None
    if url.scheme not in {"http", "https"}:
        raise Refused(Refused.SCHEME)
    if not host or "@" in url.netloc or url.fragment:
        raise Refused(Refused.MALFORMED)
    if not allows_port(host, port or default_port(url)):
        raise Refused(Refused.PORT)
    return url


def default_port(url: SplitResult) -> int:
    return 443 if url.scheme == "https" else 80


def allows_port(host: str, port: int) -> bool:
    """Whether the web is there, or the operator has named this port, maybe for an address that the host turns out
    to be: then `locate` looks again.
    """
    return port in PORTS or any(port == named for _, named in settings.TARGETS_ALLOWED)


def locate(value: str, seconds: float = SECONDS) -> Destination:
    """Check a URL and resolve its host, once. Raises Refused, also where only one of its addresses is private: which
    of them would be used is up to whoever answers for the name.
    """
    url = check(value)
    host, port = to_ascii(url.hostname or ""), url.port or default_port(url)
    found = resolve(host, port, seconds)
    for address in found:
        judge(host, address, port)
    return Destination(url, host, port, str(found[0]))


def to_ascii(host: str) -> str:
    try:
        return host if ":" in host else host.encode("idna").decode("ascii").rstrip(".")
    except UnicodeError:
        raise Refused(Refused.MALFORMED) from None


def resolve(host: str, port: int, seconds: float) -> list[Address]:
    """Ask for the addresses of a name. In a thread of its own, since nothing else can stop waiting for the answer."""
    found: list[Address] = []

    def ask() -> None:
        with suppress(OSError, UnicodeError, ValueError):
            for *_, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
                found.append(ipaddress.ip_address(str(address[0]).partition("%")[0]))

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(seconds)
    if asking.is_alive():
        raise Unreachable(LATE)
    if not found:
        raise Refused(Refused.UNKNOWN)
    return found


def judge(host: str, address: Address, port: int) -> None:
    """Raise Refused unless it is a public address at a usual port, or the operator allows it."""
    for place, named in settings.TARGETS_ALLOWED:
        if (named == port or (named is None and port in PORTS)) and is_in(place, host, address):
            return
    if not is_public(address):
        raise Refused(Refused.PRIVATE)
    if port not in PORTS:
        raise Refused(Refused.PORT)


def is_in(place: str, host: str, address: Address) -> bool:
    try:
        return address in ipaddress.ip_network(place)
    except ValueError:
        return place == host


def is_public(address: Address) -> bool:
    if address.is_multicast or not address.is_global:
        return False
    if address.version == 4:
        return True
    return address in GLOBAL_IPV6 and not any(address in tunnel for tunnel in TUNNELS)


def ask(
    method: str,
    url: str,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    limit: int = LIMIT,
    seconds: float = SECONDS,
) -> Answer:
    """Send one request; return its answer with at most `limit` bytes of the body. Redirects are not followed.

    Raises Refused, Unreachable. Either way it is over after `seconds`.
    """
    deadline = time.monotonic() + seconds
    destination = locate(url, seconds)
    head = {"Host": destination.authority, "Accept-Encoding": "identity", "User-Agent": "Rooms", **(headers or {})}
    with Line(destination, deadline) as line:
        try:
            line.connect()
            line.connection.request(method, destination.target, body, head, preload_content=False, decode_content=False)
            response = line.connection.getresponse()
            content = read(response, limit)
        except (urllib3.exceptions.HTTPError, HTTPException, OSError, ValueError) as error:
            raise Unreachable(LATE if line.cut else explain(error)) from error
        if line.cut:
            raise Unreachable(LATE)
    return Answer(response.status, response.headers, content)


class Line:
    """A connection that is cut at the deadline: a socket's own timeout begins anew with every byte that comes."""

    def __init__(self, destination: Destination, deadline: float) -> None:
        self.connection = connection_to(destination, max(deadline - time.monotonic(), 0.1))
        self.watchdog = threading.Timer(deadline - time.monotonic(), self.end)
        self.watchdog.daemon = True
        self.socket: socket.socket | None = None
        self.cut = False

    def __enter__(self) -> Self:
        self.watchdog.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.watchdog.cancel()
        self.connection.close()

    def connect(self) -> None:
        """Up to here one timeout holds for the whole. The socket is kept, as the connection may pass it on."""
        self.connection.connect()
        self.socket = self.connection.sock
        if self.cut:
            raise TimeoutError

    def end(self) -> None:
        self.cut = True
        if self.socket:
            with suppress(OSError):
                self.socket.shutdown(socket.SHUT_RDWR)


def connection_to(destination: Destination, timeout: float) -> HTTPConnection:
    """A connection to the checked address. The host stands in the TLS handshake, and has to be in the certificate."""
    place = (destination.address, destination.port)
    if destination.url.scheme == "http":
        return HTTPConnection(*place, timeout=timeout)
    trust = ssl.create_default_context()
    return HTTPSConnection(*place, timeout=timeout, ssl_context=trust, server_hostname=destination.host)


def read(response: HTTPResponse, limit: int) -> bytes:
    content = b""
    while len(content) < limit and (chunk := response.read1(limit - len(content), decode_content=False)):
        content += chunk
    return content


def explain(error: BaseException) -> str:
    """What went wrong, in the words of the innermost error that has some."""
    while error.__cause__ or error.__context__:
        error = error.__cause__ or error.__context__ or error
    if isinstance(error, TimeoutError):
        return LATE
    return str(getattr(error, "strerror", None) or error or type(error).__name__)
