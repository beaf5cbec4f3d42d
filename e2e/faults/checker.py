"""What must be true of a history, whatever broke: the invariants I1 to I8, each by itself, read afterwards.

Nothing here talks to a server; a history that was kept in a file can be checked again.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from e2e.faults.figures import latencies, percentile
from e2e.faults.history import Event, History


class Violation(NamedTuple):
    invariant: str
    what: str


Rule = Callable[[History], Iterator[str]]


def check(history: History, *also: Callable[[History], Iterator[Violation]]) -> None:
    """Raise AssertionError with everything that is wrong; `also` are rules that not every fault is held to."""
    assert list(history.of("post", "ok")) or list(history.of("row")), "nobody posted: there is nothing to check"
    found = [Violation(name, what) for name, rule in RULES.items() for what in rule(history)]
    found += [violation for rule in also for violation in rule(history)]
    counted = Counter(violation.invariant for violation in found)
    shown = "\n".join(f"{invariant}: {what}" for invariant, what in found[:20])
    assert not found, f"{dict(counted)}\n{shown}"


# I1: no accepted post is missing


def accepted_is_kept(history: History) -> Iterator[str]:
    """In the database, and on every screen that reaches back so far."""
    rows = {event["key"]: event for event in history.of("row")}
    for key in dict.fromkeys(event["key"] for event in history.of("post", "ok")):
        if key not in rows:
            yield f"{key} was accepted, and is not in the database"
    posted = {event["key"] for event in history.of("post", "invoke")}
    for screen in history.of("screen"):
        shown = {position for position, _ in screen["rows"].values()}
        for row in rows.values():
            if row["key"] in posted and row["position"] > min(shown, default=0) and row["position"] not in shown:
                yield f"{screen['client']} does not see {row['key']}"


# I2: one row for each key, one element for each message


def once_each(history: History) -> Iterator[str]:
    keys = Counter((event["client"], event["key"]) for event in history.of("row"))
    yield from (f"{count} rows have the key {key} of {author}" for (author, key), count in keys.items() if count > 1)
    for screen in history.of("screen", "ok"):
        positions = Counter(position for position, _ in screen["rows"].values())
        yield from (f"{screen['client']} sees {at} {n} times" for at, n in positions.items() if n > 1)
    for sight in history.of("see"):
        times: Counter[int] = Counter(sight["shown"])
        yield from (f"{sight['client']} is sent {at} {n} times at once" for at, n in times.items() if n > 1)


# I3: in the clock's order, without a hole at any moment; no cursor goes back


def in_order(history: History) -> Iterator[str]:
    positions = sorted(event["position"] for event in history.of("row"))
    for client, sights in history.by_client("see").items():
        yield from (f"{client} {what}" for what in (*cursors_go_on(sights), *frames_are_sorted(sights)))
        yield from (f"{client} {what}" for what in holes(sights, positions))


def cursors_go_on(sights: Sequence[Event]) -> Iterator[str]:
    for before, after in pairwise([event for event in sights if event["cursor"]]):
        (epoch, clock), (next_epoch, next_clock) = before["cursor"], after["cursor"]
        if epoch == next_epoch and next_clock < clock:
            yield f"had the cursor {clock}, and then {next_clock}"


def frames_are_sorted(sights: Sequence[Event]) -> Iterator[str]:
    for sight in sights:
        if sight["shown"] != sorted(sight["shown"]):
            yield f"is sent {sight['shown']} in this order"


def holes(sights: Sequence[Event], positions: Sequence[int]) -> Iterator[str]:
    """A cursor says that the page has everything up to there, from where it began."""
    start = sights[0]["cursor"]
    if not start:
        return
    seen: set[int] = set()
    checked = start[1]
    for sight in sights:
        seen.update(sight["shown"])
        if sight["reset"]:
            checked = max([*sight["shown"], checked])
        if cut := sight.get("cut"):
            checked = max(checked, cut - 1)
        if sight["cursor"] and sight["cursor"][0] == start[0]:
            clock = sight["cursor"][1]
            between = positions[bisect_right(positions, checked) : bisect_right(positions, clock)]
            missing = [at for at in between if at not in seen]
            if missing:
                yield f"is at {clock} and has not got {missing[:5]}"
            checked = max(checked, clock)


# I4: when all has healed, every screen shows what a fresh page shows


def screens_equal_reload(history: History) -> Iterator[str]:
    reload = history.last("reload")
    if reload is None:
        return
    fresh = {int(id): tuple(row) for id, row in reload["rows"].items()}
    oldest = min((position for position, _ in fresh.values()), default=0)
    for screen in history.of("screen"):
        shown = {int(id): tuple(row) for id, row in screen["rows"].items() if row[0] >= oldest}
        lacking, beyond = sorted(fresh.keys() - shown.keys()), sorted(shown.keys() - fresh.keys())
        other = [id for id in fresh.keys() & shown.keys() if fresh[id] != shown[id]]
        if lacking or beyond or other:
            yield f"{screen['client']} lacks {lacking[:5]}, has {beyond[:5]} besides, has {other[:5]} otherwise"


# I5: nothing of a room after the tick that took somebody out of it


def nothing_after_revocation(history: History) -> Iterator[str]:
    for revoked in history.of("revoke"):
        for client, sights in history.by_client("see").items():
            if client.rpartition("/")[0] == revoked["client"]:
                late = [at for sight in sights for at in sight["shown"] if at > revoked["clock"]]
                yield from (f"{client} was taken out at {revoked['clock']} and is shown {at}" for at in late)


# I6: what a fault took is given back


def back_to_baseline(history: History) -> Iterator[str]:
    """Within a tenth, or the slack that the measure names."""
    for measure in history.of("measure"):
        allowed = measure["before"] * 1.1 + measure.get("slack", 0)
        if measure["after"] > allowed:
            yield f"{measure['name']} was {measure['before']} and stays at {measure['after']}"


# I7: the others are served meanwhile; asked of the faults that leave others alone


def others_are_served(*clients: str, seconds: float = 1.5) -> Callable[[History], Iterator[Violation]]:
    """A rule: these people's posts are answered, the 99th of a hundred within `seconds`, none by a 5xx."""

    def rule(history: History) -> Iterator[Violation]:
        for client in clients:
            answers = [event for event in history.of("post") if event["client"] == client and event["type"] != "invoke"]
            broken = [event["status"] for event in answers if event["type"] == "info"]
            if broken:
                yield Violation("I7", f"{client} was answered {broken[:5]}")
        slow = percentile(latencies(history, clients), 99)
        if slow > seconds:
            yield Violation("I7", f"the others waited {slow:.2f} s")

    return rule


def no_worse_than(status: int, times: int) -> Callable[[History], Iterator[Violation]]:
    """A rule: no post gets another error than this status (or 429), nor this one more often than that."""

    def rule(history: History) -> Iterator[Violation]:
        failures = Counter((event["key"], event["status"]) for event in history.of("post", "info", "fail"))
        for (key, answer), count in failures.items():
            if answer != 429 and (answer != status or count > times):
                yield Violation("I7", f"{key} was answered {answer}, {count} times")

    return rule


# I8: what clients, brokers and databases do is no surprise to us


def no_traceback(history: History) -> Iterator[str]:
    for log in history.of("log"):
        for line in log["text"].splitlines():
            if "Traceback" in line:
                yield line


RULES: dict[str, Rule] = {
    "I1": accepted_is_kept,
    "I2": once_each,
    "I3": in_order,
    "I4": screens_equal_reload,
    "I5": nothing_after_revocation,
    "I6": back_to_baseline,
    "I8": no_traceback,
}
