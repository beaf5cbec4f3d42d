"""What every page shows besides its own matter. Read from the database only when a template asks for it."""

from functools import partial
from operator import getitem
from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from rooms.feeds import InboxFeed, list_rooms
from rooms.models import User, Workspace


def workspace(request: HttpRequest) -> dict[str, Any]:
    return {"workspace": SimpleLazyObject(Workspace.current)}


def inbox(request: HttpRequest) -> dict[str, Any]:
    """`shared` and `direct` memberships, `inbox_feed` and `inbox_position`, for those who are signed in."""
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {}
    feed = InboxFeed(user.pk)
    inbox = SimpleLazyObject(lambda: read_inbox(feed, user))
    names = ("shared", "direct", "inbox_position")
    return {"inbox_feed": feed, **{name: SimpleLazyObject(partial(getitem, inbox, name)) for name in names}}


def read_inbox(feed: InboxFeed, user: User) -> dict[str, Any]:
    position = feed.position()  # Before the list: what changes in between is then sent again, not lost.
    return {"inbox_position": position, **list_rooms(user)}
