"""The door through which people's messages come, whether by form or by socket."""

import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from math import ceil
from typing import Any

from django import forms
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from rooms.commands import Answer, Call, act, read_call, read_text, say
from rooms.files.models import FilesGone
from rooms.files.uploading import MOST_FILES
from rooms.models import Archived, KeyReused, Message, NotAMember, Room, User

BURST = 10
BURST_SECONDS = 10
LONGEST_ID = 18
KEY = re.compile(r"^[A-Za-z0-9_-]{1,80}\Z")


ARCHIVED = _("This room is archived: it can be read, and nothing in it changes.")


class TooFast(Exception):
    """The person posted BURST messages in the last BURST_SECONDS; `wait` is when to try again, in seconds."""

    def __init__(self, wait: int) -> None:
        self.wait = wait
        super().__init__(self.explain(wait) % {"wait": wait})

    def explain(self, wait: int) -> str:
        return ngettext(
            "Too many messages at once. Wait %(wait)d second, then send this again.",
            "Too many messages at once. Wait %(wait)d seconds, then send this again.",
            wait,
        )


class EditedTooFast(TooFast):
    """The same of edits."""

    def explain(self, wait: int) -> str:
        return ngettext(
            "Too many changes at once. Wait %(wait)d second, then save this again.",
            "Too many changes at once. Wait %(wait)d seconds, then save this again.",
            wait,
        )


class ReactedTooFast(TooFast):
    """The same of reactions."""

    def explain(self, wait: int) -> str:
        return ngettext(
            "Too many reactions at once. Wait %(wait)d second, then tap again.",
            "Too many reactions at once. Wait %(wait)d seconds, then tap again.",
            wait,
        )


class SearchedTooFast(TooFast):
    """The same of searches."""

    def explain(self, wait: int) -> str:
        return ngettext(
            "Too many searches at once. Wait %(wait)d second, then search again.",
            "Too many searches at once. Wait %(wait)d seconds, then search again.",
            wait,
        )


def make_key() -> str:
    """The key of a page's first composer; the following ones count up from it."""
    return f"{secrets.token_urlsafe(9)}-1"


def is_key(key: Any) -> bool:
    """Whether this may be the key of a composer. Anything may come in."""
    return bool(KEY.match(str(key)))


class BodyForm(forms.Form):
    body = forms.CharField(
        max_length=Message.MAX_LENGTH,
        # Leading spaces may be code; what is only spaces is refused below.
        strip=False,
        error_messages={"required": _("Write something first.")},
    )

    def __init__(self, *arguments: Any, needs_text: bool = True, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["body"].required = needs_text

    def clean_body(self) -> str:
        body: str = self.cleaned_data["body"].replace("\r\n", "\n").replace("\r", "\n").rstrip()
        if not body.strip() and self.fields["body"].required:
            raise ValidationError(_("Write something first."), code="required")
        try:
            body.encode()
        except UnicodeEncodeError:
            raise ValidationError(_("This text holds a broken character. Remove it and send again.")) from None
        return body


class PostForm(BodyForm):
    key = forms.RegexField(KEY, error_messages={"required": _("Reload the page and send again.")})


def post(user: User, room: Room, values: Mapping[str, Any]) -> Message | Answer:
    """Post `values` (`body`, `key`, maybe `reply_to`, `begun`) to a room, or return what the same key posted before.

    `file` names the uploads that go with it, each by its id: with them it needs no text. A text may be a command that
    says nothing in the room (`/topic`): that is done once for a key, and what is returned is for its author alone.

    Raises ValidationError (unfit text, an archived room, a key of another one), TooFast, or Room.DoesNotExist (not a
    member).
    """
    files = read_files(values)
    form = PostForm(values, needs_text=not files)
    if not form.is_valid():
        raise ValidationError([error for errors in form.errors.values() for error in errors])
    body, key, begun = form.cleaned_data["body"], form.cleaned_data["key"], str(values.get("begun") or "")
    call = read_call(body)
    words = say(call) if call else read_text(body)
    check_pace(user.commands.all() if words is None else user.messages.all(), key)
    try:
        if call and words is None:
            return obey(user, room, call, key, begun, files)
        original = find_original(room, values.get("reply_to"))
        return room.post(user, words or "", key, original, files, begun=begun)
    except KeyReused:
        raise ValidationError(_("This message was already sent in another room. Reload the page.")) from None
    except FilesGone:
        raise ValidationError(_("A file is not there any more. Attach it again."), code="files") from None
    except Archived:
        raise ValidationError(ARCHIVED, code="archived") from None
    except NotAMember:
        raise Room.DoesNotExist from None


def obey(user: User, room: Room, call: Call, key: str, begun: str, files: list[int]) -> Answer:
    if files:
        raise ValidationError(_("Files do not go with this command. Remove them, or send them first."), code="command")
    return act(user, room, call, key, begun)


def read_files(values: Mapping[str, Any]) -> list[int]:
    """The ids of the uploads that a form or a socket names. Raises ValidationError for too many."""
    given = values.getlist("file") if isinstance(values, QueryDict) else values.get("file") or []
    given = given if isinstance(given, list) else [given]
    ids = [int(pk) for pk in map(str, given) if pk.isascii() and pk.isdigit() and len(pk) <= LONGEST_ID]
    if len(set(ids)) > MOST_FILES:
        raise ValidationError(_("At most %(count)d files in a message.") % {"count": MOST_FILES}, code="files")
    return ids


def find_original(room: Room, pk: Any) -> Message | None:
    """The message that somebody replies to: one of the room's. Anything else is none.

    One that was erased meanwhile is still what they reply to: of that the reply shows that it is gone.
    """
    pk = str(pk or "")
    if not (pk.isascii() and pk.isdigit() and len(pk) <= LONGEST_ID):
        return None
    return room.messages.for_display().filter(pk=pk).first()


def check_pace(sent: QuerySet[Any], key: str) -> None:
    """Raise TooFast when a person has just sent a burst. Sending the same message again is not another one."""
    now = timezone.now()
    window = timedelta(seconds=BURST_SECONDS)
    recent = sent.filter(created_at__gt=now - window).order_by("-created_at")
    first_of_burst = recent.values_list("created_at", flat=True)[BURST - 1 : BURST].first()
    if first_of_burst and not sent.filter(key=key).exists():
        raise TooFast(ceil((first_of_burst + window - now).total_seconds()))


def check_edit_pace(user: User) -> None:
    """Raise EditedTooFast when a person has edited a burst, counting this edit, in these BURST_SECONDS."""
    if wait := count("edits", user, BURST):
        raise EditedTooFast(wait)


def check_reaction_pace(user: User) -> None:
    """Raise ReactedTooFast, in the same way. A tap is sooner done than an edit."""
    if wait := count("reactions", user, 2 * BURST):
        raise ReactedTooFast(wait)


def check_search_pace(user: User) -> None:
    """Raise SearchedTooFast, in the same way. Who types slowly asks three times a second."""
    if wait := count("searches", user, 3 * BURST):
        raise SearchedTooFast(wait)


def count(acts: str, user: User, burst: int) -> int:
    """Count an act of somebody's that leaves no row of its own; return for how many seconds it is one too many.

    Counted in the cache: several processes without Redis count each for itself.
    """
    now = timezone.now().timestamp()
    key = f"{acts}.{user.pk}.{now // BURST_SECONDS:.0f}"
    cache.add(key, 0, timeout=2 * BURST_SECONDS)
    with suppress(ValueError):  # Redis is away, and nothing is counted.
        if cache.incr(key) > burst:
            return ceil(BURST_SECONDS - now % BURST_SECONDS)
    return 0
