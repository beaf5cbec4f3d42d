"""The short way to a feed: a model, a template, and who may follow."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from django.template.loader import render_to_string
from django.urls import reverse

from rooms.live.actions import update
from rooms.live.feed import Changes, Feed, Position

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from rooms.live.models import LiveModel

SIGNED_IN = "*"
"""For `ModelFeed.followers`: whoever is signed in."""

GONE = Position("gone", 0)
"""Where a feed is whose row is not there (any more)."""


class ModelFeed(Feed):
    """A feed that draws one row of a LiveModel, and whatever belongs to it, from one template.

    Each change draws it whole, once for all who look in the same language and time zone. Whether they still may is
    asked again before each frame. For what grows, override `changes` and `render`, as in any other Feed.
    """

    model: ClassVar[type[LiveModel]]
    template: ClassVar[str]
    """Draws the row for page and frame: it is given the row, by the name of its model, and `feed`; no viewer."""
    followers: ClassVar[str]
    """Who may follow a row: the way from it to people as in a query ("voters", "team__members"), or SIGNED_IN."""
    settle: ClassVar[float] = 0.1

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "model" in vars(cls):
            cls.name = vars(cls).get("name") or cls.model.live_name()

    def __init__(self, id: Any) -> None:
        """`id` is the row's primary key, or its text. Raises ValidationError where it cannot be one."""
        key = self.model._meta.pk
        super().__init__(key.to_python(id))
        key.run_validators(self.id)

    @property
    def content_id(self) -> str:
        """The id of the element that the template's content stands in."""
        return f"{self.element_id}-content"

    def changes_url(self) -> str:
        return reverse("live_changes", args=[self.name, self.id])

    @classmethod
    def get_queryset(cls) -> QuerySet[LiveModel]:
        """The rows that can be followed at all. Override it to leave some out, or to prefetch what belongs to them."""
        return cls.model._default_manager.all()

    def allowed(self, user_ids: Collection[int]) -> set[int]:
        row = self.get_queryset().filter(pk=self.id)
        if self.followers == SIGNED_IN:
            return set(user_ids) if row.exists() else set()
        people = row.filter(**{f"{self.followers}__in": user_ids}).values_list(self.followers, flat=True)
        return set(people) & set(user_ids)

    def position(self) -> Position:
        return self.positions([self])[self.topic]

    @classmethod
    def positions(cls, feeds: Sequence[Feed]) -> dict[str, Position]:
        rows = cls.get_queryset().filter(pk__in=[feed.id for feed in feeds]).values_list("pk", "epoch", "clock")
        known = {str(pk): Position(epoch, clock) for pk, epoch, clock in rows}
        return {feed.topic: known.get(str(feed.id), GONE) for feed in feeds}

    def changes(self, since: int, now: Position) -> Changes | None:
        return None

    def snapshot(self) -> Changes:
        # The row comes first, with its clock, and what is prefetched for it after.
        row = self.get_queryset().filter(pk=self.id).first()
        position = row.live_position if row else GONE
        return Changes(position.clock, position, [row] if row else [], reset=True, access=True)

    def render(self, changes: Changes) -> str:
        return update(f"#{self.content_id}", self.draw(changes))

    def draw(self, changes: Changes) -> str:
        """The content of a page that shows a snapshot: the template with its row."""
        if not changes.items:
            return ""
        (row,) = changes.items
        return render_to_string(self.template, {"feed": self, str(self.model._meta.model_name): row})
