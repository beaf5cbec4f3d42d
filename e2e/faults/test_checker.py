"""The checker refuses what it is there to refuse: a good history, spoilt in one place at a time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from e2e.faults.checker import check, others_are_served
from e2e.faults.figures import delays, latencies, percentile
from e2e.faults.history import Event, History
from e2e.faults.screen import Screen

Spoil = Callable[[History], Any]


def good() -> History:
    """Alice posts a, b and c, of which b times out and is sent again; Bob/0 sees each, and a fresh page agrees."""
    history = History()
    history.note("Bob/0", "see", cursor=["e", 0], shown=[], reset=False)
    for position, key in enumerate("abc", start=1):
        history.note("Alice", "post", "invoke", key=key)
        if key == "b":
            history.note("Alice", "post", "info", key=key, status="TimeoutError")
            history.note("Alice", "post", "invoke", key=key)
        history.note("Alice", "post", "ok", key=key, status=200)
        history.note("Bob/0", "see", cursor=["e", position], shown=[position], reset=False)
        history.note("Alice", "row", "ok", key=key, position=position, clock=position)
    rows = {id: (id - 10, f"<p>{id}</p>") for id in (11, 12, 13)}
    history.note("everyone", "reload", "ok", rows=rows)
    history.note("Bob/0", "screen", "ok", rows=dict(rows), live=True)
    history.note("server", "log", text="all is well")
    return history


def one(history: History, op: str, **values: Any) -> Event:
    return next(history.of(op, **values))


def without(history: History, op: str, **values: Any) -> None:
    history.events.remove(one(history, op, **values))


BAD: dict[str, tuple[str, Spoil]] = {
    "an accepted post that is in no row": (
        "I1: c was accepted, and is not in the database",
        lambda history: without(history, "row", key="c"),
    ),
    "a row that a screen lacks": (
        "I1: Bob/0 does not see c",
        lambda history: one(history, "screen")["rows"].pop(13),
    ),
    "a key that made two rows": (
        "I2: 2 rows have the key b of Alice",
        lambda history: history.note("Alice", "row", "ok", key="b", position=4, clock=4),
    ),
    "a place that two elements have": (
        "I2: Bob/0 sees 2 2 times",
        lambda history: one(history, "screen")["rows"].update({14: (2, "<p>12</p>")}),
    ),
    "a frame that holds a message twice": (
        "I2: Bob/0 is sent 3 2 times at once",
        lambda history: one(history, "see", shown=[3]).update(shown=[3, 3]),
    ),
    "a cursor that goes back": (
        "I3: Bob/0 had the cursor 3, and then 2",
        lambda history: history.note("Bob/0", "see", cursor=["e", 2], shown=[], reset=False),
    ),
    "a frame out of order": (
        "I3: Bob/0 is sent [3, 2] in this order",
        lambda history: one(history, "see", shown=[3]).update(shown=[3, 2]),
    ),
    "a cursor that passes a message by, though it comes later": (
        "I3: Bob/0 is at 2 and has not got [2]",
        lambda history: (
            one(history, "see", shown=[2]).update(shown=[]),
            one(history, "see", shown=[3]).update(shown=[2, 3]),
        ),
    ),
    "a screen that lacks what a fresh page has": (
        "I4: Bob/0 lacks [14], has [] besides, has [] otherwise",
        lambda history: one(history, "reload")["rows"].update({14: (4, "<p>14</p>")}),
    ),
    "a screen that keeps what is gone": (
        "I4: Bob/0 lacks [], has [13] besides, has [] otherwise",
        lambda history: one(history, "reload")["rows"].pop(13),
    ),
    "a screen that missed an edit": (
        "I4: Bob/0 lacks [], has [] besides, has [12] otherwise",
        lambda history: one(history, "reload")["rows"].update({12: (2, "<p>edited</p>")}),
    ),
    "a message for somebody who had been taken out": (
        "I5: Bob/0 was taken out at 2 and is shown 3",
        lambda history: history.note("Bob", "revoke", clock=2),
    ),
    "memory that is not given back": (
        "I6: memory was 100 and stays at 120",
        lambda history: history.note("server", "measure", name="memory", before=100, after=120),
    ),
    "a traceback": (
        "I8: Traceback (most recent call last):",
        lambda history: one(history, "log").update(text="x\nTraceback (most recent call last):\n  y"),
    ),
}


def test_a_good_history_passes() -> None:
    check(good())


@pytest.mark.parametrize("name", BAD)
def test_it_refuses(name: str) -> None:
    reason, spoil = BAD[name]
    history = good()
    spoil(history)

    with pytest.raises(AssertionError) as refusal:
        check(history)
    assert reason in str(refusal.value)


def test_a_reset_may_leave_out_what_is_above_it() -> None:
    history = good()
    one(history, "see", shown=[2]).update(shown=[], cursor=None)
    one(history, "see", shown=[3]).update(reset=True)
    one(history, "screen")["rows"] = one(history, "reload")["rows"] = {13: (3, "<p>13</p>")}

    check(history)


def test_what_is_above_a_cut_was_not_to_be_kept() -> None:
    history = good()
    one(history, "see", shown=[2]).update(shown=[], cursor=None)
    with pytest.raises(AssertionError, match="I3"):
        check(history)
    one(history, "see", shown=[3]).update(cut=3)
    one(history, "screen")["rows"] = one(history, "reload")["rows"] = {13: (3, "<p>13</p>")}

    check(history)


def test_the_others_are_to_be_answered_quickly_and_well() -> None:
    history = good()
    history.note("Bob", "post", "invoke", key="k")
    history.note("Bob", "post", "info", key="k", status=503)
    history.note("Chiyo", "post", "invoke", key="l")
    history.note("Chiyo", "post", "ok", key="l")["t"] += 3
    history.note("Chiyo", "row", "ok", key="l", position=0, clock=0)

    for person, reason in (("Bob", "I7: Bob was answered [503]"), ("Chiyo", "I7: the others waited 3.00 s")):
        with pytest.raises(AssertionError, match="I7") as refusal:
            check(history, others_are_served(person))
        assert reason in str(refusal.value)
    check(history, others_are_served("Chiyo", seconds=4))


def test_a_history_of_nothing_proves_nothing() -> None:
    with pytest.raises(AssertionError, match="nobody posted"):
        check(History())


def test_a_history_is_the_same_when_it_is_read_again(tmp_path: Path) -> None:
    kept = History(tmp_path / "history.jsonl")
    for event in good().events:
        kept.note(**{name: value for name, value in event.items() if name != "t"})
    kept.close()

    read = History.read(tmp_path / "history.jsonl")

    check(read)
    assert [event["op"] for event in read.events] == [event["op"] for event in kept.events]


def test_figures() -> None:
    history = good()
    one(history, "post", type="ok", key="c")["t"] -= 2
    one(history, "post", type="invoke", key="c")["t"] -= 3

    assert round(max(latencies(history))) == 1
    assert [round(delay) for delay in sorted(delays(history))] == [0, 0, 2]
    assert percentile([*range(100)], 99) == 99


def test_a_screen_takes_frames() -> None:
    article = '<article{2} id="message-{0}" class="message" data-author="1" data-position="{1}">{3}</article>'
    cursor = '<input type="hidden" name="cursor" id="live-room-1-cursor" value="e.{0}" hx-swap-oob="true">'
    screen = Screen(cursor.format(1) + article.format(7, 1, ' aria-live="off"', "one"))

    new = '<hx-upsert hx-target="#messages:has(+ .log__end--live)" key="data-position" sort>{0}</hx-upsert>'
    taken = screen.take(cursor.format(3) + new.format(article.format(8, 2, "", "two") + article.format(9, 3, "", "x")))
    assert (taken.shown, taken.reset, screen.cursor) == ([2, 3], False, ("e", 3))
    assert screen.rows[7] == (1, article.format(7, 1, "", "one"))

    edit = '<hx-partial hx-target="#message-{0}" hx-swap="outerHTML">{1}</hx-partial>'
    screen.take(edit.format(8, article.format(8, 2, "", "2")) + edit.format(5, article.format(5, 0, "", "elsewhere")))
    assert sorted(screen.rows) == [7, 8, 9]
    assert screen.rows[8] == (2, article.format(8, 2, "", "2"))
    assert screen.agrees_with({id: screen.rows[id] for id in (8, 9)})
    assert not screen.agrees_with({id: screen.rows[id] for id in (7, 9)})

    start = '<hx-partial hx-target=".log__inner > #log-start" hx-swap="outerHTML">{0}</hx-partial>'
    cut = start.format('<div id="log-start"><input type="hidden" id="log-first" name="first" value="2"></div>')
    assert screen.take(cursor.format(3) + cut).cut == 2
    assert sorted(screen.rows) == [8, 9]

    log = '<hx-partial hx-target="#log" hx-swap="innerHTML scroll:bottom">{0}</hx-partial>'
    assert screen.take(cursor.format(4) + log.format(article.format(10, 4, "", "new"))).reset
    assert sorted(screen.rows) == [10]
    assert screen.take('<hx-partial hx-target="#live-room-1" hx-swap="delete"></hx-partial>').farewell
