"""The page of figures, kept live: a feed that has nothing to do with chat."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, ClassVar

from django.contrib.auth import get_user_model
from django.template.loader import render_to_string
from django.urls import reverse

from rooms.live import Changes, Feed, Position, Refusal
from rooms.operations.models import Journal
from rooms.operations.report import Report

WATCHED_SECONDS = 20.0
"""For how long a look at the figures has the processes take samples often. Who goes on looking goes on asking."""


class OperationsFeed(Feed):
    """Every sample of any process is a tick of the journal's clock."""

    name = "operations"
    pauses_in_background: ClassVar[bool] = True

    @classmethod
    def for_user(cls, user: Any, **url: Any) -> OperationsFeed:
        return cls("all")

    def socket_url(self) -> str:
        return "/live/operations/"

    def changes_url(self) -> str:
        return reverse("operations_changes")

    def allowed(self, user_ids: Collection[int]) -> set[int]:
        people: Any = get_user_model().objects.filter(pk__in=user_ids, is_active=True)
        return {person.pk for person in people if person.is_administrator}

    def position(self) -> Position:
        return Journal.current().position

    def changes(self, since: int, now: Position) -> Changes | None:
        return None  # A sample moves every curve: they are drawn anew.

    def snapshot(self) -> Changes:
        position = self.position()
        return Changes(position.clock, position, [Report.read()], reset=True)

    def render(self, changes: Changes) -> str:
        (report,) = changes.items
        return render_to_string("live/operations.html", {"report": report})

    def seen(self, user_ids: Collection[int], clock: int) -> None:
        if user_ids:
            Journal.want(WATCHED_SECONDS)

    def farewell(self, refusal: Refusal) -> str:
        return super().farewell(refusal) + render_to_string("live/operations_farewell.html", {"refusal": refusal})
