"""When people do not want to be reached: quiet hours on their own clock, and snooze."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.utils import timezone

if TYPE_CHECKING:
    from rooms.models import User


def held_until(user: User, now: datetime) -> datetime | None:
    """Until when nothing is sent to this person; None when something may be sent now."""
    ends = [user.snoozed_until, quiet_until(user, now)]
    return max((end for end in ends if end and end > now), default=None)


def quiet_until(user: User, now: datetime) -> datetime | None:
    """When the quiet hours end that it is now; None outside of them. They may go over midnight."""
    start, end = user.quiet_from, user.quiet_until
    if start is None or end is None or start == end:
        return None
    local = now.astimezone(ZoneInfo(user.time_zone))
    if not is_between(local.time(), start, end):
        return None
    day = local.date() if local.time() < end else local.date() + timedelta(days=1)
    ending = datetime.combine(day, end, local.tzinfo)
    # Where clocks are put back this time of day comes twice, and now may be between the two.
    return ending if ending.timestamp() > now.timestamp() else ending.replace(fold=1)


def is_between(moment: time, start: time, end: time) -> bool:
    return start <= moment < end if start < end else moment >= start or moment < end


def tomorrow_morning(user: User, now: datetime) -> datetime:
    """Eight o'clock of the next day on this person's clock."""
    local = now.astimezone(ZoneInfo(user.time_zone))
    return datetime.combine(local.date() + timedelta(days=1), time(8), local.tzinfo)


def keep_quiet(user: User, start: time | None, end: time | None) -> None:
    """Change a person's quiet hours. What waits for the end of the former ones is looked at anew."""
    with looking_again(user):
        user.quiet_from, user.quiet_until = start, end
        user.save(update_fields=["quiet_from", "quiet_until"])


def snooze_until(user: User, until: datetime | None) -> None:
    """Send nothing until then; None ends it."""
    with looking_again(user):
        user.snoozed_until = until
        user.save(update_fields=["snoozed_until"])


@contextmanager
def looking_again(user: User) -> Iterator[None]:
    """Have the worker decide again about what it has put off to the end of the present quiet."""
    from rooms.outside.models import Burst

    now = timezone.now()
    held = held_until(user, now)
    yield
    if held:
        Burst.objects.filter(target__user=user, due_at=held).update(due_at=now)
