"""What is new in a room since somebody last read it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rooms.models.membership import Membership

FEW = 8
"""New messages that a page shows without being told where the first of them is."""


@dataclass(frozen=True)
class News:
    """How many messages are new, and which is the first: its id, its position, when it was said."""

    count: int
    pk: int
    position: int
    since: datetime

    @classmethod
    def of(cls, membership: Membership) -> News | None:
        """None where there is nothing new by others, whatever the room counts for this person."""
        unread = membership.find_unread()
        first = unread.values_list("pk", "position", "created_at").first()
        return cls(unread.count(), *first) if first else None

    @property
    def many(self) -> bool:
        return self.count > FEW
