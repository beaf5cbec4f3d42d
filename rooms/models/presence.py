"""Who is shown as being here, and when somebody was last seen. What counts as being here is the live layer's."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Q

from rooms.live.presence import introduce

FACES_SHOWN = 8

LAST_SEEN_INTERVAL = timedelta(minutes=1)
"""How often that is written for a person who comes and goes, at most."""


def find_faces(user_ids: Collection[int]) -> dict[int, str]:
    """The names of those of these people who may be shown: who is invisible looks like somebody who is not there."""
    people = get_user_model().objects.filter(pk__in=user_ids, is_active=True, invisible=False)
    return dict(people.values_list("pk", "name"))


def note_departure(user_ids: Collection[int], at: datetime) -> None:
    """Note when these people closed their last page; for the invisible, that was when they became so."""
    stale = Q(last_seen_at=None) | Q(last_seen_at__lt=at - LAST_SEEN_INTERVAL)
    get_user_model().objects.filter(stale, pk__in=user_ids, invisible=False).update(last_seen_at=at)


def show_some(people: Mapping[int, str]) -> dict[str, Any]:
    """The template context of who is here: how many, and some of them by name."""
    some = sorted(people, key=lambda pk: (people[pk].casefold(), pk))[:FACES_SHOWN]
    return {"count": len(people), "faces": [(pk, people[pk]) for pk in some], "more": len(people) - len(some)}


introduce(faces=find_faces, departed=note_departure)
