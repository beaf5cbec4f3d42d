"""Who looks: from a session cookie to a person, and whether an open page may stay open."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model, load_backend
from django.contrib.auth.backends import ModelBackend
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest, parse_cookie
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import get_language_from_request

from rooms.live import failpoints
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
    return authenticate_all([session_key])[session_key]


def authenticate_all(session_keys: Collection[str]) -> dict[str, Any | None]:
    """The user of each session, as `django.contrib.auth.get_user` finds them, in two queries for all of them."""
    sessions = read_sessions({key for key in session_keys if key})
    owners = {key: (session.get(BACKEND_SESSION_KEY), session.get(SESSION_KEY)) for key, session in sessions.items()}
    users = read_users(set(owners.values()))
    found: dict[str, Any | None] = dict.fromkeys(session_keys)
    for key, session in sessions.items():
        user = users.get(owners[key])
        found[key] = user if user is not None and is_proof(session, user) else None
    return found


def read_sessions(keys: Collection[str]) -> dict[str, Mapping[str, Any]]:
    """What these sessions hold; expired and unknown ones are absent."""
    engine = import_module(settings.SESSION_ENGINE).SessionStore
    if engine.load is not SessionStore.load:
        return {key: engine(key) for key in keys}  # Not in the database, or not there alone: one by one.
    rows = engine.get_model_class().objects.filter(session_key__in=keys, expire_date__gt=timezone.now())
    return {row.session_key: engine().decode(row.session_data) for row in rows} if keys else {}


def read_users(owners: Collection[tuple[Any, Any]]) -> dict[tuple[Any, Any], Any]:
    """The users that sessions name, by the path of their backend and the session's text of their key."""
    model = get_user_model()
    users: dict[tuple[Any, Any], Any] = {}
    for path in {path for path, _ in owners} & set(settings.AUTHENTICATION_BACKENDS):
        backend: Any = load_backend(path)
        keys = {text: model._meta.pk.to_python(text) for owner, text in owners if owner == path}
        if getattr(type(backend), "get_user", None) is ModelBackend.get_user:
            rows = model._default_manager.in_bulk(keys.values())
            people = {pk: user for pk, user in rows.items() if backend.user_can_authenticate(user)}
        else:
            people = {pk: backend.get_user(pk) for pk in keys.values()}
        users |= {(path, text): people.get(pk) for text, pk in keys.items()}
    return users


def is_proof(session: Mapping[str, Any], user: Any) -> bool:
    """Whether a session was begun with the user's present password, under a key that still counts."""
    if not hasattr(user, "get_session_auth_hash"):
        return True
    shown = session.get(HASH_SESSION_KEY) or ""
    return any(
        constant_time_compare(shown, good)
        for good in (user.get_session_auth_hash(), *user.get_session_auth_fallback_hash())
    )


def find_cohort(user: Any | None, scope: Mapping[str, Any]) -> Cohort:
    """The cohort of a user, or for nobody the language that the handshake asks for."""
    if user is not None:
        return Cohort.of(user)
    request = HttpRequest()
    request.META["HTTP_ACCEPT_LANGUAGE"] = read_header(scope, b"accept-language")
    return Cohort(get_language_from_request(request), settings.TIME_ZONE)


def check(feed: Feed, user: Any | None) -> Refusal | None:
    """Why a user may not follow a feed; None when they may. An unknown feed and a forbidden one look the same."""
    return judge([(feed, user)])[0]


class Visitor(NamedTuple):
    """Somebody who opens a socket: `user` is None for those who are not signed in."""

    user: Any | None
    feed: Feed
    refusal: Refusal | None


def look_up(feed_class: type[Feed], visitors: Sequence[tuple[str, Mapping[str, Any]]]) -> list[Visitor | Exception]:
    """Who opens sockets, which feeds they mean, and whether they may: of session keys and the keywords of URLs.

    Two queries for all sessions, and one for each feed.
    """
    users = authenticate_all([session_key for session_key, _ in visitors])
    answers: list[Visitor | Exception] = [find_visitor(feed_class, users[key], url) for key, url in visitors]
    by_topic: dict[str, list[int]] = {}
    for index, visitor in enumerate(answers):
        if isinstance(visitor, Visitor):
            by_topic.setdefault(visitor.feed.topic, []).append(index)
    for indexes in by_topic.values():
        present = [visitor for index in indexes if isinstance(visitor := answers[index], Visitor)]
        try:
            refusals = judge([(visitor.feed, visitor.user) for visitor in present])
        except Exception as error:
            # What somebody asks of one feed must not shut the others out.
            refusals = [error] * len(present)  # type: ignore[list-item]
        for index, visitor, refusal in zip(indexes, present, refusals, strict=True):
            answers[index] = refusal if isinstance(refusal, Exception) else visitor._replace(refusal=refusal)
    failpoints.reach("before_join")
    return answers


def find_visitor(feed_class: type[Feed], user: Any | None, url: Mapping[str, Any]) -> Visitor | Exception:
    try:
        return Visitor(user, feed_class.for_user(user, **url), None)
    except Exception as error:
        return error


def examine(listeners: Iterable[Listener]) -> dict[Listener, Refusal | Cohort]:
    """Which of these listeners may not stay, and why; and which are of another cohort now.

    Two queries for all sessions, and one for each feed.
    """
    listeners = list(listeners)
    users = authenticate_all([listener.session_key for listener in listeners])
    followers = []
    for listener in listeners:
        user = users[listener.session_key]
        # The session can be another's by now: its key stays when somebody else signs in.
        followers.append((listener.feed, user if user is not None and user.pk == listener.user_id else None))
    verdicts: dict[Listener, Refusal | Cohort] = {}
    for listener, (_, user), refusal in zip(listeners, followers, judge(followers), strict=True):
        if refusal:
            verdicts[listener] = refusal
        elif (cohort := Cohort.of(user)) != listener.cohort:
            verdicts[listener] = cohort
    return verdicts


def judge(followers: Sequence[tuple[Feed, Any | None]]) -> list[Refusal | None]:
    """Why each of these users may not follow the feed beside them; one query for each feed."""
    asked: dict[str, tuple[Feed, set[int]]] = {}
    for feed, user in followers:
        if user is not None:
            asked.setdefault(feed.topic, (feed, set()))[1].add(user.pk)
    allowed = {topic: feed.allowed(user_ids) for topic, (feed, user_ids) in asked.items()}
    return [
        Refusal.SIGNED_OUT if user is None else None if user.pk in allowed[feed.topic] else Refusal.NOT_ALLOWED
        for feed, user in followers
    ]
