from threading import Lock

from cachetools import LRUCache, cached
from django import template
from django.template.loader import render_to_string
from django.utils.html import Urlizer, linebreaks
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import get_current_timezone_name
from django.utils.translation import get_language

from rooms.models import Message

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


def identify(message: Message) -> tuple[object, ...]:
    """All that a message's fragment depends on. Its own clock stands for whatever can change in its row.

    Within the room's epoch: after a restored backup the same number and clock may be another message.
    """
    row = message.pk, message.room.epoch, message.clock
    return *row, message.author.name, get_language(), get_current_timezone_name()


@register.simple_tag
@cached(LRUCache(KEPT_FRAGMENTS), key=identify, lock=Lock())
def show_message(message: Message) -> SafeString:
    """A message as every viewer of its cohort sees it, on pages and in frames; drawn once, then kept."""
    return render_to_string("messages/_message.html", {"message": message})
