"""What was said or changed in a room, of each message as much as the inboxes of others have to know."""

from __future__ import annotations

from typing import NamedTuple

from rooms.feeds.standing import DIRECT
from rooms.live import Position
from rooms.models import Notification
from rooms.models.wording import Wording

COLUMNS = (
    *("pk", "position", "clock", "author", "edited_at", "erased_at", "mentions", "reply_to"),
    *(f"room__{name}" for name in ("epoch", "clock", "access_clock", "kind")),
)


class Said(NamedTuple):
    """A message that was posted or changed."""

    pk: int
    position: int
    clock: int
    author_id: int
    edited_at: object
    erased_at: object
    mentions: list[int | str]
    reply_to_id: int | None
    epoch: str
    room_clock: int
    access_clock: int
    kind: str

    @property
    def posted(self) -> bool:
        """Whether it is as it was posted."""
        return self.clock == self.position and self.erased_at is None

    @property
    def names_somebody(self) -> bool:
        return bool(self.mentions) or self.reply_to_id is not None


def find_concerned(rows: list[Said], since: Position, people: set[int]) -> set[int]:
    """Whom of these people a message concerns more than others that was said, or put otherwise, since then."""
    fresh = [row for row in rows if row.position > since.clock and row.erased_at is None]
    if fresh and (rows[0].kind == DIRECT or any("room" in row.mentions for row in fresh)):
        return people
    # What changes in others, as their reactions, names nobody.
    pks = [row.pk for row in rows if row.names_somebody and (row in fresh or row.edited_at)]
    found = Notification.objects.filter(message__in=pks).values_list("recipient", flat=True) if pks else ()
    return people.intersection(found)


def takes_back(rows: list[Said]) -> bool:
    """Whether somebody may have been told of these messages who is not any more, or what they say no more.

    Of whom that is true nothing is left: what an edit or its erasing has taken back is gone from the rows.
    """
    changed = [row for row in rows if row.erased_at or (row.edited_at and not row.posted)]
    if any(row.erased_at or row.names_somebody or row.kind == DIRECT for row in changed):
        return True
    edited = [row.pk for row in changed]
    return bool(edited) and Wording.objects.filter(message__in=edited, body__contains="@").exists()
