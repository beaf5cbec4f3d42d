"""Where a day begins among messages that are numbered in the order of their times."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db.models import Max
from django.utils import timezone

if TYPE_CHECKING:
    from rooms.models.message import MessageQuerySet

EARLIEST, LATEST = date(1970, 1, 1), date(9000, 1, 1)
"""Days beyond are taken for these: the ends of the calendar do not exist in every time zone."""


def begin(day: date) -> datetime:
    """When this day begins, in the current time zone."""
    day = min(max(day, EARLIEST), LATEST)
    return datetime(day.year, day.month, day.day, tzinfo=timezone.get_current_timezone())


def find_first(messages: MessageQuerySet, column: str, moment: datetime) -> int:
    """The number, in this column, of the first message not before the moment; of one to come if there is none yet.

    By halves, some twenty reads of an index that is there: one of times would be written by every post.
    """
    low, high = 0, (messages.aggregate(highest=Max(column))["highest"] or 0) + 1
    while low < high:
        middle = (low + high) // 2
        rows = messages.filter(**{f"{column}__gte": middle}).order_by(column).values_list(column, "created_at")
        row = rows.first()
        if row is None or row[1] >= moment:
            high = middle
        else:
            low = row[0] + 1
    return low
