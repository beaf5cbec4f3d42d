import logging
from collections.abc import Sequence
from sys import getsizeof
from threading import Condition

from cachetools import LRUCache, cached
from django import template
from django.db import DatabaseError
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import get_current_timezone_name
from django.utils.translation import get_language

from rooms.models import Message
from rooms.models.history import Entry, Page
from rooms.models.saying import get_html, renew_html

logger = logging.getLogger(__name__)
register = template.Library()

QUIET = '<article aria-live="off"'
KEPT_BYTES = 24 * 1024 * 1024
"""Messages kept as HTML in each process. Most have 2 KB, or 8 with an emoji; some have 50."""


@register.filter
def message_html(message: Message) -> SafeString:
    """A message's text, as HTML that rooms.markup has made safe."""
    return mark_safe(get_html(message))  # noqa: S308 (an allow-list is the last that it passes)


kept: LRUCache[object, SafeString] = LRUCache(KEPT_BYTES, getsizeof)
# Whoever asks for what another thread is drawing waits for it: a post's answer and its frame are drawn at one time.
drawing = Condition()


def key(message: Message | Entry) -> tuple[object, ...]:
    return *message.identity, get_language(), get_current_timezone_name()


@register.simple_tag
def show_message(message: Message) -> SafeString:
    """A message as every viewer of its cohort sees it, on pages and in frames; drawn once, then kept.

    One that cannot be drawn says so, and stands in nobody's way.
    """
    try:
        return draw_message(message)
    except DatabaseError:
        raise  # This is not about the message.
    except Exception:
        logger.exception("Message %d cannot be drawn", message.pk)
        return render_to_string("messages/_unrenderable.html", {"message": message})


@cached(kept, key=key, condition=drawing)
def draw_message(message: Message) -> SafeString:
    return render_to_string("messages/_message.html", {"message": message})


@register.simple_tag
def show_quietly(message: Message) -> SafeString:
    """The same, not to be read out. A message that was changed since it was posted is quiet already."""
    return hush(show_message(message))


def hush(fragment: SafeString) -> SafeString:
    quiet = (
        fragment if ' aria-live="off"' in fragment[: fragment.index(">")] else fragment.replace("<article", QUIET, 1)
    )
    return mark_safe(quiet)  # noqa: S308 (a fragment of our own)


@register.filter
def duration(seconds: int) -> str:
    """As players write it: 0:07, 12:30, 1:02:03."""
    hours, minutes = divmod(seconds // 60, 60)
    return f"{hours}:{minutes:02}:{seconds % 60:02}" if hours else f"{minutes}:{seconds % 60:02}"


@register.simple_tag
def show_page(page: Page, unread: int | None = None, quiet: bool = False) -> SafeString:
    """The messages of a page of history, with a line above the one at the position `unread`, if that is among them.

    `quiet`: not to be read out.
    """
    fragments = draw(page.messages)
    if quiet:
        fragments = {pk: hush(fragment) for pk, fragment in fragments.items()}
    for message in page.messages:
        if message.position == unread and message.pk in fragments:
            line = render_to_string("messages/_unread.html", {"unread": unread})
            fragments[message.pk] = mark_safe(line + fragments[message.pk])  # noqa: S308 (ours, both)
    return mark_safe("".join(fragments.values()))  # noqa: S308 (fragments of our own)


def draw(messages: Sequence[Message | Entry]) -> dict[int, SafeString]:
    """Fragments by message, in their order. Of entries, only those that nobody has asked for before are read whole."""
    with drawing:
        known = {message.pk: kept.get(key(message)) for message in messages}
    unknown = [pk for pk, fragment in known.items() if fragment is None]
    read = {message.pk: message for message in messages if isinstance(message, Message)}
    if missing := [pk for pk in unknown if pk not in read]:
        read |= {message.pk: message for message in Message.objects.for_display().filter(pk__in=missing)}
        renew_html(read[pk] for pk in missing if pk in read)
    drawn = {pk: show_message(read[pk]) for pk in unknown if pk in read}
    return {pk: found for pk, fragment in known.items() if (found := fragment or drawn.get(pk)) is not None}
