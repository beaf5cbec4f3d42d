"""The door through which people's messages come, whether by form or by socket."""

import secrets
from collections.abc import Mapping
from datetime import timedelta
from math import ceil
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from rooms.models import KeyReused, Message, NotAMember, Room, User

BURST = 10
BURST_SECONDS = 10


class TooFast(Exception):
    """The person posted BURST messages in the last BURST_SECONDS; `wait` is when to try again, in seconds."""

    def __init__(self, wait: int) -> None:
        self.wait = wait
        super().__init__(
            ngettext(
                "Too many messages at once. Wait %(wait)d second, then send this again.",
                "Too many messages at once. Wait %(wait)d seconds, then send this again.",
                wait,
            )
            % {"wait": wait}
        )


def make_key() -> str:
    """The key of a page's first composer; the following ones count up from it."""
    return f"{secrets.token_urlsafe(9)}-1"


class BodyForm(forms.Form):
    body = forms.CharField(
        max_length=Message.MAX_LENGTH,
        # Leading spaces may be code; what is only spaces is refused below.
        strip=False,
        error_messages={"required": _("Write something first.")},
    )

    def clean_body(self) -> str:
        body: str = self.cleaned_data["body"].replace("\r\n", "\n").replace("\r", "\n").rstrip()
        if not body.strip():
            raise ValidationError(_("Write something first."), code="required")
        try:
            body.encode()
        except UnicodeEncodeError:
            raise ValidationError(_("This text holds a broken character. Remove it and send again.")) from None
        return body


class PostForm(BodyForm):
    key = forms.RegexField(r"^[A-Za-z0-9_-]{1,80}\Z", error_messages={"required": _("Reload the page and send again.")})


def post(user: User, room: Room, values: Mapping[str, Any]) -> Message:
    """Post `values` (`body`, `key`) to a room, or return what the same key posted before.

    Raises ValidationError (unfit text, or a key of another room), TooFast, or Room.DoesNotExist (not a member).
    """
    form = PostForm(values)
    if not form.is_valid():
        raise ValidationError([error for errors in form.errors.values() for error in errors])
    key = form.cleaned_data["key"]
    wait = find_wait(user, BURST)
    if wait and not user.messages.filter(key=key).exists():  # Sending the same message again is not another one.
        raise TooFast(wait)
    try:
        with transaction.atomic():
            message = room.post(user, form.cleaned_data["body"], key)
            # Once more, with it, now that nobody else posts for this person: many at once passed the first time.
            if wait := find_wait(user, BURST + 1):
                raise TooFast(wait)
            return message
    except KeyReused:
        raise ValidationError(_("This message was already sent in another room. Reload the page.")) from None
    except NotAMember:
        raise Room.DoesNotExist from None


def find_wait(user: User, burst: int) -> int | None:
    """The seconds until fewer than `burst` messages of a person are from the last BURST_SECONDS; None if they are."""
    now = timezone.now()
    window = timedelta(seconds=BURST_SECONDS)
    recent = user.messages.filter(created_at__gt=now - window).order_by("-created_at")
    first_of_burst = recent.values_list("created_at", flat=True)[burst - 1 : burst].first()
    return ceil((first_of_burst + window - now).total_seconds()) if first_of_burst else None
