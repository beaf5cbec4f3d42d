"""Where a message stands: whether it goes on from the one before it. Written once, since nothing between them moves."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import OuterRef, Subquery
from django.utils import timezone

if TYPE_CHECKING:
    from rooms.models.message import Message

ACTION = "/me "
"""A text that begins so says what its author does."""

PAUSE = timedelta(minutes=5)
"""After so long without a word one begins anew."""


class Before(NamedTuple):
    """The newest message of a room, as the next one finds it. None where there is none."""

    author_id: int | None = None
    created_at: datetime | None = None


def follow(before: Before, author_id: int, body: str, reply_to: Message | None) -> dict[str, Any]:
    """What is kept of a message that is posted now after that one."""
    now = timezone.now()
    return {
        "created_at": now,
        "previous_at": before.created_at,
        "follows": goes_on(before, author_id, body, now) and reply_to is None,
    }


def goes_on(before: Before, author_id: int, body: str, at: datetime) -> bool:
    if before.created_at is None or before.author_id != author_id:
        return False
    return at - before.created_at < PAUSE and not body.startswith(ACTION)


@cache
def newest_message() -> tuple[Subquery, ...]:
    """The columns of Before, for a query of memberships. Made once: to put them together takes as long as to ask."""
    from rooms.models.message import Message

    newest = Message.objects.filter(room=OuterRef("room")).order_by("-position")
    return tuple(Subquery(newest.values(name)[:1]) for name in Before._fields)
