"""How long things took, in seconds, and how often they happened: read from a history, for rules and for promises."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import inf
from typing import Any

from e2e.faults.history import History

PROMPT = 1.2
"""Seconds in which a bell brings a post however busy the machine is; without bells, most posts come later."""


def latencies(history: History, clients: Sequence[str] = ()) -> list[float]:
    """Seconds from each request to its answer."""
    asked: dict[tuple[str, str], float] = {}
    taken = []
    for event in history.of("post"):
        who = event["client"], event["key"]
        if event["type"] == "invoke":
            asked[who] = event["t"]
        elif not clients or event["client"] in clients:
            taken.append(event["t"] - asked[who])
    return taken


def sightings(history: History) -> dict[str, dict[str, float]]:
    """For each accepted post the seconds until it was seen, by each witness who saw it; in the order of acceptance."""
    accepted = {event["key"]: event["t"] for event in history.of("post", "ok")}
    at = {event["position"]: event["key"] for event in history.of("row") if event["key"] in accepted}
    found: dict[str, dict[str, float]] = {key: {} for key in accepted}
    for sight in history.of("see"):
        for key in (at[position] for position in sight["shown"] if position in at):
            found[key].setdefault(sight["client"], max(0.0, sight["t"] - accepted[key]))
    return found


def delays(history: History, since: float = 0, until: float = inf) -> list[float]:
    """Seconds until each post that was accepted in this time was seen, by each witness who saw it."""
    accepted = {event["key"]: event["t"] for event in history.of("post", "ok")}
    seen = (seen for key, seen in sightings(history).items() if since <= accepted[key] < until)
    return [seconds for witness in seen for seconds in witness.values()]


def prompt_since(history: History, limit: float = PROMPT) -> float:
    """When the last post was accepted of which somebody learned later than `limit` seconds; 0 if there is none."""
    accepted = {event["key"]: event["t"] for event in history.of("post", "ok")}
    late = [key for key, seen in sightings(history).items() if max(seen.values(), default=0) > limit]
    return max((accepted[key] for key in late), default=0)


def percentile(values: Sequence[float], percent: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] if ordered else 0.0


def counted(history: History, op: str, name: str) -> dict[Any, int]:
    """How often each value of `name` occurs among the events of an operation."""
    return dict(Counter(event.get(name) for event in history.of(op)))
