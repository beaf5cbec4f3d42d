"""What a room keeps in sight: messages that somebody has pinned to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone

if TYPE_CHECKING:
    from rooms.models.message import Message
    from rooms.models.user import User

MOST_PINS = 100
"""Of one room: what is pinned to be found again is no second log."""


class TooManyPins(Exception):
    """As many messages are pinned to the room as it may have."""


def pin(message: Message, by: User) -> bool:
    """Pin a message whose room is locked; return whether that changes anything. Raises TooManyPins."""
    if message.pinned_at or message.erased_at:
        return False
    if message.room.messages.exclude(pinned_at=None).count() >= MOST_PINS:
        raise TooManyPins
    message.pinned_at, message.pinned_by = timezone.now(), by
    return True


def unpin(message: Message) -> bool:
    """Take it off again, in the same way."""
    changes = message.pinned_at is not None
    message.pinned_at = message.pinned_by = None
    return changes
