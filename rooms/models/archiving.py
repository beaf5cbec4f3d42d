"""Rooms that have had their time: what was said in them is read, and nothing is said any more."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from rooms import broadcasts
from rooms.models.inbox import refresh_inboxes

if TYPE_CHECKING:
    from rooms.models.room import Room


class Archived(Exception):
    """The room is archived: nothing in it changes."""


@transaction.atomic
def set_archived(room: Room, when: datetime | None) -> None:
    """Archive a room, or take it out again (None); live on its pages and in the lists of all who are in it.

    Raises ValueError for direct rooms.
    """
    if room.kind == room.Kind.DIRECT:
        raise ValueError("A direct room is its people's for as long as there are two of them.")
    # Whoever posts has this lock, or waits for it and then looks again: nothing is said after this tick.
    room.archived_at = type(room).objects.select_for_update(no_key=True).get(pk=room.pk).archived_at
    if (room.archived_at is None) is (when is None):
        return
    room.archived_at = when
    room.save(update_fields=["archived_at"])
    broadcasts.room_changed(room.pk, room.tick("header_clock"))
    refresh_inboxes(set(room.memberships.values_list("user_id", flat=True)))
