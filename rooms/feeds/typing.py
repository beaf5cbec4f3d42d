"""Who is typing in a room: whispered, never kept."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from django.template.loader import render_to_string
from django.utils.translation import gettext

from rooms.broadcasts import room_topic
from rooms.live import whisper
from rooms.models import User

INTERVAL = 1.0
"""Seconds between two signals of one person that are passed on."""

SECONDS = 3.5
"""For which somebody counts as typing after a signal. Pages send the last one up to 1.2 s after the last key."""

NAMES = 3
"""How many are named; more are several."""

REMEMBERED = 10_000

passed_on: dict[tuple[int, int], float] = {}


def tell_of_typing(user_id: int, room_id: int) -> None:
    """Pass on that somebody is typing, unless that was done just now, they hide, or they are not in the room."""
    now = time.monotonic()
    if now - passed_on.get((user_id, room_id), -INTERVAL) < INTERVAL:
        return
    if len(passed_on) > REMEMBERED:
        passed_on.clear()
    passed_on[user_id, room_id] = now
    if find_typists(room_id, [user_id]):
        whisper(room_topic(room_id), "typing", user_id, SECONDS)


def find_typists(room_id: int, user_ids: Collection[int | str]) -> dict[int, str]:
    """The names of those of these people who may be shown as typing in a room."""
    people = User.objects.filter(pk__in=user_ids, memberships__room=room_id, is_active=True, invisible=False)
    return dict(people.values_list("pk", "name"))


class Sentence(NamedTuple):
    """`reader`: for whom alone it is meant, as one of those who type; else it is meant for everybody else."""

    text: str
    reader: int | None = None


def draw_typing(room_id: int, subjects: Mapping[int | str, float]) -> str:
    """One sentence for everybody, and for each of those who type one without them: their own stylesheet picks it."""
    names = find_typists(room_id, subjects.keys()) if subjects else {}
    context: dict[str, Any] = {"typists": list(names), "sentences": []}
    if names:
        context["life"] = max(int(2 * min(subjects[pk] for pk in names)), 1)
        context["sentences"] = [Sentence(describe(list(names.values())))]
        if len(names) <= NAMES + 1:
            others = {pk: [name for other, name in names.items() if other != pk] for pk in names}
            context["sentences"] += [Sentence(describe(rest), pk) for pk, rest in others.items() if rest]
        else:
            context["typists"] = []  # One of so many reads the same without themselves.
    return render_to_string("live/room_typing.html", context)


def describe(names: list[str]) -> str:
    match sorted(names, key=str.casefold):
        case [one]:
            return gettext("%(name)s is typing") % {"name": one}
        case [one, two]:
            return gettext("%(name)s and %(other)s are typing") % {"name": one, "other": two}
        case [one, two, three]:
            names_of_three = {"name": one, "other": two, "third": three}
            return gettext("%(name)s, %(other)s and %(third)s are typing") % names_of_three
    return gettext("Several people are typing")
