"""From samples to curves: what each half minute of the last hour was like, over all processes together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

from rooms.live.metrics import histograms
from rooms.operations.models import FRESH, KEPT, PERIOD, Sample

SLOTS = int(KEPT / PERIOD)

Curve = list[float | None]
"""A value for each slot, the last of which is now; None where nobody knows."""

Figures = dict[str, Any]
Histories = Sequence[Sequence[Sample]]


def histories(samples: Iterable[Sample]) -> Histories:
    """The samples of each process, in their order."""
    found: dict[str, list[Sample]] = defaultdict(list)
    for sample in sorted(samples, key=lambda sample: sample.taken_at):
        found[sample.worker].append(sample)
    return list(found.values())


class Series:
    """The last hour up to `now`, as these processes tell it."""

    def __init__(self, samples: Iterable[Sample], now: datetime) -> None:
        self.now = now
        self.histories = histories(samples)

    def slot(self, moment: datetime) -> int:
        """The slot of a moment: below 0 when it is longer ago."""
        return SLOTS - 1 - int((self.now - moment) / PERIOD)

    def level(self, read: Callable[[Figures], float]) -> Curve:
        """The sum of a figure that goes up and down. A process that says nothing stays as it was until it speaks."""
        curve: Curve = [None] * SLOTS
        for history in self.histories:
            ends = [*(self.slot(sample.taken_at) for sample in history[1:]), self.end(history[-1])]
            for sample, end in zip(history, ends, strict=True):
                value = read(sample.figures)
                for slot in range(max(0, self.slot(sample.taken_at)), end):
                    curve[slot] = (curve[slot] or 0) + value
        return curve

    def end(self, last: Sample) -> int:
        """Up to where the last that a process said holds: it may be gone."""
        return SLOTS if self.now - last.taken_at < FRESH else self.slot(last.taken_at) + 1

    def rate(self, read: Callable[[Figures], float]) -> Curve:
        """The sum of a counter's growth, per second."""
        curve: Curve = [None] * SLOTS
        for before, after, slots in self.steps():
            seconds = (after.taken_at - before.taken_at).total_seconds()
            for slot in slots:
                growth = grown(read(before.figures), read(after.figures))
                curve[slot] = (curve[slot] or 0) + growth / max(seconds, 1)
        return curve

    def quantile(self, name: str, part: float) -> Curve:
        """Seconds below which this part of a histogram's new observations lies; None where there are none."""
        bounds = histograms[name].bounds
        counts: list[list[float]] = [[] for _ in range(SLOTS)]
        for before, after, slots in self.steps():
            old, new = (read_histogram(sample, name, bounds) for sample in (before, after))
            fresh = [grown(*pair) for pair in zip(old, new, strict=True)]
            counts[slots[-1]] = add(counts[slots[-1]], fresh)
        return [interpolate(bounds, slot, part) for slot in counts]

    def steps(self) -> Iterator[tuple[Sample, Sample, range]]:
        """Each two samples of a process that follow one another, and the slots from the one to the other."""
        for history in self.histories:
            for before, after in pairwise(history):
                last = self.slot(after.taken_at)
                if last >= 0:
                    first = min(last, self.slot(before.taken_at) + 1)
                    yield before, after, range(max(0, first), last + 1)


def read_histogram(sample: Sample, name: str, bounds: Sequence[float]) -> list[float]:
    """The counts in these buckets; nothing where another version of the code counted in others, or not at all."""
    found = sample.figures["histograms"].get(name, {})
    counts: list[float] = found["counts"] if found.get("bounds") == list(bounds) else [0] * (len(bounds) + 1)
    return counts


def grown(before: float, after: float) -> float:
    """What a counter has gained; one that is lower than before was started anew."""
    return after - before if after >= before else after


def add(one: list[float], other: list[float]) -> list[float]:
    return [left + right for left, right in zip(one, other, strict=True)] if one else other


def interpolate(bounds: Sequence[float], counts: Sequence[float], part: float) -> float | None:
    """As Prometheus does it: evenly within a bucket; above the last bound, that bound."""
    rank, below = part * sum(counts), 0.0
    if not rank:
        return None
    for count, lower, upper in zip(counts, (0.0, *bounds), bounds, strict=False):
        if count and below + count >= rank:
            return lower + (upper - lower) * (rank - below) / count
        below += count
    return bounds[-1]
