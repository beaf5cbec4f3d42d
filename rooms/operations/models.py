"""What every server process counted, for an hour."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Self

from django.db import models, transaction
from django.db.models import F
from django.utils import timezone

from rooms.live import Position, ring

TOPIC = "operations.all"

PERIOD = timedelta(seconds=30)
"""A process has one sample for each of these, the last it took."""

KEPT = timedelta(hours=1)

FRESH = timedelta(seconds=60)
"""What a process said longer ago is not what it does now: it is gone, hangs, or has nothing new to say."""


def make_epoch() -> str:
    return secrets.token_hex(4)


class Journal(models.Model):
    """The one row: its clock ticks with every sample, and it says until when samples are wanted often."""

    SINGLETON = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=SINGLETON, editable=False)
    epoch = models.CharField(max_length=16, default=make_epoch)
    clock = models.PositiveBigIntegerField(default=0)
    wanted_until = models.DateTimeField(default=datetime(2000, 1, 1, tzinfo=UTC))

    def __str__(self) -> str:
        return "Journal"

    @classmethod
    def current(cls) -> Self:
        return cls.objects.get_or_create(pk=cls.SINGLETON)[0]

    @property
    def position(self) -> Position:
        return Position(self.epoch, self.clock)

    @property
    def wanted(self) -> bool:
        return timezone.now() < self.wanted_until

    @classmethod
    def want(cls, seconds: float) -> None:
        """Have every process take samples often, for as long. Writes only when that is not agreed already."""
        now, journal = timezone.now(), cls.current()
        if journal.wanted_until < now + timedelta(seconds=seconds / 2):
            cls.objects.filter(pk=journal.pk).update(wanted_until=now + timedelta(seconds=seconds))

    @classmethod
    @transaction.atomic
    def record(cls, worker: str, take: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Keep what a process counted, in the place of what it said before in the same period, and return it.

        `take` counts. It is called under the journal's lock: of two threads the later one must not say the earlier.
        """
        cls.current()
        journal = cls.objects.filter(pk=cls.SINGLETON)
        journal.update(clock=F("clock") + 1)
        figures = take()
        now = timezone.now()
        period = datetime.fromtimestamp(now.timestamp() // PERIOD.seconds * PERIOD.seconds, UTC)
        Sample.objects.bulk_create(
            [Sample(worker=worker, period=period, taken_at=now, figures=figures)],
            update_conflicts=True,
            unique_fields=["worker", "period"],
            update_fields=["taken_at", "figures"],
        )
        Sample.objects.filter(period__lt=now - KEPT).delete()
        ring(TOPIC, journal.values_list("clock", flat=True).get())
        return figures


class SampleQuerySet(models.QuerySet["Sample"]):
    def fresh(self) -> dict[str, Sample]:
        """The newest sample of each process that has spoken lately, by its name."""
        recent = self.filter(taken_at__gt=timezone.now() - FRESH).order_by("taken_at")
        return {sample.worker: sample for sample in recent}


class Sample(models.Model):
    """What one server process had counted since it started, at one time."""

    worker = models.CharField(max_length=200)
    period = models.DateTimeField(db_index=True)
    taken_at = models.DateTimeField()
    figures = models.JSONField()

    objects: ClassVar[models.Manager[Sample]] = SampleQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["worker", "period"], name="one_sample_a_period")]

    def __str__(self) -> str:
        return f"{self.worker} at {self.taken_at}"

    @property
    def age(self) -> float:
        """Seconds since it was taken."""
        return (timezone.now() - self.taken_at).total_seconds()
