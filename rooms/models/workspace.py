from __future__ import annotations

import secrets
from typing import ClassVar

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from rooms.text import validate_name


def make_join_code() -> str:
    # 24 characters of a 64-letter alphabet: 144 bits, beyond guessing.
    return secrets.token_urlsafe(18)


class Workspace(models.Model):
    """The one team this installation serves. Its existence means that set-up is done."""

    SINGLETON = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=SINGLETON, editable=False)
    name = models.CharField(_("team name"), max_length=80, default="Rooms", validators=[validate_name])
    join_code = models.CharField(max_length=40, unique=True, default=make_join_code)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=models.Q(id=1), name="workspace_singleton")]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def current(cls) -> Workspace | None:
        return cls.objects.filter(pk=cls.SINGLETON).first()

    @classmethod
    @transaction.atomic
    def set_up(cls, *, team: str, room: str, email: str, name: str, password: str, **preferences: str):
        """Create the team, its first open room and its administrator; return the administrator.

        Raises django.db.IntegrityError when another request was first: the primary key admits one row.
        """
        from rooms.models.room import Room
        from rooms.models.user import User

        cls.objects.create(name=team)
        administrator = User.objects.sign_up(email=email, name=name, password=password, **preferences)
        administrator.role = User.Role.ADMINISTRATOR
        administrator.save(update_fields=["role"])
        Room.objects.open_up(Room.Kind.OPEN, name=room, creator=administrator)
        return administrator

    def regenerate_join_code(self) -> None:
        self.join_code = make_join_code()
        self.save(update_fields=["join_code"])
