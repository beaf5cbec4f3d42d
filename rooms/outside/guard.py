"""Which of the addresses that users write may be asked: public ones only, resolved once, in whatever disguise."""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

SECONDS = 5.0
"""For everything together: name, connection, TLS, request, answer."""

PORTS = {80, 443, 2586, 8000, 8080, 8443}
"""Where the web is. Anything else might be a database, a mail server, a printer."""

LATE = "no answer in time"

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Places = Sequence[tuple[str, int | None]]
"""Networks and names, each with one port or the usual ones: what the operator allows beside the public web."""

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


def check(value: str, allowed: Places | None = None) -> SplitResult:
    """Return a URL that may be asked, without asking anybody. `allowed`: by default where people may be notified.

    Raises Refused.
    """
    if not value.isprintable() or any(character in value for character in ' \\"<>^`{|}'):
        raise Refused(Refused.MALFORMED)
    try:
        url = urlsplit(value)
        host, port = url.hostname or "", url.port
    except ValueError:
        raise Refused(Refused.MALFORMED) from None
    if url.scheme not in {"http", "https"}:
        raise Refused(Refused.SCHEME)
    if not host or "@" in url.netloc or url.fragment or not (url.path + url.query).isascii():
        raise Refused(Refused.MALFORMED)
    if not allows_port(port or default_port(url), allowed):
        raise Refused(Refused.PORT)
    return url


def default_port(url: SplitResult) -> int:
    return 443 if url.scheme == "https" else 80


def allows_port(port: int, allowed: Places | None) -> bool:
    """Whether the web is there, or the operator has named this port, maybe for an address that the host turns out
    to be: then `locate` looks again.
    """
    return port in PORTS or any(port == named for _, named in find_allowed(allowed))


def find_allowed(allowed: Places | None) -> Places:
    return settings.TARGETS_ALLOWED if allowed is None else allowed


def locate(value: str, seconds: float = SECONDS, allowed: Places | None = None) -> Destination:
    """Check a URL and resolve its host, once. Raises Refused, also where only one of its addresses is private: which
    of them would be used is up to whoever answers for the name.
    """
    url = check(value, allowed)
    host, port = to_ascii(url.hostname or ""), url.port or default_port(url)
    found = resolve(host, port, seconds)
    for address in found:
        judge(host, address, port, allowed)
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


def judge(host: str, address: Address, port: int, allowed: Places | None) -> None:
    """Raise Refused unless it is a public address at a usual port, or the operator allows it."""
    for place, named in find_allowed(allowed):
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
