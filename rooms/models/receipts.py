"""Who has seen a message, for those who sent it: asked for one message at a time, in direct and small rooms only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.db.models import Case, Exists, F, OuterRef, QuerySet, When
from django.db.models.functions import Greatest

if TYPE_CHECKING:
    from rooms.models.message import Message
    from rooms.models.room import Room
    from rooms.models.user import User

LARGEST = 20
"""How many people a room may have for its messages to tell who has seen them."""


def tells_readers(room: Room) -> bool:
    return room.kind == room.Kind.DIRECT or room.memberships.count() <= LARGEST


def shares_reading(user: User) -> bool:
    """Whether others see what somebody reads. Who does not share it does not see it of others."""
    return user.shares_receipts and not user.invisible


def find_readers(message: Message) -> QuerySet[User]:
    """Who has seen a message, as far as they have shown it. What somebody has shown they do not take back."""
    seen = message.room.memberships.filter(receipt_position__gte=message.position).exclude(user=message.author_id)
    return get_user_model().objects.active().filter(memberships__in=seen)


def show_reading(position: Any) -> Case:
    """What becomes of `receipt_position` when a membership is read up to a position: nothing, while that is hidden."""
    sharing = get_user_model().objects.filter(pk=OuterRef("user"), shares_receipts=True, invisible=False)
    return Case(When(Exists(sharing), then=Greatest("receipt_position", position)), default=F("receipt_position"))
