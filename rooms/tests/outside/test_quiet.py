"""Quiet hours are on one's own clock, over midnight and on the days when clocks are changed."""

from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from rooms.models import User
from rooms.outside.quiet import held_until, quiet_until, tomorrow_morning


def local(zone: str, text: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)


@pytest.mark.parametrize(
    ("zone", "hours", "now", "end"),
    [
        ("Asia/Tokyo", ("22:00", "07:00"), "2026-11-22 23:30", "2026-11-23 07:00"),
        ("Asia/Tokyo", ("22:00", "07:00"), "2026-11-22 06:59", "2026-11-22 07:00"),
        ("Asia/Tokyo", ("22:00", "07:00"), "2026-11-22 22:00", "2026-11-23 07:00"),
        ("Asia/Tokyo", ("22:00", "07:00"), "2026-11-22 07:00", None),
        ("Asia/Tokyo", ("22:00", "07:00"), "2026-11-22 21:59", None),
        ("Asia/Tokyo", ("12:00", "13:00"), "2026-11-22 12:30", "2026-11-22 13:00"),
        ("Asia/Tokyo", ("12:00", "13:00"), "2026-11-22 13:00", None),
        ("Asia/Tokyo", ("12:00", "12:00"), "2026-11-22 12:00", None),
        ("Europe/Berlin", ("22:00", "07:00"), "2026-03-28 23:00", "2026-03-29 07:00"),  # an hour less
        ("Europe/Berlin", ("22:00", "02:30"), "2026-03-29 01:30", "2026-03-29 03:30"),  # 02:30 does not exist
    ],
)
def test_the_end_of_quiet_hours(zone: str, hours: tuple[str, str], now: str, end: str | None) -> None:
    start, until = (time.fromisoformat(text) for text in hours)
    user = User(time_zone=zone, quiet_from=start, quiet_until=until)
    found = quiet_until(user, local(zone, now).astimezone(UTC))

    assert (found and found.timestamp()) == (end and local(zone, end).timestamp())


@pytest.mark.parametrize(("fold", "expected"), [(0, 0), (1, 1)])
def test_an_hour_that_comes_twice_ends_twice(fold: int, expected: int) -> None:
    user = User(time_zone="Europe/Berlin", quiet_from=time(22), quiet_until=time(2, 30))
    now = local("Europe/Berlin", "2026-10-25 02:15", fold)
    end = quiet_until(user, now.astimezone(UTC))

    assert end is not None
    assert end.timestamp() == local("Europe/Berlin", "2026-10-25 02:30", expected).timestamp() > now.timestamp()


def test_the_later_of_snooze_and_quiet_hours_counts() -> None:
    now = datetime(2026, 11, 22, 23, tzinfo=UTC)
    user = User(time_zone="UTC", quiet_from=time(22), quiet_until=time(7))
    assert held_until(user, now) == datetime(2026, 11, 23, 7, tzinfo=UTC)

    user.snoozed_until = datetime(2026, 11, 23, 8, tzinfo=UTC)
    assert held_until(user, now) == user.snoozed_until

    assert held_until(User(time_zone="UTC", snoozed_until=now), now) is None
    assert tomorrow_morning(User(time_zone="Asia/Tokyo"), now) == datetime(2026, 11, 23, 23, tzinfo=UTC)
