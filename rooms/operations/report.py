"""What administrators are shown: charts of the last hour, the processes, and what was counted since they started."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms.operations.charts import Chart, Line, Text
from rooms.operations.models import KEPT, Sample
from rooms.operations.series import Figures, Series

MEGABYTE = 1024**2

COUNTED: Mapping[str, Text] = {
    "bell_rung": _("Bells rung"),
    "bell_lost": _("Bells lost: the channel layer did not take them"),
    "bell_missed": _("Changes found by the sweep: their bells came late or never"),
    "deliveries": _("Deliveries"),
    "outbox_dropped": _("Outboxes dropped: their readers were too slow"),
    "resync_slow": _("Caught up after a dropped outbox"),
    "resync_gap": _("Caught up after a gap"),
    "resync_cohort": _("Caught up after joining while others were served"),
    "resync_rights": _("Caught up after their rights were looked at"),
    "refused_signed_out": _("Sockets refused or closed: signed out"),
    "refused_not_allowed": _("Sockets refused or closed: not allowed"),
    "refused_origin": _("Sockets refused: pages of another site"),
    "refused_process": _("Sockets refused: the process had enough"),
    "refused_address": _("Sockets refused: too many from one address"),
    "refused_user": _("Sockets refused: too many of one person"),
    "refused_unavailable": _("Sockets refused: nobody could look up who asked"),
    "refused_unfinished": _("Connections dropped: they did not say what they wanted"),
    "bad_frame": _("Frames from pages that could not be read"),
    "layer_failed": _("Failures of the channel layer"),
    "read_failed": _("Changes that could not be read"),
    "sweep_failed": _("Sweeps that stumbled"),
    "whispered": _("Whispers (typing) passed on"),
    "whisper_failed": _("Whispers that could not be drawn"),
    "presence_frames": _("Pages told who is here"),
    "presence_failed": _("Times that it could not be found out who is here"),
    "sample_failed": _("Figures that could not be written down"),
}
"""What each counter says to people. One that is not here is shown by its own name, when it counts."""

ALWAYS = ("bell_rung", "bell_lost", "bell_missed", "deliveries", "outbox_dropped")
"""The counters that are shown though they stand at nothing."""


@dataclass(frozen=True)
class Process:
    name: str
    sockets: int
    memory: float
    """Megabytes."""
    cpu: float
    """Seconds since its start."""
    taken_at: datetime


@dataclass(frozen=True)
class Report:
    taken_at: datetime
    charts: list[Chart]
    processes: list[Process]
    counted: list[tuple[Text, int]]
    watched: list[tuple[str, int, int]]
    """Each kind of feed with its open sockets, and how many feeds of the kind the processes watch."""

    @classmethod
    def read(cls) -> Report:
        now = timezone.now()
        samples = list(Sample.objects.filter(period__gt=now - KEPT))
        fresh = Sample.objects.fresh()
        return cls(
            taken_at=max((sample.taken_at for sample in fresh.values()), default=now),
            charts=draw(Series(samples, now)),
            processes=[describe(fresh[name]) for name in sorted(fresh)],
            counted=list(count(sample.figures for sample in fresh.values())),
            watched=watched(sample.figures for sample in fresh.values()),
        )


def describe(sample: Sample) -> Process:
    used = sample.figures["process"]
    sockets = sum(sample.figures["listeners"].values())
    return Process(sample.worker, sockets, used["memory"] / MEGABYTE, used["cpu"], sample.taken_at)


def count(figures: Iterable[Figures]) -> Iterable[tuple[Text, int]]:
    total: Counter[str] = Counter()
    for each in figures:
        total.update(each["counters"])
    for kind in [*COUNTED, *sorted(total.keys() - COUNTED.keys() - {"delivered_bytes"})]:
        if total[kind] or kind in ALWAYS:
            yield COUNTED.get(kind, kind), total[kind]


def watched(figures: Iterable[Figures]) -> list[tuple[str, int, int]]:
    sockets: Counter[str] = Counter()
    feeds: Counter[str] = Counter()
    for each in figures:
        sockets.update(each["listeners"])
        feeds.update(each["watches"])
    return [(name, sockets[name], feeds[name]) for name in sorted(sockets)]


def draw(series: Series) -> list[Chart]:
    per_second, per_minute = _("a second"), _("a minute")
    milliseconds = _("ms")
    return [
        Chart(
            "sockets", _("Open sockets"), _("sockets"), [Line(series.level(lambda f: sum(f["listeners"].values())))], 5
        ),
        Chart("deliveries", _("Deliveries"), per_second, [Line(series.rate(counter("deliveries")))], 1, 1),
        Chart("bytes", _("Sent to sockets"), _("KB a second"), [bytes_line(series)], 1, 1),
        Chart(
            "lag",
            _("From commit to the sockets"),
            milliseconds,
            [
                Line(scale(series.quantile("lag", 0.5), 1000), _("half of them within")),
                Line(scale(series.quantile("lag", 0.99), 1000), _("99 of 100 within")),
            ],
            10,
            1,
        ),
        Chart(
            "loop",
            _("Lateness of the event loop"),
            milliseconds,
            [Line(scale(series.quantile("loop", 0.99), 1000))],
            10,
            1,
        ),
        Chart(
            "bells",
            _("Bells"),
            per_minute,
            [
                Line(scale(series.rate(counter("bell_rung")), 60), _("rung")),
                Line(scale(series.rate(counter("bell_lost", "bell_missed")), 60), _("lost or late")),
            ],
            10,
            1,
        ),
        Chart("resyncs", _("Pages that had to catch up"), per_minute, [resync_line(series)], 5, 1),
        Chart("cpu", _("CPU of all processes"), _("percent of a core"), [cpu_line(series)], 10, 1),
        Chart("memory", _("Memory of all processes"), _("MB"), [memory_line(series)], 50),
    ]


def counter(*names: str) -> Any:
    return lambda figures: sum(figures["counters"].get(name, 0) for name in names)


def scale(curve: list[float | None], factor: float) -> list[float | None]:
    return [None if value is None else value * factor for value in curve]


def bytes_line(series: Series) -> Line:
    return Line(scale(series.rate(counter("delivered_bytes")), 1 / 1024))


def resync_line(series: Series) -> Line:
    def resyncs(figures: Figures) -> float:
        return sum(number for kind, number in figures["counters"].items() if kind.startswith("resync_"))

    return Line(scale(series.rate(resyncs), 60))


def cpu_line(series: Series) -> Line:
    return Line(scale(series.rate(lambda figures: figures["process"]["cpu"]), 100))


def memory_line(series: Series) -> Line:
    return Line(series.level(lambda figures: figures["process"]["memory"] / MEGABYTE))
