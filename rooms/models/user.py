from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar
from zoneinfo import available_timezones

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from rooms import broadcasts
from rooms.text import validate_name

if TYPE_CHECKING:
    from rooms.models.message import MessageQuerySet
    from rooms.models.room import RoomQuerySet


def validate_time_zone(value: str) -> None:
    if value not in available_timezones():
        raise ValidationError(_("Choose a time zone from the list."), code="time_zone")


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> User:
        """The person with this e-mail address, however its letters are cased: addresses are kept in lower case."""
        return self.get(email=(username or "").lower())

    @transaction.atomic
    def sign_up(self, *, email: str, name: str, password: str, **preferences: str) -> User:
        """Create a person and put them in every open room. Preferences are `language` and `time_zone`."""
        from rooms.models.room import Room

        user = self.model(email=email.lower(), name=name, **preferences)
        user.set_password(password)
        user.save()
        for room in Room.objects.filter(kind=Room.Kind.OPEN):
            room.admit([user])
        return user


class User(AbstractBaseUser):
    class Role(models.TextChoices):
        MEMBER = "member", _("Member")
        ADMINISTRATOR = "administrator", _("Administrator")

    email = models.EmailField(
        _("e-mail address"),
        unique=True,
        error_messages={"unique": _("Someone already uses this e-mail address. Sign in instead?")},
    )
    name = models.CharField(_("name"), max_length=80, validators=[validate_name])
    language = models.CharField(
        _("language"), max_length=12, choices=settings.LANGUAGES, default=settings.LANGUAGE_CODE
    )
    time_zone = models.CharField(
        _("time zone"), max_length=64, default=settings.TIME_ZONE, validators=[validate_time_zone]
    )
    role = models.CharField(_("role"), max_length=16, choices=Role, default=Role.MEMBER)
    is_active = models.BooleanField(default=True)
    inbox_clock = models.PositiveBigIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_administrator(self) -> bool:
        return self.role == self.Role.ADMINISTRATOR

    def get_rooms(self) -> RoomQuerySet:
        """The rooms this person is in: the set through which every room is looked up."""
        from rooms.models.room import Room

        return Room.objects.filter(memberships__user=self)

    def get_administered_rooms(self) -> RoomQuerySet:
        """The open and closed rooms whose settings this person may change."""
        from rooms.models.room import Room

        rooms = self.get_rooms().exclude(kind=Room.Kind.DIRECT)
        return rooms if self.is_administrator else rooms.filter(creator=self)

    def get_messages(self) -> MessageQuerySet:
        """The messages this person may read."""
        from rooms.models.message import Message

        return Message.objects.filter(room__memberships__user=self)

    def get_changeable_messages(self) -> MessageQuerySet:
        """The messages this person may edit or erase."""
        messages = self.get_messages().filter(erased_at=None)
        return messages if self.is_administrator else messages.filter(author=self)

    def deactivate(self) -> None:
        """Close the account: sessions end, live pages close, group memberships go; what was said stays."""
        from rooms.models.room import Room

        with transaction.atomic():
            self.is_active = False
            self.save(update_fields=["is_active"])
            for room in self.get_rooms().exclude(kind=Room.Kind.DIRECT):
                room.dismiss([self])
            broadcasts.access_changed(self.pk)

    def reactivate(self) -> None:
        from rooms.models.room import Room

        with transaction.atomic():
            self.is_active = True
            self.save(update_fields=["is_active"])
            for room in Room.objects.filter(kind=Room.Kind.OPEN):
                room.admit([self])

    def change_password(self, password: str) -> None:
        with transaction.atomic():
            self.set_password(password)
            self.save(update_fields=["password"])
            broadcasts.access_changed(self.pk)

    def signed_out(self) -> None:
        """Tell the live pages of this person to look whether their session still stands."""
        broadcasts.access_changed(self.pk)
