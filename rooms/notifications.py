"""The door through which any code puts something before a person: a view, a task, a command, the shell."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from itertools import batched
from typing import Any
from urllib.parse import urlsplit

from django.db import models, transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.html import format_html
from django.utils.safestring import SafeString

from rooms.models import Notification, Room, User
from rooms.models.inbox import refresh_inboxes
from rooms.models.notification import created

logger = logging.getLogger("rooms.notifications")

KIND = re.compile(r"[a-z][a-z0-9_-]{0,39}")
KEY_LENGTH = 120
AT_ONCE = 10_000
"""People of one statement: SQLite may know no more than 32,766 parameters."""


def notify(
    recipient: User,
    kind: str,
    source: models.Model | str,
    *,
    template: str,
    context: Mapping[str, Any] | None = None,
    url: str = "",
    actor: User | None = None,
    room: Room | None = None,
) -> Notification:
    """Put a notification before a person; return it.

    It is on all their open pages within a second; within three where no bell is heard, as from a command or a shell
    without REDIS_URL.

    The same `recipient`, `kind` and `source` are one notification, however often this is called and by however many
    processes at once: later calls return the first one as it is, read or not, and tell nobody anything.

    - `recipient`: who is told. Must be active.
    - `kind`: a word of your own, as `deploy`: lower-case letters, digits, `-` and `_`, 40 at most. Not one of the
      chat's own (`Notification.Kind`).
    - `source`: what it is about: a saved model instance, or a string that names it, of any length (`"api 4.2"`).
    - `template`: the path of a template that draws it as a line of HTML, without a link around it. It is given
      `notification` and everything in `context`, and is rendered anew on each reading, in the reader's language and
      time zone: write its text with `{% translate %}`.
    - `context`: a dict of what JSON can hold, with strings for keys. It is kept as it is now.
    - `url`: where the notification leads: an address with http or https, or a path of this site. 500 characters at
      most. Without one it leads to its room, or to the notifications.
    - `actor`: the person who caused it, whose picture it then has.
    - `room`: the room it belongs to. Who is not in that room, leaves it or silences it does not see it; who reads the
      room has read it.

    Inside a transaction it becomes visible with that transaction's end, or never. It takes a lock of the recipient's
    row: notify several people in one transaction in the order of their ids. Call it after whatever locks a room.

    Raises ValueError for an inactive or unsaved recipient, an unfit kind, an unsaved source, or an unfit url; TypeError
    for a context that is not JSON; TemplateDoesNotExist or TemplateSyntaxError (of django.template), and whatever else
    the template raises: it is rendered once, now, in the recipient's language. Nothing is written then.
    """
    check_kind(kind)
    check_url(url)
    check_recipient(recipient)
    fact = {"kind": kind, "template": template, "context": check_context(context), "url": url}
    key = make_key(kind, source)
    try_out(Notification(recipient=recipient, actor=actor, room=room, **fact))
    with transaction.atomic():
        defaults = {**fact, "actor": actor, "room": room}
        notification, new = Notification.objects.get_or_create(recipient=recipient, key=key, defaults=defaults)
        if new:
            created([recipient.pk], notification.room_id)
            refresh_inboxes([recipient.pk])
    return notification


def withdraw(kind: str, source: models.Model | str, recipient: User | None = None) -> int:
    """Take back what `notify` has told of a source, read or not, from one person or from all; return how many it was.

    `kind` and `source` are what `notify` was given. A row that is about to be deleted is withdrawn before: afterwards
    it has no key that would tell which it was. What has been sent outside of the browser is sent. Who is notified of
    the same source again is told anew.

    Inside a transaction it is done with that transaction's end, or never, and takes a lock of each of these people's
    rows: call it after whatever locks a room. Raises ValueError for an unfit kind and a source without a key.
    """
    check_kind(kind)
    told = Notification.objects.filter(key=make_key(kind, source))
    if recipient is not None:
        told = told.filter(recipient=recipient)
    with transaction.atomic():
        # In the order of their keys, as whoever reads them: the two would otherwise wait for each other.
        rows = told.order_by("pk").select_for_update(no_key=True)
        people = [*rows.values_list("recipient_id", flat=True)]
        for some in batched(sorted(people), AT_ONCE):
            told.filter(recipient__in=some).delete()
            refresh_inboxes(some)
    return len(people)


def check_kind(kind: str) -> None:
    if not KIND.fullmatch(kind):
        raise ValueError(f"{kind!r} is no kind: write 1 to 40 of a-z, 0-9, - and _, beginning with a letter.")
    if kind in Notification.Kind:
        raise ValueError(f"The kind {kind!r} is the chat's own: choose another word.")


def check_url(url: str) -> None:
    parts = urlsplit(url)
    ours = url == "" or (url.startswith("/") and not url.startswith(("//", "/\\")))
    if len(url) > 500 or not (ours or (parts.scheme in {"http", "https"} and parts.netloc)):
        raise ValueError(f"{url!r} is no address: write http://… or https://…, or a path of this site as /polls/1/.")


def check_recipient(recipient: User) -> None:
    # Asked of the database: whoever calls may have read this person long ago.
    if not User.objects.filter(pk=recipient.pk, is_active=True).exists():
        raise ValueError(f"{recipient} is not active and reads no notifications.")


def check_context(context: Mapping[str, Any] | None) -> dict[str, Any]:
    """The context as it will be read. `notification` is the name of the notification itself."""
    kept = dict(context or {})
    if any(not isinstance(name, str) for name in kept) or "notification" in kept:
        raise TypeError("The names in a notification's context are strings, and none is `notification`.")
    try:
        text = json.dumps(kept, allow_nan=False, ensure_ascii=False).encode()
    except (TypeError, ValueError) as error:
        raise TypeError(f"A notification's context is kept as JSON: {error}.") from error
    if b"\\u0000" in text:
        raise TypeError("A notification's context holds a null character, which no database keeps.")
    read: dict[str, Any] = json.loads(text)
    return read


def make_key(kind: str, source: models.Model | str) -> str:
    if isinstance(source, models.Model):
        if source.pk is None:
            raise ValueError(f"The source of a notification has to be saved first: {source!r}.")
        source = f"{source._meta.label_lower} {source.pk}"
    key = f"{kind}:{source}"
    # What is too long for the column still has to be one and the same.
    return key if len(key) <= KEY_LENGTH else f"{kind}:{sha256(source.encode()).hexdigest()}"


def try_out(notification: Notification) -> None:
    reader = notification.recipient
    with translation.override(reader.language), timezone.override(reader.time_zone):
        render(notification)


def render(notification: Notification) -> SafeString:
    return render_to_string(notification.template, {**notification.context, "notification": notification})


def draw(notification: Notification) -> SafeString:
    """What it says, as HTML, in the active language and time zone. The kind alone where its template fails."""
    try:
        return render(notification)
    except Exception:
        # Any: it is somebody else's template, written for what there was then. One of them must not take the page, the
        # feed or the e-mail with all the others from its reader.
        complain(notification.template)
        return format_html("<b>{}</b>", notification.kind)


@cache
def complain(template: str) -> None:
    """Log the exception that is being handled, once a process: it comes back with every page that shows it."""
    logger.exception("The template %s of a notification cannot be used", template)
