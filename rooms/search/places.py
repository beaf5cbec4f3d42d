"""Whom and which rooms a few letters mean."""

from __future__ import annotations

from rooms.models import Room, User
from rooms.models.room import name_members
from rooms.search.folding import fold


def find_people(user: User, called: str) -> set[int]:
    """Everybody whose name begins so, or one of its words does; those who have left, too. `me`: oneself."""
    wanted = fold(called.lstrip("@＠"))
    found = {pk for pk, name in User.objects.values_list("pk", "name") if begins(fold(name), wanted)}
    return found or ({user.pk} if wanted == "me" else set())


def find_rooms(user: User, called: str) -> set[int]:
    """Those of somebody's rooms whose name begins so, or one of its words does; direct ones by who is in them."""
    wanted = fold(called.lstrip("#＃"))
    rooms = list(user.get_rooms())
    name_members([room for room in rooms if room.kind == Room.Kind.DIRECT])
    names = {room.pk: (fold(room.get_title(user)), fold(room.slug)) for room in rooms}
    exact = {pk for pk, known in names.items() if wanted in known}
    return exact or {pk for pk, known in names.items() if any(begins(name, wanted) for name in known)}


def begins(name: str, wanted: str) -> bool:
    return bool(wanted) and f" {name}".find(f" {wanted}") >= 0
