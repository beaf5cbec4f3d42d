"""Whom and which rooms a few letters mean."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import NamedTuple

from rooms.models import Room, User
from rooms.models.room import name_members
from rooms.naming import needless_space
from rooms.search.folding import fold


class Name(NamedTuple):
    """A name as it is compared: with its spaces, and without those that its script does not need."""

    spaced: str
    joined: str

    @classmethod
    def of(cls, text: str) -> Name:
        spaced = " ".join(fold(text).split())
        return cls(spaced, needless_space.sub("", spaced))

    def begins(self, wanted: Name) -> bool:
        """Whether it begins so, or one of its words does."""
        pairs = zip(self, wanted, strict=True)
        return bool(wanted.spaced) and any(f" {name}".find(f" {letters}") >= 0 for name, letters in pairs)


class Names:
    """What people and somebody's rooms are called, read at most once: a query may ask for several."""

    def __init__(self, user: User) -> None:
        self.user = user

    @cached_property
    def people(self) -> dict[int, list[Name]]:
        """Everybody's, also of those who have left."""
        return {pk: [Name.of(name)] for pk, name in User.objects.values_list("pk", "name")}

    @cached_property
    def rooms(self) -> dict[int, list[Name]]:
        """Of a room's title and of its address; direct ones are called by who is in them."""
        rooms = list(self.user.get_rooms())
        name_members([room for room in rooms if room.kind == Room.Kind.DIRECT])
        return {room.pk: [Name.of(room.get_title(self.user)), Name.of(room.slug)] for room in rooms}

    def find_people(self, called: str) -> set[int]:
        """Whose name begins so, or one of its words does. `me`: oneself."""
        wanted = Name.of(called.lstrip("@＠"))
        found = {pk for pk, names in self.people.items() if any(name.begins(wanted) for name in names)}
        return found or ({self.user.pk} if wanted.spaced == "me" else set())

    def find_rooms(self, called: str) -> set[int]:
        """Which is called so; or begins so, or one of its words does."""
        wanted = Name.of(called.lstrip("#＃"))
        exact = {pk for pk, names in self.rooms.items() if wanted.joined in {name.joined for name in names}}
        return exact or {pk for pk, names in self.rooms.items() if any(name.begins(wanted) for name in names)}


def count_words(names: Iterable[list[Name]], words: list[str]) -> int:
    """How many of the words are a whole name, as many as can be: 2 of `Alice Moreau ferry`. 1 if none is."""
    known = {name.joined for each in names for name in each}
    words = [words[0].lstrip("@＠#＃"), *words[1:]]
    lengths = range(len(words), 1, -1)
    return next((length for length in lengths if Name.of(" ".join(words[:length])).joined in known), 1)
