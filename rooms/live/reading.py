"""From a feed's rows to frames: in the hub's threads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from django.template.loader import render_to_string

from rooms.live import failpoints
from rooms.live.feed import Changes, Cohort, Feed, Position, Refusal, catch_up, render_cursor, render_for
from rooms.live.frames import Frame


class Wanted(NamedTuple):
    """A page that asks for what it lacks."""

    user_id: int
    cohort: Cohort
    cursor: str


class CaughtUp(NamedTuple):
    position: Position
    frame: Frame
    allowed: bool
    """Whether the page may have it. Where it may not, the frame is for nobody."""


def read(feed: Feed, cursor: str, cohorts: Iterable[Cohort]) -> tuple[Changes, dict[Cohort, Frame]]:
    """What came after a cursor, drawn for each cohort."""
    changes = catch_up(feed, cursor)
    return changes, render_for(feed, changes, cohorts)


def read_for_all(feed: Feed, pages: Sequence[Wanted]) -> list[CaughtUp]:
    """What each of these pages lacks. Those that stand at the same place, as after an outage, share one frame."""
    cohorts: dict[str, set[Cohort]] = defaultdict(set)
    for page in pages:
        cohorts[page.cursor].add(page.cohort)
    connected = render_to_string("live/connected.html", {"feed": feed})
    caught_up = {}
    for cursor in cohorts:
        changes, frames = read(feed, cursor, cohorts[cursor])
        for cohort, frame in frames.items():
            caught_up[cursor, cohort] = changes.position, Frame(frame + connected)
    failpoints.reach("after_catch_up")
    # Asked after the reading, not before: somebody may have lost the right in what was read.
    allowed = feed.allowed({page.user_id for page in pages})
    return [CaughtUp(*caught_up[page.cursor, page.cohort], page.user_id in allowed) for page in pages]


def draw_greeting(feed: Feed, position: Position) -> Frame:
    """The frame for a page that lacks nothing. It reads the same for everybody."""
    return Frame(render_cursor(feed, position) + render_to_string("live/connected.html", {"feed": feed}))


def draw_farewell(feed: Feed, refusal: Refusal, cohort: Cohort) -> Frame:
    with cohort.active():
        return Frame(feed.farewell(refusal))
