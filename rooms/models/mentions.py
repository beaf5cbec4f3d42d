"""Whom a text names: `@name`, `@room`, `@here`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rooms.models import Room, User


def find_mentions(body: str, room: Room, author: User) -> list[int | str]:
    """The ids of the room's people that a text names, then `"room"` and `"here"` where it names those."""
    return []
