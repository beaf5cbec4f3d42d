"""Who looks: from a session cookie to a person, and whether an open page may stay open."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest, parse_cookie
from django.utils.translation import get_language_from_request

from rooms.live.feed import Cohort, Feed, Refusal
from rooms.live.origin import read_header

if TYPE_CHECKING:
    from rooms.live.listener import Listener


def read_session_key(scope: Mapping[str, Any]) -> str:
    """The session key in a WebSocket handshake; empty when there is none."""
    for name, value in scope["headers"]:
        if name == b"cookie":
            # As Django reads it: the standard library's SimpleCookie stops at the first cookie that it finds odd.
            key = parse_cookie(value.decode("latin-1")).get(settings.SESSION_COOKIE_NAME, "")
            if key:
                # A quoted value may hold an escaped NUL, which PostgreSQL takes for a fault of ours.
                return key if key.isprintable() else ""
    return ""


def authenticate(session_key: str) -> Any | None:
    """The active user whose session this is, checked against the database and the password's hash; else None."""
    if not session_key:
        return None
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    user = get_user(request)
    return user if user.is_authenticated else None


def find_cohort(user: Any | None, scope: Mapping[str, Any]) -> Cohort:
    """The cohort of a user, or for nobody the language that the handshake asks for."""
    if user is not None:
        return Cohort.of(user)
    request = HttpRequest()
    request.META["HTTP_ACCEPT_LANGUAGE"] = read_header(scope, b"accept-language")
    return Cohort(get_language_from_request(request), settings.TIME_ZONE)


def check(feed: Feed, user: Any | None) -> Refusal | None:
    """Why a user may not follow a feed; None when they may. An unknown feed and a forbidden one look the same."""
    if user is None:
        return Refusal.SIGNED_OUT
    return None if user.pk in feed.allowed([user.pk]) else Refusal.NOT_ALLOWED


def examine(listeners: Iterable[Listener]) -> dict[Listener, Refusal]:
    """Which of these listeners may not stay, and why. A query or two for each session and one for each feed."""
    verdicts: dict[Listener, Refusal] = {}
    by_feed: dict[str, list[Listener]] = defaultdict(list)
    users: dict[str, Any | None] = {}
    for listener in listeners:
        if listener.session_key not in users:
            users[listener.session_key] = authenticate(listener.session_key)
        user = users[listener.session_key]
        if user is None or user.pk != listener.user_id:
            verdicts[listener] = Refusal.SIGNED_OUT
        else:
            by_feed[listener.feed.topic].append(listener)
    for followers in by_feed.values():
        allowed = followers[0].feed.allowed({listener.user_id for listener in followers})
        refused = (listener for listener in followers if listener.user_id not in allowed)
        verdicts.update(dict.fromkeys(refused, Refusal.NOT_ALLOWED))
    return verdicts
