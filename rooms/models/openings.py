"""How rooms come to be: opened by somebody, or made between people when they first need it."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.contrib.auth import get_user_model
from django.db import models, transaction
from django.utils.text import slugify

from rooms.models.inbox import refresh_inboxes
from rooms.models.workspace import Workspace

if TYPE_CHECKING:
    from rooms.models.room import Room
    from rooms.models.user import User


class RoomQuerySet(models.QuerySet["Room"]):
    def open_up(self, kind: str, *, name: str, creator: User, topic: str = "", people: Iterable[User] = ()) -> Room:
        """Create an open room (with everyone in it) or a closed one (with its creator and `people`)."""
        with transaction.atomic():
            Workspace.lock()  # Also keeps two rooms of one name from choosing the same slug.
            room = self.create(kind=kind, name=name, topic=topic, creator=creator, slug=self.free_slug(name))
            everyone = get_user_model().objects.active()
            room.admit(everyone if kind == self.model.Kind.OPEN else [creator, *people], by=creator)
        return room

    @transaction.atomic
    def dismiss(self, person: User) -> None:
        """Take somebody out of all these rooms: one after the other, they would be locked before the second room is."""
        for room in self.order_by("pk"):
            room._take_out({person.pk})
        refresh_inboxes([person.pk])

    def direct_between(self, people: Iterable[User]) -> Room:
        """The one direct room of exactly these people, made on first use. One query when it is there."""
        people = list(people)
        key = "-".join(str(pk) for pk in sorted({person.pk for person in people}))
        return self.filter(direct_key=key).first() or self._make_direct(key, people)

    @transaction.atomic
    def _make_direct(self, key: str, people: list[User]) -> Room:
        defaults = {"kind": self.model.Kind.DIRECT, "slug": f"d-{secrets.token_urlsafe(9)}", "creator": people[0]}
        room, created = self.get_or_create(direct_key=key, defaults=defaults)
        if created:
            room.admit(people)
        return room

    def free_slug(self, name: str) -> str:
        base = slugify(name, allow_unicode=True)[:60] or "room"
        taken = set(self.filter(slug__startswith=base).values_list("slug", flat=True)) | {"new"}
        return next(slug for slug in (base, *(f"{base}-{n}" for n in range(2, len(taken) + 3))) if slug not in taken)
