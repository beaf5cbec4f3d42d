"""Curves as drawings: numbers and paths that a template puts into an SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from rooms.operations.series import SLOTS, Curve

HEIGHT = 100
"""Of a drawing, whose width is the number of slots; the page stretches it."""

Text = str | Promise


@dataclass(frozen=True)
class Line:
    curve: Curve
    label: Text = ""
    """What tells it from the others, where there are several."""

    @property
    def known(self) -> list[float]:
        return [value for value in self.curve if value is not None]


@dataclass(frozen=True)
class Chart:
    """Lines over the last hour. `least` is the smallest height that is worth looking at, `digits` how exact it is."""

    id: str
    title: Text
    unit: Text
    lines: Sequence[Line]
    least: float = 1
    digits: int = 0

    @cached_property
    def top(self) -> float:
        return ceiling(max([self.least, *(value for line in self.lines for value in line.known)]))

    @property
    def top_text(self) -> str:
        return f"{write(self.top, 0 if self.top >= 1 else self.digits)} {self.unit}"

    @property
    def drawn(self) -> list[dict[str, Any]]:
        """For the template: each line's label, path and area, what it is now and was in between, as text."""
        return [
            {
                "label": line.label,
                "path": path(line.curve, self.top),
                "area": area(line.curve, self.top),
                "now": self.write(line.curve[-1]),
                "range": self.describe(line),
            }
            for line in self.lines
        ]

    def write(self, value: float | None) -> str:
        return "–" if value is None else write(value, self.digits)

    def describe(self, line: Line) -> str:
        """What the drawing shows, in words."""
        if not line.known:
            return _("nothing yet")
        return _("from %(lowest)s to %(highest)s %(unit)s") % {
            "lowest": self.write(min(line.known)),
            "highest": self.write(max(line.known)),
            "unit": self.unit,
        }


def write(value: float, digits: int) -> str:
    """A number as the active language writes it; small ones with `digits` decimals."""
    decimals = digits if 0 < abs(value) < 10 else 0
    return number_format(round(value, decimals), decimals, force_grouping=True)  # which would cut off what is over


def ceiling(value: float) -> float:
    """The next larger of 1, 2, 5, 10, 20, 50 …"""
    magnitude: float = 10.0 ** math.floor(math.log10(value))
    return next(step * magnitude for step in (1, 2, 5, 10) if step * magnitude >= value * 0.999)


def runs(curve: Curve) -> list[list[tuple[int, float]]]:
    """The stretches of a curve in which something is known."""
    stretches = groupby(enumerate(curve), lambda point: point[1] is not None)
    return [[(slot, value) for slot, value in points if value is not None] for known, points in stretches if known]


def point(slot: int, value: float, top: float) -> str:
    # The last slot is at the right edge.
    x = slot * SLOTS / (SLOTS - 1)
    return f"{x:.1f} {HEIGHT - HEIGHT * min(value / top, 1):.1f}"


def path(curve: Curve, top: float) -> str:
    """SVG path data; a lonely point is a line of no length, which round caps make a dot."""
    drawn = []
    for run in runs(curve):
        points = [point(slot, value, top) for slot, value in run]
        drawn.append(f"M{'L'.join(points if len(points) > 1 else points * 2)}")
    return "".join(drawn)


def area(curve: Curve, top: float) -> str:
    """What lies under the curve."""
    drawn = []
    for run in runs(curve):
        corners = [
            point(run[0][0], 0, top),
            *(point(slot, value, top) for slot, value in run),
            point(run[-1][0], 0, top),
        ]
        drawn.append(f"M{'L'.join(corners)}Z")
    return "".join(drawn)
