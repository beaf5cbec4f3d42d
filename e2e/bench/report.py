"""What was found: figures of several rounds, the goals they are held against, tables and JSON."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Row:
    """What was measured of one contestant in one situation: a list of rounds for each column."""

    name: str
    figures: dict[str, list[float]] = field(default_factory=dict)
    absence: str = ""
    """Why there are no figures, or fewer."""

    def add(self, **figures: float) -> None:
        for column, value in figures.items():
            self.figures.setdefault(column, []).append(value)

    def median(self, column: str) -> float:
        return statistics.median(self.figures[column])

    def spread(self, column: str) -> float:
        """Half the distance between the lowest and the highest round."""
        return (max(self.figures[column]) - min(self.figures[column])) / 2


@dataclass
class Table:
    """One part of the bench. `columns`: what each figure is called, with its unit."""

    title: str
    columns: dict[str, str]
    notes: list[str] = field(default_factory=list)
    rows: dict[str, Row] = field(default_factory=dict)

    def row(self, name: str) -> Row:
        return self.rows.setdefault(name, Row(name))

    def has(self, name: str, column: str) -> bool:
        return name in self.rows and bool(self.rows[name].figures.get(column))

    def markdown(self) -> Iterator[str]:
        yield f"\n### {self.title}\n"
        columns = {
            key: title for key, title in self.columns.items() if any(key in r.figures for r in self.rows.values())
        }
        yield f"| | {' | '.join(columns.values())} |"
        yield f"|---|{'---:|' * len(columns)}"
        for row in self.rows.values():
            if row.figures:
                yield f"| {row.name} | {' | '.join(cell(row, column) for column in columns)} |"
        yield from [f"\n{note}" for note in self.notes]
        yield from [f"\nLeft out: {row.name}: {row.absence}" for row in self.rows.values() if row.absence]

    def values(self) -> dict[str, Any]:
        rows = [
            {"name": row.name, "left out": row.absence}
            | {key: {"median": row.median(key), "rounds": values} for key, values in row.figures.items()}
            for row in self.rows.values()
        ]
        return {"columns": self.columns, "rows": rows, "notes": self.notes}


def cell(row: Row, column: str) -> str:
    if column not in row.figures:
        return "–"
    return (
        f"{digits(row.median(column))} ± {digits(row.spread(column))}"
        if len(row.figures[column]) > 1
        else digits(row.median(column))
    )


def digits(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}"


@dataclass
class Goal:
    """A line of the table of goals. `limit` is what `found` may be at most, or has to be at `least`."""

    name: str
    found: float
    limit: float
    unit: str
    beside: dict[str, float] = field(default_factory=dict)
    """The same figure of others, in the same run."""
    least: bool = False

    @property
    def met(self) -> bool:
        return self.found >= self.limit if self.least else self.found <= self.limit

    def values(self) -> dict[str, Any]:
        ratios = {name: self.found / value for name, value in self.beside.items() if value > 0}
        return {
            "name": self.name, "found": self.found, "goal": self.limit, "unit": self.unit, "met": self.met,
            "beside": self.beside, "ratios": ratios,
        }  # fmt: skip


def goal(
    table: Table, name: str, row: str, column: str, limit: float, unit: str, *beside: str, suffix: str = ""
) -> list[Goal]:
    """The goal for a row's median; none where the row was not measured.

    `beside`: rows to compare with, whose names are told without the `suffix`.
    """
    if not table.has(row, column):
        return []
    found = {other: table.rows[other].median(column) for other in beside if table.has(other, column)}
    others = {other.removesuffix(suffix): value for other, value in found.items()}
    return [Goal(name, table.rows[row].median(column), limit, unit, others)]


def goals_markdown(goals: Sequence[Goal]) -> Iterator[str]:
    if not goals:
        return
    yield "\n### Goals\n"
    yield "| | Rooms | aim | | beside it, in the same run (and ours to theirs) |"
    yield "|---|---:|---:|---|---|"
    for item in goals:
        beside = ", ".join(compare(item, name, value) for name, value in item.beside.items())
        verdict = "met" if item.met else "missed"
        found, aim = f"{digits(item.found)} {item.unit}".rstrip(), f"{'≥' if item.least else '≤'} {digits(item.limit)}"
        yield f"| {item.name} | {found} | {aim} | {verdict} | {beside} |"


def compare(item: Goal, name: str, value: float) -> str:
    ratio = f" ({item.found / value:.2f} x)" if value > 0 and item.unit != "%" else ""
    return f"{name} {digits(value)}{ratio}"
