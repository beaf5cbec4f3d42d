from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import IntegrityError, models, transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from rooms import broadcasts
from rooms.files.models import Attachment, FilesGone
from rooms.models.archiving import Archived, set_archived
from rooms.models.following import Before, follow, newest_message
from rooms.models.inbox import refresh_inboxes
from rooms.models.mentions import Candidates, find_mentions, read_candidates
from rooms.models.message import KeyReused
from rooms.models.openings import RoomQuerySet
from rooms.models.telling import forget, invite, tell_of
from rooms.models.workspace import Workspace
from rooms.outages import once_more
from rooms.search import index
from rooms.text import validate_name, validate_topic

if TYPE_CHECKING:
    from rooms.models.membership import Membership
    from rooms.models.message import Message
    from rooms.models.user import User


class NotAMember(Exception):
    """The person is not in the room, or no longer."""


def make_epoch() -> str:
    return secrets.token_hex(4)


class Room(models.Model):
    DIRECT_LIMIT = 20
    """How many people a direct room may have."""

    class Kind(models.TextChoices):
        OPEN = "open", _("Open to everyone")
        CLOSED = "closed", _("Closed: chosen people")
        DIRECT = "direct", _("Direct messages")

    kind = models.CharField(max_length=8, choices=Kind)
    public = models.BooleanField(default=False)
    slug = models.CharField(max_length=80, unique=True)
    name = models.CharField(_("name"), max_length=80, blank=True, validators=[validate_name])
    topic = models.CharField(_("topic"), max_length=250, blank=True, validators=[validate_topic])
    creator = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    direct_key = models.CharField(max_length=500, null=True, unique=True, editable=False)  # noqa: DJ001 (unique)
    epoch = models.CharField(max_length=16, default=make_epoch, editable=False)
    clock = models.PositiveBigIntegerField(default=0, editable=False)
    header_clock = models.PositiveBigIntegerField(default=0, editable=False)
    access_clock = models.PositiveBigIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    archived_at = models.DateTimeField(null=True, editable=False)

    objects = RoomQuerySet.as_manager()
    members: list[Membership]  # Given by name_members.

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(kind="direct", direct_key__isnull=False) | ~models.Q(kind="direct", direct_key=None),
                name="room_direct_has_key",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.slug

    def get_absolute_url(self) -> str:
        return reverse("room", args=[self.slug])

    def tick(self, stamp: str = "") -> int:
        """Take the room's next tick, stamp it on a column of the room if one is named, and return it.

        Call inside the transaction that makes the change.

        The UPDATE holds the room's row lock until commit, so ticks become visible in their own order: a reader that
        sees tick N sees every tick before it. A sequence would not do: its values commit out of order.
        """
        for name in filter(None, ("clock", stamp)):
            setattr(self, name, F("clock") + 1)
        self.save(
            update_fields=list(filter(None, ("clock", stamp)))
        )  # UPDATE … RETURNING: the tick comes with the lock.
        return self.clock

    def post(
        self,
        author: User,
        body: str,
        key: str,
        reply_to: Message | None = None,
        attachments: Sequence[int] = (),
        *,
        begun: str = "",
    ) -> Message:
        """Say something, maybe in reply, maybe with files. The same (author, key) again returns what it first made.

        `begun`: the key of the draft that this text comes from, where that is another one. What it made, if it said
        the same, is returned as well: the page may have been reloaded while the message was on its way.

        Raises NotAMember when the author is not in the room, Archived when nothing is said in it any more, KeyReused
        when the key was used in another room, FilesGone when a file (by its id) is not the author's to send.
        """
        try:
            return self._say(author, body, key, reply_to, read_candidates(body, self, author), attachments, begun)
        except (IntegrityError, Archived, FilesGone):
            # Tried first and asked afterwards: almost every key is new.
            earlier = author.messages.filter(key=key).first()
            if earlier is None:
                raise
            if earlier.room_id != self.pk:
                raise KeyReused from None
            return earlier

    @once_more
    @transaction.atomic
    def _say(
        self,
        author: User,
        body: str,
        key: str,
        reply_to: Message | None,
        candidates: Candidates,
        attachments: Sequence[int],
        begun: str,
    ) -> Message:
        from rooms.links.showing import preview
        from rooms.outside.schedule import schedule_message

        # Leaving waits for a post under way, and the reverse. Membership is asked after the lock, not with it: a
        # query that has waited for the room's row still sees the membership that was there when it began.
        tick = self.tick()
        standing = self.memberships.filter(user=author).values_list("room__archived_at", *newest_message()).first()
        if not standing:
            raise NotAMember
        archived_at, *before = standing
        if archived_at:
            raise Archived
        author.drafts.filter(room=self, key__in=(key, begun)).delete()
        if begun and (sent := author.messages.filter(room=self, key=begun, body=body).first()):
            return sent
        if reply_to:
            # Found before the lock. What it said then would be drawn, and kept as drawn, though it is erased by now.
            reply_to.refresh_from_db(fields=["body", "files", "erased_at"])
        mentions, spans = find_mentions(candidates, self, author)
        said = {"author": author, "key": key, "body": body, "mentions": mentions, "mention_spans": spans}
        said |= candidates.draw(spans)
        said |= follow(Before(*before), author.pk, body, reply_to)
        files = Attachment.objects.find(attachments, author, self)
        said["files"] = [file.describe() for file in files]
        message = self.messages.create(**said, reply_to=reply_to, position=tick, clock=tick)
        Attachment.objects.attach(message, files)
        index.add([message])
        tell_of(message)
        schedule_message(message)
        preview(message)
        broadcasts.room_changed(self.pk, tick)
        return message

    def archive(self) -> None:
        """Let the room be read only, and out of everybody's list. Raises ValueError for direct rooms."""
        set_archived(self, timezone.now())

    def unarchive(self) -> None:
        set_archived(self, None)

    def change(self, *, name: str, topic: str) -> None:
        """Rename the room or give it another topic, live on every page that shows it."""
        with transaction.atomic():
            refresh_inboxes(self._describe(name=name, topic=topic))

    @transaction.atomic
    def admit(self, people: Iterable[User], by: User | None = None) -> None:
        """Let these people in; those who are in already stay as they are. Somebody's doing (`by`) is an invitation."""
        refresh_inboxes(self._take_in({person.pk for person in people}, by))

    @transaction.atomic
    def dismiss(self, people: Iterable[User]) -> None:
        """Take these people out. The tick orders it: no frame of a later tick reaches them."""
        refresh_inboxes(self._take_out({person.pk for person in people}))

    @transaction.atomic
    def convert(self, kind: str, people: Iterable[User], by: User | None = None, **header: str) -> None:
        """Make the room open or closed and its members exactly `people` (everyone, when open).

        `header` may hold another `name` and `topic`: one form says all of it, and room lists are refreshed once.
        Raises ValueError for direct rooms: theirs is a fixed set of people.
        """
        if self.kind == Room.Kind.DIRECT or kind == Room.Kind.DIRECT:
            raise ValueError("A direct room is the room of its people and nothing else.")
        Workspace.lock()
        self.refresh_from_db(fields=["name", "topic", "kind", "creator"])  # Another may have been first.
        everyone = get_user_model().objects.active()
        chosen = {person.pk for person in (everyone if kind == Room.Kind.OPEN else people)}
        touched = self._describe(kind=kind, **header)
        touched |= self._take_in(chosen, by)
        touched |= self._take_out(self._people() - chosen)
        refresh_inboxes(touched)

    def _describe(self, **fields: str) -> set[int]:
        """Set these fields of what the room's header shows; return whose room lists show it, too."""
        changed = {name: value for name, value in fields.items() if value != getattr(self, name)}
        if not changed:
            return set()
        for name, value in changed.items():
            setattr(self, name, value)
        self.save(update_fields=list(changed))
        broadcasts.room_changed(self.pk, self.tick("header_clock"))
        return self._people()

    def _take_in(self, user_ids: set[int], by: User | None) -> set[int]:
        newcomers = user_ids - self._people()
        position = Room.objects.values_list("clock", flat=True).get(pk=self.pk)
        rows = [self.memberships.model(room=self, user_id=pk, read_position=position) for pk in sorted(newcomers)]
        self.memberships.bulk_create(rows, ignore_conflicts=True)
        # To an open room everybody comes by themselves; of a direct one its first message tells.
        if by and newcomers > {by.pk} & newcomers and self.kind == Room.Kind.CLOSED:
            invite(self, by, newcomers)
            self.tick("access_clock")  # So that something is there to be read, and the invitation with it.
        return newcomers

    def _take_out(self, user_ids: set[int]) -> set[int]:
        if not user_ids:
            return set()
        tick = self.tick("access_clock")
        self.memberships.filter(user__in=user_ids).delete()
        forget(self, user_ids)
        if self.creator_id in user_ids:
            self._pass_on()
        broadcasts.room_changed(self.pk, tick)
        for user_id in sorted(user_ids):
            broadcasts.access_changed(user_id, room_id=self.pk)
        return user_ids

    def _people(self) -> set[int]:
        return set(self.memberships.values_list("user_id", flat=True))

    def get_title(self, viewer: User) -> str:
        """The room's name as this person reads it: direct rooms are named after the others in them."""
        if self.kind != Room.Kind.DIRECT:
            return self.name
        name_members([self])
        names = [member.user.name for member in self.members if member.user_id != viewer.pk]
        separator = pgettext("between the names of people", ", ")
        return separator.join(sorted(names, key=str.casefold)) or gettext("%(name)s (you)") % {"name": viewer.name}

    def _pass_on(self) -> None:
        """Let the member of the longest standing look after the room, now that its creator is gone."""
        heir = self.memberships.order_by("created_at", "pk").values_list("user_id", flat=True).first()
        if heir:
            self.creator_id = heir
            self.save(update_fields=["creator"])


def name_members(rooms: Iterable[Room]) -> None:
    """Give each of these rooms its `members`: memberships with their people. One query; none where they are known."""
    from rooms.models.membership import Membership

    people = Membership.objects.select_related("user").order_by("pk")
    models.prefetch_related_objects(list(rooms), models.Prefetch("memberships", people, to_attr="members"))
