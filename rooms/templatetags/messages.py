from collections.abc import Sequence
from threading import Condition

from cachetools import LRUCache, cached
from django import template
from django.template.loader import render_to_string
from django.utils.html import Urlizer, format_html, linebreaks
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import get_current_timezone_name
from django.utils.translation import get_language

from rooms.models import Message
from rooms.models.history import Entry, Page

register = template.Library()

QUIET = '<article aria-live="off"'
KEPT_FRAGMENTS = 10_000
"""Messages kept as HTML in each process: a kilobyte or so each."""


class MessageUrlizer(Urlizer):
    """Django's own link finder, with what we say about links that strangers write."""

    url_template = '<a href="{href}" rel="noopener noreferrer nofollow ugc"{attrs}>{url}</a>'


find_links = MessageUrlizer()


@register.filter
def message_html(body: str, mentions: Sequence[tuple[int, int]] = ()) -> SafeString:
    """A message's text as HTML: escaped, with paragraphs, links (http, https, mailto) and marks where it names people.

    `mentions`: from where to where it does so. No name is looked for here: what was said stays said.
    """
    pieces, rest = [], 0
    for start, end in mentions:
        mark = format_html('<span class="mention">{}</span>', body[start:end])
        pieces += [find_links(body[rest:start], autoescape=True), mark]
        rest = end
    html = "".join([*pieces, find_links(body[rest:], autoescape=True)])
    return mark_safe(linebreaks(html, autoescape=False))  # noqa: S308 (escaped above)


kept: LRUCache[object, SafeString] = LRUCache(KEPT_FRAGMENTS)
# Whoever asks for what another thread is drawing waits for it: a post's answer and its frame are drawn at one time.
drawing = Condition()


def key(message: Message | Entry) -> tuple[object, ...]:
    return *message.identity, get_language(), get_current_timezone_name()


@register.simple_tag
@cached(kept, key=key, condition=drawing)
def show_message(message: Message) -> SafeString:
    """A message as every viewer of its cohort sees it, on pages and in frames; drawn once, then kept."""
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
    drawn = {pk: show_message(read[pk]) for pk in unknown if pk in read}
    return {pk: found for pk, fragment in known.items() if (found := fragment or drawn.get(pk)) is not None}
