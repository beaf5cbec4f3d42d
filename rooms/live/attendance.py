"""Who follows what, over all processes: one row for each process that serves sockets, which it keeps true itself.

Not a flag at a person, set and cleared as sockets open and close: what a process does not live to clear would stand for
ever. A row that its process does not renew stops counting, with everybody in it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import models
from django.db.models.fields.json import KeyTransform
from django.db.models.functions import Now

HEARTBEAT = 15.0
"""Seconds between two signs of life of a process in which nothing changes."""

MISSED_HEARTBEATS = 3
"""So many heartbeats after its last sign of life a process does not count any more."""

ONLINE = "online"
"""Under this key a row has everybody with any socket at all. Never a topic: those have a dot in them."""

Follows = Mapping[str, Collection[int]]
"""The ids of people by topic."""


def heartbeat() -> float:
    return float(getattr(settings, "LIVE_PRESENCE_HEARTBEAT", HEARTBEAT))


def lifetime() -> timedelta:
    return timedelta(seconds=MISSED_HEARTBEATS * heartbeat())


class AttendanceQuerySet(models.QuerySet["Attendance"]):
    def alive(self) -> AttendanceQuerySet:
        # By the database's clock on both sides: those of machines differ.
        return self.filter(seen_at__gt=Now() - lifetime())

    def following(self, key: str) -> set[int]:
        """Everybody who follows a topic, or is ONLINE, in any process."""
        found = self.alive().values_list(KeyTransform(key, "follows"), flat=True)
        return {user_id for user_ids in found if user_ids for user_id in user_ids}


class Attendance(models.Model):
    process = models.CharField(max_length=32, primary_key=True)
    seen_at = models.DateTimeField()
    version = models.PositiveBigIntegerField(default=0)
    """Rises with each change, so that others read again only what they have not read."""
    follows = models.JSONField(default=dict)

    objects = AttendanceQuerySet.as_manager()

    def __str__(self) -> str:
        return self.process


class Row(NamedTuple):
    """What another process says, and how many seconds it counts from when it was read."""

    version: int
    follows: Follows
    remaining: float


class Dead(NamedTuple):
    """Who was online in a process that ended without a word, and when it was last heard of."""

    user_ids: Collection[int]
    seen_at: datetime


def present(topic: str) -> set[int]:
    """Who has a visible page of a feed before them, in whatever tab, device, process or machine.

    Includes those who hide it: for deciding whether somebody has to be told, never for showing. One query.
    """
    return Attendance.objects.following(topic)


def online() -> set[int]:
    """Who has any live page open. Includes those who hide it, see `present`. One query."""
    return Attendance.objects.following(ONLINE)


def write(process: str, version: int, follows: Follows) -> None:
    """Say what a process follows. One query."""
    row = Attendance(
        process=process,
        seen_at=Now(),
        version=version,
        follows={topic: sorted(user_ids) for topic, user_ids in follows.items()},
    )
    Attendance.objects.bulk_create(
        [row], update_conflicts=True, unique_fields=["process"], update_fields=["seen_at", "version", "follows"]
    )


def renew(process: str) -> bool:
    """Give a sign of life; False when the row is gone, as after a pause that others took for the end."""
    return bool(Attendance.objects.filter(pk=process).update(seen_at=Now()))


def erase(process: str) -> None:
    Attendance.objects.filter(pk=process).delete()


def read_others(process: str, known: Mapping[str, Row]) -> tuple[dict[str, Row], list[Dead]]:
    """What the other processes say, and those that are dead, whose rows are deleted.

    One small query while nothing changes. What is known already in the same version is not read again.
    """
    rows = Attendance.objects.exclude(pk=process).annotate(now=Now())
    ages = {
        pk: (version, now - seen_at)
        for pk, version, seen_at, now in rows.values_list("pk", "version", "seen_at", "now")
    }
    alive = {pk: (version, age) for pk, (version, age) in ages.items() if age < lifetime()}
    unknown = [pk for pk, (version, _) in alive.items() if pk not in known or known[pk].version != version]
    read = dict(Attendance.objects.filter(pk__in=unknown).values_list("pk", "follows")) if unknown else {}
    found = {
        pk: Row(version, read[pk] if pk in read else known[pk].follows, (lifetime() - age).total_seconds())
        for pk, (version, age) in alive.items()
        if pk in read or pk in known
    }
    return found, bury(ages.keys() - alive.keys()) if len(alive) < len(ages) else []


def bury(processes: Collection[str]) -> list[Dead]:
    """Delete the rows of processes that are dead, however many find them so at once."""
    rows = Attendance.objects.filter(pk__in=processes, seen_at__lte=Now() - lifetime())
    dead = [Dead(follows.get(ONLINE, ()), seen_at) for follows, seen_at in rows.values_list("follows", "seen_at")]
    rows.delete()
    return dead
