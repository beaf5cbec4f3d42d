"""A person's room list as a thing that changes: every redraw takes the next tick of their inbox clock."""

from collections.abc import Collection

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import F

from rooms import broadcasts


@transaction.atomic
def refresh_inboxes(user_ids: Collection[int], room_id: int | None = None) -> None:
    """Let the room lists of these people be drawn again. `room_id`: it is only this room that reads differently.

    Call it once in a transaction, after any lock of a room and before any other of a person.
    """
    users = get_user_model().objects.filter(pk__in=user_ids)
    # Locked in id order: two renames that share members would otherwise deadlock on PostgreSQL. And not their keys,
    # or whoever posts, and so refers to them, would wait for us while we wait for the room they post in.
    clocks = dict(users.order_by("pk").select_for_update(no_key=True).values_list("pk", "inbox_clock"))
    users.update(inbox_clock=F("inbox_clock") + 1)
    for user_id, clock in clocks.items():
        broadcasts.inbox_changed(user_id, clock + 1, room_id)
