"""What the server's answers say about the proxies before it, and what to change in them."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from socket import gaierror
from typing import Any
from urllib.parse import SplitResult

from django.conf import settings

from rooms.doctor.finding import Finding, away, describe, note, well

SEE_DEPLOY = 'See "Deploy" in the README for what Caddy and nginx need.'


def explain_silence(url: SplitResult, error: Exception) -> Finding:
    place = url.netloc
    if isinstance(error, gaierror):
        return away("Server", f"there is no {url.hostname}", "Look at the name, and at its DNS records.")
    if isinstance(error, ssl.SSLCertVerificationError):
        return away("Server", f"{place}: {error.verify_message}", "Browsers will refuse, too: renew the certificate.")
    if isinstance(error, ssl.SSLError):
        return away("Server", f"{place} does not speak TLS: {describe(error)}", "Let the proxy end TLS there.")
    remedy = "Start it (make run, systemctl start rooms), and look whether the proxy runs."
    return away("Server", f"nothing answers at {place}: {describe(error)}", remedy)


def explain_status(url: SplitResult, status: int, location: str) -> Finding | None:
    """What is wrong when /up does not answer 200; None when it does."""
    if status == 200:
        return None
    if status == 400:
        remedy = f"Add {url.hostname} to ALLOWED_HOSTS, and have the proxy pass the Host header on as it is."
        return away("Server", f"it does not know the name {url.hostname}, or the proxy calls it otherwise", remedy)
    if 300 <= status < 400:
        return away("Server", f"sends on to {location}", "Give the address that it sends to.")
    if status == 503:
        return away("Server", "it is not ready (503): it starts or ends, or has no database", "See the lines above.")
    if status in {502, 504}:
        return away("Server", f"the proxy does not reach it ({status})", "Start it, and look at the proxy's upstream.")
    return away("Server", f"/up answers {status}", "Is that this installation?")


def look_at_headers(url: SplitResult, seen: Mapping[str, Any]) -> Iterator[Finding]:
    if seen["host"].lower() != url.netloc.lower():
        remedy = f"Have the proxy pass Host on, or set ALLOWED_ORIGINS={url.scheme}://{url.netloc}"
        text = f"the proxy passes {seen['host']} for {url.netloc}"
        allowed = f"{url.scheme}://{url.netloc}" in settings.LIVE_ALLOWED_ORIGINS
        yield note("Host", f"{text}, which ALLOWED_ORIGINS makes up for") if allowed else away("Host", text, remedy)
    else:
        yield well("Host", f"passed on: {seen['host']}")
    if (url.scheme == "https") != settings.HTTPS:
        remedy = "Set HTTPS=on." if url.scheme == "https" else "Give its https:// address, or set HTTPS=off."
        yield away("Scheme", f"people come by {url.scheme}, but HTTPS is {'on' if settings.HTTPS else 'off'}", remedy)
    elif seen["scheme"] != url.scheme:
        remedy = "Have the proxy send X-Forwarded-Proto, and name its address in FORWARDED_ALLOW_IPS. " + SEE_DEPLOY
        yield away("Scheme", f"the server takes {url.scheme} for {seen['scheme']} and redirects for ever", remedy)
    else:
        yield well("Scheme", f"known to be {url.scheme}")


def look_at_address(ours: str, theirs: str, seen: str, forged: bool) -> Finding:
    """Whom the server takes us for: `ours` and `theirs` are the ends of our connection, as far as we know them."""
    if is_loopback(theirs):
        return note("Visitors", f"seen as {seen}; from this machine that says little", "Ask from another machine.")
    if forged:
        remedy = "Have the proxy set X-Forwarded-For itself, and name nobody but it in FORWARDED_ALLOW_IPS."
        return away("Visitors", "anybody can pretend to any address: what they send of it is believed", remedy)
    if seen == ours:
        return well("Visitors", f"known by their own address: we are {seen}")
    if is_private(seen) and not is_private(ours):
        return away(
            "Visitors", f"all look as if they came from {seen}", f"Set FORWARDED_ALLOW_IPS={seen}. {SEE_DEPLOY}"
        )
    if is_private(seen):
        remedy = f"If it is your proxy's, set FORWARDED_ALLOW_IPS={seen}. {SEE_DEPLOY}"
        return note("Visitors", f"we, at {ours}, are seen as {seen}: is that our router's address?", remedy)
    return well("Visitors", f"seen as {seen}")


def is_loopback(address: str) -> bool:
    return is_address(address) and ip_address(address).is_loopback


def is_private(address: str) -> bool:
    return not is_address(address) or ip_address(address).is_private


def is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def explain_refusal(url: SplitResult, status: int | str) -> Finding:
    origin = f"{url.scheme}://{url.netloc}"
    if status == 403:
        remedy = f"Have the proxy pass Host on as it is, or set ALLOWED_ORIGINS={origin}; look at HTTPS."
        return away("Sockets", f"refused: pages of {origin} are not taken for the server's own", remedy)
    if status in {429, 503}:
        return away("Sockets", f"too many are open ({status})", "The log says which limit it was, and what to raise.")
    if isinstance(status, int):
        remedy = f"Have it pass Upgrade and Connection on, over HTTP/1.1. {SEE_DEPLOY}"
        return away("Sockets", f"the proxy does not pass WebSockets on: {status} for the handshake", remedy)
    return away("Sockets", f"no WebSocket comes through: {status}", SEE_DEPLOY)
