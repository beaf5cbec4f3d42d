from django import template
from django.utils.html import Urlizer, linebreaks
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


class MessageUrlizer(Urlizer):
    """Django's own link finder, with what we say about links that strangers write."""

    url_template = '<a href="{href}" rel="noopener noreferrer nofollow ugc"{attrs}>{url}</a>'


find_links = MessageUrlizer()


@register.filter
def message_html(body: str) -> SafeString:
    """A message's text as HTML: escaped, with paragraphs and with links (http, https, mailto)."""
    return mark_safe(linebreaks(find_links(body, autoescape=True), autoescape=False))  # noqa: S308 (escaped above)
