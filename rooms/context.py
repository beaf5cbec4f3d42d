"""What every page shows besides its own matter. Read from the database only when a template asks for it."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from rooms.feeds import InboxFeed
from rooms.feeds.standing import InboxState, read_inboxes
from rooms.models import User, Workspace


def workspace(request: HttpRequest) -> dict[str, Any]:
    return {"workspace": SimpleLazyObject(Workspace.current)}


def inbox(request: HttpRequest) -> dict[str, Any]:
    """`inbox`, an InboxState, and `inbox_feed`, for those who are signed in."""
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {}
    return {"inbox_feed": InboxFeed(user.pk), "inbox": SimpleLazyObject(lambda: read_inbox(user))}


def read_inbox(user: User) -> InboxState:
    return read_inboxes([user])[user.pk]
