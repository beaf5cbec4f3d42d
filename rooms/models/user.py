from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, ClassVar
from zoneinfo import available_timezones

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from rooms import broadcasts
from rooms.models.inbox import refresh_inboxes
from rooms.text import validate_name

if TYPE_CHECKING:
    from rooms.files.models import AttachmentQuerySet
    from rooms.models.message import MessageQuerySet
    from rooms.models.openings import RoomQuerySet
    from rooms.models.room import Room


class LastAdministrator(Exception):
    """Without this administrator there would be none."""


class EmailTaken(Exception):
    """Somebody else has signed up with the e-mail address of a closed account."""


def make_epoch() -> str:
    return secrets.token_hex(4)


def validate_time_zone(value: str) -> None:
    if value not in available_timezones():
        raise ValidationError(_("Choose a time zone from the list."), code="time_zone")


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> User:
        """The person with this e-mail address, however its letters are cased: addresses are kept in lower case."""
        return self.get(email=(username or "").lower())

    def active(self) -> models.QuerySet[User]:
        """The people who are here, in the order of their names."""
        return self.filter(is_active=True).order_by(Lower("name"), "pk")

    def sign_up(self, *, email: str, name: str, password: str, **preferences: str) -> User:
        """Create a person and put them in every open room. Preferences are `language` and `time_zone`.

        Raises django.db.IntegrityError when somebody else has this e-mail address.
        """
        user = self.model(email=email.lower(), name=name, **preferences)
        user.set_password(password)  # Outside the transaction: hashing takes long, and SQLite has one writer.
        self.welcome(user)
        return user

    @transaction.atomic
    def welcome(self, user: User) -> None:
        """Save a new or returning person as active, a member of every open room."""
        from rooms.models.room import Room
        from rooms.models.workspace import Workspace

        Workspace.lock()
        user.is_active = True
        user.save()
        for room in Room.objects.filter(kind=Room.Kind.OPEN):
            room.admit([user])


class User(AbstractBaseUser):
    class Toasts(models.TextChoices):
        """Which news from elsewhere slides into the page one is looking at."""

        NOTHING = "nothing", _("Nothing")
        NOTIFICATIONS = "notifications", _("What is meant for me: mentions, replies, direct messages, invitations")
        EVERYTHING = "everything", _("That, and every message in rooms I follow")

    class Role(models.TextChoices):
        MEMBER = "member", _("Member")
        ADMINISTRATOR = "administrator", _("Administrator")

    email = models.EmailField(  # noqa: DJ001 (unique)
        _("e-mail address"),
        unique=True,
        null=True,  # A closed account has none, so that the address can be used again.
        error_messages={"unique": _("Someone already uses this e-mail address. Sign in instead?")},
    )
    former_email = models.EmailField(blank=True, editable=False)
    name = models.CharField(_("name"), max_length=80, validators=[validate_name])
    language = models.CharField(
        _("language"), max_length=12, choices=settings.LANGUAGES, default=settings.LANGUAGE_CODE
    )
    time_zone = models.CharField(
        _("time zone"), max_length=64, default=settings.TIME_ZONE, validators=[validate_time_zone]
    )
    role = models.CharField(_("role"), max_length=16, choices=Role, default=Role.MEMBER)
    is_active = models.BooleanField(default=True)
    session_epoch = models.CharField(max_length=16, default=make_epoch, editable=False)
    inbox_clock = models.PositiveBigIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    # The defaults of columns that came later stand in the database, too: while a new version takes over, the old one
    # goes on inserting rows and names none of these.
    toasts = models.CharField(
        _("toasts"), max_length=16, choices=Toasts, default=Toasts.NOTIFICATIONS, db_default=Toasts.NOTIFICATIONS
    )
    sound = models.BooleanField(_("sound"), default=False, db_default=False)
    invisible = models.BooleanField(_("invisible"), default=False, db_default=False)
    shares_receipts = models.BooleanField(_("read receipts"), default=True, db_default=True)
    shares_last_seen = models.BooleanField(_("last seen"), default=True, db_default=True)
    last_seen_at = models.DateTimeField(null=True, editable=False)
    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True)
    quiet_until = models.TimeField(_("quiet until"), null=True, blank=True)
    snoozed_until = models.DateTimeField(null=True, editable=False)

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

    def administers(self, room: Room) -> bool:
        """Whether a room this person is in is one of those."""
        return room.kind != room.Kind.DIRECT and (self.is_administrator or room.creator_id == self.pk)

    def get_messages(self) -> MessageQuerySet:
        """The messages this person may read."""
        from rooms.models.message import Message

        return Message.objects.filter(room__memberships__user=self)

    def get_files(self) -> AttachmentQuerySet:
        """The files this person may see: those of the messages they may read, and their own that they have not sent."""
        from rooms.files.models import Attachment

        files = Attachment.objects.filter(room__memberships__user=self)
        sent = models.Q(message__isnull=False, message__erased_at=None)
        return files.filter(sent | models.Q(message=None, owner=self))

    def get_answerable_messages(self) -> MessageQuerySet:
        """The messages that this person has or had the right to change, whether they are erased or not."""
        messages = self.get_messages()
        return messages if self.is_administrator else messages.filter(author=self)

    def get_changeable_messages(self) -> MessageQuerySet:
        """The messages this person may edit or erase."""
        return self.get_answerable_messages().filter(erased_at=None)

    def introduce(self, *, name: str, language: str, time_zone: str) -> None:
        """Change what this person says of themselves. Room lists that name them follow."""
        with transaction.atomic():
            directs = self.get_rooms().filter(kind="direct")
            partners = type(self).objects.filter(memberships__room__in=directs).values_list("pk", flat=True)
            refresh_inboxes({self.pk, *partners})
            moved = (language, time_zone) != (self.language, self.time_zone)
            self.name, self.language, self.time_zone = name, language, time_zone
            self.save(update_fields=["name", "language", "time_zone"])
            if moved:
                broadcasts.access_changed(self.pk)  # Open pages come back in the other language.

    @transaction.atomic
    def change_role(self, role: str) -> None:
        """Make this person an administrator or a member. Raises LastAdministrator."""
        if role != self.Role.ADMINISTRATOR:
            self._require_another_administrator()
        self.role = self.Role(role)
        self.save(update_fields=["role"])
        broadcasts.access_changed(self.pk)

    @transaction.atomic
    def deactivate(self) -> None:
        """Close the account: sessions end, live pages close, memberships but those of direct rooms go; the e-mail
        address is free again; what was said stays. Nothing reaches them outside either. Raises LastAdministrator.
        """
        from rooms.outside.models import forget

        self._require_another_administrator()
        self.get_rooms().exclude(kind="direct").dismiss(self)
        # After the rooms: whoever has a room's lock, to post, may be waiting for this row.
        self.is_active = False
        self.email, self.former_email = None, self.email or self.former_email
        self.session_epoch = make_epoch()  # Or a stolen session would revive with the account.
        self.save(update_fields=["is_active", "email", "former_email", "session_epoch"])
        forget(self)
        broadcasts.access_changed(self.pk)

    def reactivate(self) -> None:
        """Open the account again, in the open rooms. Raises EmailTaken."""
        self.email = self.email or self.former_email
        try:
            type(self).objects.welcome(self)
        except IntegrityError:
            raise EmailTaken from None

    def set_manners(self, *, invisible: bool | None = None, **fields: object) -> None:
        """Choose how news reaches this person and what others see of them; their open pages follow.

        `fields`: toasts, sound, shares_receipts, shares_last_seen, quiet_from, quiet_until.
        """
        with transaction.atomic():
            refresh_inboxes([self.pk])
            for name, value in fields.items():
                setattr(self, name, value)
            self.save(update_fields=list(fields))
            if invisible not in (None, self.invisible):
                self.change_visibility(invisible=bool(invisible))

    def change_visibility(self, *, invisible: bool) -> None:
        """Be shown to others as here, or look like somebody who has just gone. Open pages follow at once."""
        with transaction.atomic():
            if invisible and not self.invisible:
                self.last_seen_at = timezone.now()
            self.invisible = invisible
            self.save(update_fields=["invisible", "last_seen_at"])
            broadcasts.presence_changed(self.pk)

    def change_password(self, password: str) -> None:
        with transaction.atomic():
            self.set_password(password)
            self.save(update_fields=["password"])
            broadcasts.access_changed(self.pk)

    def signed_out(self) -> None:
        """Tell the live pages of this person to look whether their session still stands."""
        broadcasts.access_changed(self.pk)

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What a session holds to show that it is still good: another password or epoch ends them all."""
        stamp = f"{self.session_epoch} {self.password}"
        return salted_hmac("rooms.session", stamp, secret=secret, algorithm="sha256").hexdigest()

    def _require_another_administrator(self) -> None:
        from rooms.models.workspace import Workspace

        # Under the lock: two administrators may be stepping down at once, each in sight of the other.
        Workspace.lock()
        administrators = type(self).objects.active().filter(role=self.Role.ADMINISTRATOR)
        if not administrators.exclude(pk=self.pk).exists() and administrators.exists():
            raise LastAdministrator
