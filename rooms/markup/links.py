"""Which addresses become links."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import urlsplit

from linkify_it import LinkifyIt

from rooms.text import BIDI_CONTROLS

# Of names without http:// only those that hardly ever end a file's name, or one sentence without a space after it.
DOMAINS = ["app", "com", "dev", "edu", "gov", "int", "io", "jp", "mil", "net", "org"]

address = re.compile(r"https?://[^/\\?#]|mailto:[^/\\]", re.IGNORECASE)
link = re.compile(r'<a href="([^"]*)"')


class Linkifier(LinkifyIt):
    """Finds addresses in running text. Not to be used by two threads at once."""

    def __init__(self) -> None:
        super().__init__()
        self.add("ftp:", None)
        self.add("//", None)
        self.tlds(DOMAINS)

    def normalize(self, match: object) -> None:
        """What is named without a scheme is asked for by the one that cannot be listened in on."""
        super().normalize(match)
        if not match.schema:  # type: ignore[attr-defined]
            match.url = "https://" + match.url.removeprefix("http://")  # type: ignore[attr-defined]


def may_link(url: str) -> bool:
    """Whether a link may lead there: a page, or somebody's mail; not one that poses as another (`bank.example@evil`).

    `https:x` is a path here, in spite of its looks: browsers take it as relative.
    """
    if not address.match(url) or BIDI_CONTROLS.intersection(url):
        return False
    try:
        return urlsplit(url).username is None
    except ValueError:
        return False


def find_links(html: str) -> list[str]:
    """Where the links of a rendered text lead, in their order, each once."""
    return list(dict.fromkeys(map(unescape, link.findall(html))))
