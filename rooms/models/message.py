from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import DatabaseError, models, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.timezone import localdate

from rooms import broadcasts
from rooms.files.models import name_files
from rooms.markup import to_text
from rooms.models.archiving import Archived
from rooms.models.erasing import ERASED_FIELDS, clear
from rooms.models.following import ACTION
from rooms.models.mentions import Candidates, find_mentions, read_candidates
from rooms.models.pins import pin, unpin
from rooms.models.reacting import normalize_reaction, set_reaction
from rooms.models.telling import tell_again
from rooms.models.wording import keep_wording
from rooms.outages import once_more
from rooms.search import index

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rooms.models.user import User


LOCKED_FIELDS = (*ERASED_FIELDS, "clock", "edited_at", "edited_by", "erased_at", "reply_to")
"""What may have changed while one waited for the room's lock. Of `reply_to` what it says: it is looked up again."""


EXCERPT_LENGTH = 120


class KeyReused(Exception):
    """The idempotency key already belongs to a message in another room."""


class MessageQuerySet(models.QuerySet["Message"]):
    def for_display(self) -> MessageQuerySet:
        return self.select_related("author", "room", "reply_to__author")


class Message(models.Model):
    """Something said in a room. `position` is the tick of its making (its place), `clock` of its last change."""

    MAX_LENGTH = 10_000

    room = models.ForeignKey("rooms.Room", models.CASCADE, related_name="messages")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="messages")
    key = models.CharField(max_length=80)
    body = models.TextField(max_length=MAX_LENGTH)
    mentions = models.JSONField(default=list, db_default=[])  # See User.toasts.
    """Whom the text names: ids of people who were in the room, `"room"`, `"here"`. Highlighting is CSS over it."""
    mention_spans = models.JSONField(default=list, db_default=[])
    """Where in the text that is, as pairs of offsets: a name may change later, and what was said does not."""
    called = models.JSONField(null=True)
    """The ids of those whom its `@here` meant, but for the invisible; None is not known, or too many to list."""
    reply_to = models.ForeignKey("self", models.SET_NULL, null=True, related_name="replies")
    html = models.TextField(default="", db_default="")
    """The text as HTML, safe as it is. Made again where `html_version` is not the one of the rules (rooms.markup)."""
    html_version = models.PositiveIntegerField(default=0, db_default=0)
    """Of the rules and of the text that they were applied to; see rooms.models.saying."""
    follows = models.BooleanField(default=False, db_default=False)
    """Whether it goes on from the message before it: the same author, shortly after. Nothing moves between them later:
    what is erased leaves its place behind."""
    previous_at = models.DateTimeField(null=True)
    """When the message before it was posted: another day, in the reader's time zone, begins with a line."""
    # What a fragment shows of rows elsewhere: to draw it reads one row. Written with them, under the room's lock.
    reactions = models.JSONField(default=list, db_default=[])
    """`[content, [user ids]]`, in the order of their first use."""
    files = models.JSONField(default=list, db_default=[])
    """See rooms.files."""
    previews = models.JSONField(default=list, db_default=[])
    """See rooms.links."""
    pinned_at = models.DateTimeField(null=True)
    pinned_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    position = models.PositiveBigIntegerField()
    clock = models.PositiveBigIntegerField()
    created_at = models.DateTimeField(default=timezone.now)
    edited_at = models.DateTimeField(null=True)
    edited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    erased_at = models.DateTimeField(null=True)
    erased_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    objects = MessageQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["author", "key"], name="message_key_unique"),
            models.UniqueConstraint(fields=["room", "position"], name="message_position_unique"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["room", "clock"], name="message_changes"),
            models.Index(fields=["author", "created_at"], name="message_rate"),
            models.Index(
                fields=["room", "pinned_at"], name="message_pins", condition=models.Q(pinned_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"message {self.pk} in room {self.room_id}"

    def get_absolute_url(self) -> str:
        return reverse("message", args=[self.pk])

    @property
    def identity(self) -> tuple[object, ...]:
        """All that its fragment depends on, but for the reader. Its own clock stands for what can change in its row.

        Within the room's epoch: after a restored backup the same number and clock may be another message.
        """
        answered = self.reply_to.author.name if self.reply_to else None
        return self.pk, self.room.epoch, self.clock, self.author.name, answered

    @property
    def marked_for(self) -> list[int | str]:
        """Whose pages mark it: ids, `"room"` for everybody, and `"here"` for whoever cannot be listed.

        Who was away when it said `@here` was not meant, and that is not known any more when it is read.
        """
        if "here" not in self.mentions:
            return self.mentions
        return [*dict.fromkeys([*self.mentions, *(["room"] if self.called is None else self.called)])]

    @property
    def is_action(self) -> bool:
        """Whether it says what its author does: `/me waves`."""
        return self.body.startswith(ACTION)

    @property
    def excerpt(self) -> str:
        """What it says in one line, for where it is only spoken of."""
        if self.erased_at:
            return ""
        said = to_text(self.body.removeprefix(ACTION), EXCERPT_LENGTH) or name_files(self.files)
        return Truncator(" ".join(said.split())).chars(EXCERPT_LENGTH)

    @property
    def begins_day(self) -> bool:
        """Whether the message before it is of another day, in the current time zone."""
        return self.previous_at is not None and localdate(self.previous_at) != localdate(self.created_at)

    @property
    def changed(self) -> bool:
        """Whether it was edited or erased since it was posted."""
        return self.clock != self.position

    def edit(self, body: str, by: User | None = None) -> None:
        """Say it differently, in the words of `by`: its author, if nobody is named. What it said before is kept.

        Editing to the same text changes nothing. Raises Archived.
        """
        self._reword(body, by or self.author, read_candidates(body, self.room, self.author))

    @once_more
    @transaction.atomic
    def _reword(self, body: str, by: User, candidates: Candidates) -> None:
        from rooms.links.showing import preview_again

        self._lock()
        if body == self.body or self.erased_at:
            return
        keep_wording(self)
        index.remove(self)
        self.body, self.edited_at, self.edited_by, before = body, timezone.now(), by, self.mentions
        self.mentions, self.mention_spans = find_mentions(candidates, self.room, self.author, before)
        drawn = candidates.draw(self.mention_spans)
        self.html, self.html_version = drawn["html"], drawn["html_version"]
        preview_again(self)
        self._stamp("body", *drawn, "edited_at", "edited_by", "mentions", "mention_spans", "previews")
        self._redraw_replies()
        index.add([self])
        tell_again(self, before)

    @once_more
    @transaction.atomic
    def erase(self, by: User) -> None:
        """Take it back: the text goes, a tombstone stays, so that pages that were away learn of it. Raises Archived."""
        self._lock()
        if self.erased_at:
            return
        self.erased_at, self.erased_by = timezone.now(), by
        clear(self)
        self._stamp(*ERASED_FIELDS, "erased_at", "erased_by")
        self._redraw_replies()

    @once_more
    @transaction.atomic
    def pin(self, by: User) -> None:
        """Keep it in sight for everybody in the room. Raises Archived, TooManyPins."""
        self._lock()
        if pin(self, by):
            self._stamp("pinned_at", "pinned_by")

    @once_more
    @transaction.atomic
    def unpin(self) -> None:
        """Raises Archived."""
        self._lock()
        if unpin(self):
            self._stamp("pinned_at", "pinned_by")

    def react(self, user: User, content: str) -> None:
        """Say something of it in an emoji or a word; once more changes nothing, nor does it of an erased message.

        Raises ValidationError (no reaction, or one too many), NotAMember, Archived.
        """
        self._react(user, normalize_reaction(content), True)

    def unreact(self, user: User, content: str) -> None:
        """Take it back, in the same way."""
        self._react(user, normalize_reaction(content), False)

    def toggle_reaction(self, user: User, content: str) -> None:
        """React, or take it back where this person did."""
        self._react(user, normalize_reaction(content), None)

    @once_more
    @transaction.atomic
    def _react(self, user: User, content: str, wanted: bool | None) -> None:
        from rooms.models.room import NotAMember

        self._lock()
        if not self.room.memberships.filter(user=user).exists():
            raise NotAMember
        if set_reaction(self, user, content, wanted):
            self._stamp("reactions")

    def _lock(self) -> None:
        """Take the room's lock, then look again: two people may be editing and erasing at once, a third archiving."""
        from rooms.models.room import Room

        if Room.objects.select_for_update(no_key=True).get(pk=self.room_id).archived_at:
            raise Archived
        self.refresh_from_db(fields=LOCKED_FIELDS)

    def _stamp(self, *fields: str) -> None:
        self.clock = self.room.tick()
        self.save(update_fields=[*fields, "clock"])
        broadcasts.room_changed(self.room_id, self.clock)

    def _redraw_replies(self) -> None:
        """They show what they reply to: they change with it, in the same tick."""
        self.replies.filter(erased_at=None).update(clock=self.clock)


def find_reworded(pks: Sequence[int]) -> list[Message]:
    """Of these messages those that say something else than when they were posted, or nothing any more."""
    reworded = Message.objects.filter(models.Q(edited_at__isnull=False) | models.Q(erased_at__isnull=False), pk__in=pks)
    with suppress(DatabaseError):  # Kept fragments are drawn without it.
        return list(reworded.only("body", "files", "erased_at")) if pks else []
    return []
