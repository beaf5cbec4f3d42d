from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, ClassVar

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from rooms.text import validate_name

if TYPE_CHECKING:
    from rooms.models.user import User


def make_join_code() -> str:
    # 24 characters of a 64-letter alphabet: 144 bits, beyond guessing.
    return secrets.token_urlsafe(18)


class Workspace(models.Model):
    """The one team this installation serves. Its existence means that set-up is done."""

    class CrowdMentions(models.TextChoices):
        """Who may write @room and @here."""

        EVERYONE = "everyone", _("Everyone")
        ADMINISTRATORS = "administrators", _("Administrators only")

    SINGLETON = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=SINGLETON, editable=False)
    name = models.CharField(_("team name"), max_length=80, default="Rooms", validators=[validate_name])
    join_code = models.CharField(max_length=40, unique=True, default=make_join_code)
    created_at = models.DateTimeField(auto_now_add=True)
    crowd_mentions = models.CharField(
        _("who may mention everyone"),
        max_length=16,
        choices=CrowdMentions,
        default=CrowdMentions.EVERYONE,
        db_default=CrowdMentions.EVERYONE,  # See User.toasts.
    )

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=models.Q(id=1), name="workspace_singleton")]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def current(cls) -> Workspace | None:
        return cls.objects.filter(pk=cls.SINGLETON).first()

    @classmethod
    def lock(cls) -> None:
        """Until the transaction ends, be the only one who changes who is here, who administers, what is open to all.

        Otherwise somebody who signs up while a room is being opened would be missed by both sides.
        """
        cls.objects.select_for_update().filter(pk=cls.SINGLETON).first()

    @classmethod
    def set_up(cls, *, team: str, room: str, email: str, name: str, password: str, **preferences: str) -> User:
        """Create the team, its first open room and its administrator; return the administrator.

        Raises django.db.IntegrityError when another request was first: the primary key admits one row.
        """
        from rooms.models.room import Room
        from rooms.models.user import User

        administrator = User(email=email.lower(), name=name, role=User.Role.ADMINISTRATOR, **preferences)
        administrator.set_password(password)
        with transaction.atomic():
            cls.objects.create(name=team)
            User.objects.welcome(administrator)
            Room.objects.open_up(Room.Kind.OPEN, name=room, creator=administrator)
        return administrator

    def regenerate_join_code(self) -> None:
        self.join_code = make_join_code()
        self.save(update_fields=["join_code"])
