"""The last step: an allow-list that everything passes, whatever made it."""

from __future__ import annotations

import re

import nh3

from rooms.markup.highlighting import CLASSES
from rooms.markup.links import may_link

SIDES = {"align": {"left", "center", "right"}}
TEXT = {"a", "br", "code", "del", "em", "s", "span", "strong"}
BLOCKS = {"blockquote", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "ul"}
TABLES = {"table", "tbody", "td", "th", "thead", "tr"}


def check(tag: str, name: str, value: str) -> str | None:
    return value if name != "href" or may_link(value) else None


cleaner = nh3.Cleaner(
    tags=TEXT | BLOCKS | TABLES,
    # No ids, names, styles, and nothing that htmx reads. Left unsaid, `*` allows titles.
    attributes={"*": set(), "a": {"href"}, "ol": {"start"}},
    tag_attribute_values={"td": SIDES, "th": SIDES},
    allowed_classes={"span": {"mention", *CLASSES}, "p": {"emoji"}, "ol": {"wide", "wider", "widest"}},
    attribute_filter=check,
    url_schemes={"http", "https", "mailto"},
    url_relative="deny",
    link_rel="noopener noreferrer nofollow ugc",
)


# Markdown takes some for addresses that browsers do not: without it the element looks like a link, and is none.
hollow = re.compile(r'<a rel="[^"]*">(.*?)</a>', re.DOTALL)


def sanitise(html: str) -> str:
    return hollow.sub(r"\1", cleaner.clean(html))
