"""From a post to bursts that wait: a few statements whatever the number of people, one where nobody has a target."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from itertools import batched
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.utils import timezone

from rooms.outside.models import Target

if TYPE_CHECKING:
    from rooms.models import Message

AT_ONCE = 2000
"""Rows of one statement."""

MANY = 10_000
"""People of one statement: SQLite may know no more than 32,766 parameters."""

# What waits keeps its time, and no event is lost between a sender's look and its claim: this waits for its row, or the
# sender sees what was written before. Django knows no COALESCE in what an upsert writes.
UPSERT = """
    INSERT INTO outside_burst (target_id, room_id, place, events, due_at, told_position, told_up_to, seen_position)
    VALUES {rows}
    ON CONFLICT (target_id, place) DO UPDATE
    SET events = outside_burst.events + 1, due_at = COALESCE(outside_burst.due_at, excluded.due_at)
"""


# To write this query out takes Django 0.4 ms, a third of what a post costs, and hardly anybody ever wants everything.
WANT_EVERYTHING = """
    SELECT target.id, target.delay FROM outside_target target
    JOIN rooms_membership member ON member.user_id = target.user_id
    WHERE target.scope = 'everything' AND target.disabled_at IS NULL AND target.user_id <> %s
    AND member.room_id = %s AND member.involvement = 'everything'
"""


def schedule(recipients: Collection[int], room_id: int | None, position: int) -> None:
    """Let those be reached who were just told of one fact. Call inside its transaction."""
    working = Target.objects.working().values_list("pk", "delay")
    targets = [found for some in batched(recipients, MANY) for found in working.filter(user__in=some)]
    if targets:
        begin(targets, room_id, position)


def schedule_message(message: Message) -> None:
    """Let those be reached who want every message of the room. Call inside the transaction of posting it."""
    with connection.cursor() as cursor:
        cursor.execute(WANT_EVERYTHING, [message.author_id, message.room_id])
        targets = cursor.fetchall()
    if targets:
        begin(targets, message.room_id, message.position)


def begin(targets: Iterable[tuple[int, int]], room_id: int | None, position: int) -> None:
    """Let something of a place wait for these targets: pairs of an id and a delay in seconds."""
    now = timezone.now()
    # In the order of their keys: two posts that concern the same people would otherwise wait for each other.
    rows = [(pk, now + timedelta(seconds=delay)) for pk, delay in sorted(targets)]
    for start in range(0, len(rows), AT_ONCE):
        write(rows[start : start + AT_ONCE], room_id, max(position - 1, 0))


def write(rows: list[tuple[int, datetime]], room_id: int | None, told_position: int) -> None:
    row = "(%s, %s, %s, 1, %s, %s, 0, 0)"
    values: list[Any] = []
    for target_id, due_at in rows:
        due = connection.ops.adapt_datetimefield_value(due_at)
        values += [target_id, room_id, room_id or 0, due, told_position]
    with connection.cursor() as cursor:
        cursor.execute(UPSERT.format(rows=", ".join([row] * len(rows))), values)
