"""What the layer does not know of people by itself: who of them may be shown as present, and under what name."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import batched

from django.contrib.auth import get_user_model

PEOPLE_AT_ONCE = 5000
"""SQLite takes some 30,000 parameters in one query."""

Faces = Callable[[Collection[int]], Mapping[int, str]]
Departed = Callable[[Collection[int], datetime], None]


def show_everyone(user_ids: Collection[int]) -> Mapping[int, str]:
    people = get_user_model()._default_manager.filter(pk__in=user_ids, is_active=True)
    return {person.pk: str(person) for person in people}


def let_go(user_ids: Collection[int], at: datetime) -> None: ...


@dataclass
class Acquaintance:
    """What the project has said of its people, see `introduce`."""

    faces: Faces = show_everyone
    departed: Departed = let_go


acquaintance = Acquaintance()


def introduce(*, faces: Faces, departed: Departed | None = None) -> None:
    """Say which people may be shown as present, and hear when they go.

    `faces` takes ids and returns the names of those who may be shown, in one query; who is left out looks like somebody
    who is not there. `departed` is called with those who have closed their last page, and when.
    """
    acquaintance.faces = faces
    acquaintance.departed = departed or let_go


def find_faces(user_ids: Iterable[int]) -> dict[int, str]:
    """The names of those of these people who may be shown."""
    return {pk: name for some in batched(user_ids, PEOPLE_AT_ONCE) for pk, name in acquaintance.faces(some).items()}


def note_departed(user_ids: Iterable[int], at: datetime) -> None:
    """Pass on that these people have closed their last page."""
    for some in batched(user_ids, PEOPLE_AT_ONCE):
        acquaintance.departed(some, at)
