"""Which pages a message links to, and in which words they are asked for."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit, urlunsplit

from django.conf import settings
from django.http.request import validate_host

from rooms.markup import find_links
from rooms.outside.guard import Refused, check, default_port

if TYPE_CHECKING:
    from rooms.models import Message

MOST = 3
"""Previews of one message."""

LONGEST = 1000
"""Characters of an address."""

SAFE = "%/:@!$&'()*+,;=~-._?[]"

# What a browser would show or save by itself has no page around it to tell of.
FILES = frozenset(
    """
    7z aac apk avi avif bin bmp bz2 deb dmg doc docx epub exe flac gif gz heic ico iso jar jpeg jpg json m4a m4v mkv mov
    mp3 mp4 mpeg mpg msi ogg opus pdf png ppt pptx rar rpm svg tar tgz tif tiff txt wav webm webp xls xlsx xml xz zip
    """.split()  # noqa: SIM905
)

quoting = re.compile(r"<(/?)blockquote>")


def find_urls(message: Message) -> list[str]:
    """The pages that its text leads to, in their order: none of code, nor of what is only quoted."""
    urls = [url for link in find_links(without_quotes(message.html)) if (url := normalise(link))]
    return list(dict.fromkeys(urls))[:MOST]


def without_quotes(html: str) -> str:
    if "<blockquote>" not in html:
        return html
    said, depth, place = "", 0, 0
    for mark in quoting.finditer(html):
        if depth == 0:
            said += html[place : mark.start()]
        depth += -1 if mark[1] else 1
        place = mark.end()
    return said + html[place:]


def normalise(link: str) -> str:
    """The address of a page as it is asked for; "" for what is not asked: mail, files, ourselves, what is refused."""
    try:
        url = quote_address(link)
        path = check(url, settings.LINK_PREVIEWS_ALLOWED).path
    except (ValueError, Refused):
        return ""
    if len(url) > LONGEST or PurePosixPath(path).suffix.lower().removeprefix(".") in FILES or is_own(url):
        return ""
    return url


def quote_address(link: str) -> str:
    """An address as HTTP has it: in ASCII, without the place in the page. Raises ValueError."""
    parts = urlsplit(link)
    path, query = quote(parts.path or "/", safe=SAFE), quote(parts.query, safe=SAFE)
    return urlunsplit((parts.scheme.lower(), parts.netloc.lower(), path, query, ""))


def is_own(url: str) -> bool:
    """Whether it leads to this installation: its pages say who is asking, and to nobody but its people."""
    parts = urlsplit(url)
    host, port = (parts.hostname or "").rstrip("."), parts.port or default_port(parts)
    names = [name for name in settings.ALLOWED_HOSTS if name != "*"]
    if port in {80, 443, settings.PORT} and validate_host(f"[{host}]" if ":" in host else host, names):
        return True
    origins = [urlsplit(origin) for origin in (settings.BASE_URL, *settings.LIVE_ALLOWED_ORIGINS) if origin]
    return (host, port) in [(origin.hostname, origin.port or default_port(origin)) for origin in origins]
