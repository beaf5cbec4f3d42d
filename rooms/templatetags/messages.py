from threading import Lock

from cachetools import LRUCache, cached
from django import template
from django.template.loader import render_to_string
from django.utils.html import Urlizer, linebreaks
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import get_current_timezone_name
from django.utils.translation import get_language

from rooms.models import Message
from rooms.models.history import Entry, Page

register = template.Library()

KEPT_FRAGMENTS = 10_000
"""Messages kept as HTML in each process: a kilobyte or so each."""


class MessageUrlizer(Urlizer):
    """Django's own link finder, with what we say about links that strangers write."""

    url_template = '<a href="{href}" rel="noopener noreferrer nofollow ugc"{attrs}>{url}</a>'


find_links = MessageUrlizer()


@register.filter
def message_html(body: str) -> SafeString:
    """A message's text as HTML: escaped, with paragraphs and with links (http, https, mailto)."""
    return mark_safe(linebreaks(find_links(body, autoescape=True), autoescape=False))  # noqa: S308 (escaped above)


kept: LRUCache[object, SafeString] = LRUCache(KEPT_FRAGMENTS)
lock = Lock()


def key(message: Message | Entry) -> tuple[object, ...]:
    return *message.identity, get_language(), get_current_timezone_name()


@register.simple_tag
@cached(kept, key=key, lock=lock)
def show_message(message: Message) -> SafeString:
    """A message as every viewer of its cohort sees it, on pages and in frames; drawn once, then kept."""
    return render_to_string("messages/_message.html", {"message": message})


@register.simple_tag
def show_page(page: Page) -> SafeString:
    """The messages of a page of history. Only those that nobody has asked for before are read whole."""
    with lock:
        fragments = {entry.pk: kept.get(key(entry)) for entry in page.messages}
    if unknown := [pk for pk, fragment in fragments.items() if fragment is None]:
        fragments |= {
            message.pk: show_message(message) for message in Message.objects.for_display().filter(pk__in=unknown)
        }
    return mark_safe("".join(filter(None, fragments.values())))  # noqa: S308 (fragments of our own)
