"""A person's own list of rooms, and what in them is new."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from django.template.loader import render_to_string

from rooms import broadcasts
from rooms.live import Changes, Feed, Position, Refusal
from rooms.models import Room, User


class InboxFeed(Feed):
    """A person's list of rooms, with what is unread in each."""

    name = "inbox"

    @classmethod
    def for_user(cls, user: Any, **url: Any) -> InboxFeed:
        return cls(getattr(user, "pk", 0) or 0)

    @property
    def topic(self) -> str:
        return broadcasts.inbox_topic(int(self.id))

    def socket_url(self) -> str:
        return "/live/inbox/"

    def allowed(self, user_ids: Collection[int]) -> set[int]:
        return {user_id for user_id in user_ids if user_id == self.id}

    def position(self) -> Position:
        return Position("inbox", User.objects.values_list("inbox_clock", flat=True).get(pk=self.id))

    @classmethod
    def positions(cls, feeds: Sequence[Feed]) -> dict[str, Position]:
        rows = User.objects.filter(pk__in=[feed.id for feed in feeds]).values_list("pk", "inbox_clock")
        return {broadcasts.inbox_topic(pk): Position("inbox", clock) for pk, clock in rows}

    def changes(self, since: int, now: Position) -> Changes | None:
        return None  # The list is short: each change draws it whole.

    def snapshot(self) -> Changes:
        position = self.position()
        user = User.objects.get(pk=self.id)
        return Changes(position.clock, position, [user], reset=True)

    def render(self, changes: Changes) -> str:
        (user,) = changes.items
        return render_to_string("live/inbox.html", {"user": user, **list_rooms(user)})

    def farewell(self, refusal: Refusal) -> str:
        return super().farewell(refusal) + render_to_string("live/inbox_farewell.html", {"refusal": refusal})


def list_rooms(user: User) -> dict[str, Any]:
    """The template context of a person's room list: `shared` and `direct` memberships, in the order they stand in."""
    # Sorted here: databases do not agree on the order of names, and a direct room's name depends on who looks.
    memberships = sorted(user.memberships.for_list(), key=lambda membership: membership.title.casefold())
    return {
        "shared": [membership for membership in memberships if membership.room.kind != Room.Kind.DIRECT],
        "direct": [membership for membership in memberships if membership.room.kind == Room.Kind.DIRECT],
    }
