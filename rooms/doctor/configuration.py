"""The settings: those that start, and are not good."""

from __future__ import annotations

import os
from collections.abc import Iterator

from django.conf import settings

from rooms.doctor.finding import Finding, away, note, well

LOCAL = {"localhost", "127.0.0.1", "[::1]", "testserver"}
NEW_KEY = 'python -c "import secrets; print(secrets.token_urlsafe(50))"'


def look_at_configuration() -> Iterator[Finding]:
    yield look_at_secret()
    yield look_at_hosts()
    yield look_at_https()
    if settings.DEBUG:
        remedy = "Set DEBUG=off."
        text = "DEBUG is on: error pages show the settings and the code"
        yield note("Debug", text, remedy) if is_local() else away("Debug", text, remedy)
    yield look_at_processes()


def is_local() -> bool:
    """Whether nobody but this machine knows the installation by name."""
    return set(settings.ALLOWED_HOSTS) <= LOCAL


def look_at_secret() -> Finding:
    key: str = settings.SECRET_KEY
    if len(key) < 50 or len(set(key)) < 5 or key.startswith("django-insecure-"):
        remedy = f"Set SECRET_KEY to what this prints: {NEW_KEY} (everybody has to sign in again)"
        return away("Secret key", "SECRET_KEY is easy to guess: sessions could be forged", remedy)
    return well("Secret key", f"{len(key)} characters")


def look_at_hosts() -> Finding:
    hosts = ", ".join(settings.ALLOWED_HOSTS)
    if "*" in settings.ALLOWED_HOSTS:
        remedy = "Set ALLOWED_HOSTS to the names people reach Rooms by, like chat.example.org."
        return away("Hosts", "any name will do: a page elsewhere whose name points here is at home", remedy)
    if settings.LIVE_ALLOWED_ORIGINS:
        return well("Hosts", f"{hosts}; sockets for pages of {', '.join(settings.LIVE_ALLOWED_ORIGINS)}")
    return well("Hosts", f"{hosts}; sockets for their own pages")


def look_at_https() -> Finding:
    if settings.HTTPS:
        return well("HTTPS", f"on, insisted on for {settings.SECURE_HSTS_SECONDS // 86_400} days")
    text = "off: passwords and cookies can be read on their way"
    if is_local():
        return note("HTTPS", f"{text}; fit for this machine")
    return note("HTTPS", f"{text}; fit for a trusted network", "Where people come by https:// set HTTPS=on.")


def look_at_processes() -> Finding:
    believed = os.environ.get("FORWARDED_ALLOW_IPS", "").strip() or "127.0.0.1"
    processes = f"{settings.WEB_CONCURRENCY} (WEB_CONCURRENCY); they believe proxies at {believed}"
    return well("Processes", processes)
