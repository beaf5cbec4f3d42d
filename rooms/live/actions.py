"""What a frame can do to a page: one helper for each, for `Feed.render`.

`target` is a CSS selector; a page that has nothing there ignores the action. `html` is what `render_to_string` returns:
text that is not marked as safe is escaped. Each returns HTML that is safe; add them to each other.

A page may be sent the same change twice. What replaces can be repeated; what inserts cannot, unless it is told the `id`
of the element that it inserts: one that is there already is then taken away first.
"""

from django.utils.html import format_html
from django.utils.safestring import SafeString

NOTHING = SafeString("")


def append(target: str, html: str, id: str = "") -> SafeString:
    """Insert as the last of the target's children."""
    return _insert("beforeend", target, html, id)


def prepend(target: str, html: str, id: str = "") -> SafeString:
    """Insert as the first of the target's children."""
    return _insert("afterbegin", target, html, id)


def before(target: str, html: str, id: str = "") -> SafeString:
    """Insert before the target."""
    return _insert("beforebegin", target, html, id)


def after(target: str, html: str, id: str = "") -> SafeString:
    """Insert after the target."""
    return _insert("afterend", target, html, id)


def replace(target: str, html: str) -> SafeString:
    """Put it in the place of the target."""
    return _swap("outerHTML", target, html)


def update(target: str, html: str) -> SafeString:
    """Make it the target's content. What stays the same stays: focus, scrolling, a menu that is open."""
    return _swap("innerMorph", target, html)


def remove(target: str) -> SafeString:
    """Take the target away."""
    return _swap("delete", target, NOTHING)


def upsert(target: str, html: str, key: str) -> SafeString:
    """Replace each element whose id is there; insert the others into the target in the order of their attribute `key`.

    Needs htmx's extension `upsert` in the page.
    """
    return format_html('<hx-upsert hx-target="{}" key="{}" sort>{}</hx-upsert>', target, key, html)


def _insert(style: str, target: str, html: str, id: str) -> SafeString:
    return (remove(f"#{id}") if id else NOTHING) + _swap(style, target, html)


def _swap(style: str, target: str, html: str) -> SafeString:
    return format_html('<hx-partial hx-target="{}" hx-swap="{}">{}</hx-partial>', target, style, html)
