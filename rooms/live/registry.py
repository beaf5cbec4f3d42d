"""Feeds that are served by name, as the admin serves models: each app's `feeds.py` is read when Django starts."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from django.core.exceptions import ImproperlyConfigured, ValidationError

from rooms.live.feed import Feed

NAME = r"[A-Za-z0-9_-]{1,60}"
ID = r"[A-Za-z0-9_-]{1,36}"

feeds: dict[str, type[Feed]] = {}
"""The feeds that are served, by name."""


def register[F: type[Feed]](feed_class: F) -> F:
    """Serve a feed at /live/<name>/<id>/, and its changes over HTTP by the name `live_changes`. A class decorator.

    Raises ImproperlyConfigured for a name that is no good in a URL, and for one that another feed has: whoever
    followed the one would be sent the other.
    """
    if not re.fullmatch(NAME, getattr(feed_class, "name", "")):
        raise ImproperlyConfigured(f"{feed_class.__qualname__} needs a name of 1 to 60 letters, digits, - and _.")
    known = feeds.setdefault(feed_class.name, feed_class)
    if known is not feed_class:
        raise ImproperlyConfigured(
            f"{feed_class.__module__}.{feed_class.__qualname__} has the name {feed_class.name!r} of "
            f"{known.__module__}.{known.__qualname__}. Give it another."
        )
    return feed_class


def find(user: Any, name: str, id: str) -> Feed:
    """The feed that a URL names; one that nobody may follow where there is none. Looks nothing up.

    A feed's `for_user` may raise ValueError or ValidationError for an id that cannot be one.
    """
    try:
        return feeds[name].for_user(user, id=id)
    except (KeyError, ValueError, ValidationError):
        return Nowhere(name, id)


class RegisteredFeed(Feed):
    """Stands in the route of all registered feeds for the one that the URL names."""

    name = "registered"

    @classmethod
    def for_user(cls, user: Any, **url: Any) -> Any:
        return find(user, **url)


class Nowhere(Feed):
    """What is not served. It is refused like what somebody may not follow."""

    name = "nowhere"

    def __init__(self, name: str, id: str) -> None:
        super().__init__(id)
        self.asked_for = name

    @property
    def element_id(self) -> str:
        return f"live-{self.asked_for}-{self.id}"

    def allowed(self, user_ids: Collection[int]) -> set[int]:
        return set()
