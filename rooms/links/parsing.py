"""What a page says of itself: its title, and what it offers to be shown of it elsewhere.

A scan for the few tags that say so, which takes no longer than the page is long. The parsers at hand take hours for a
megabyte that was written to that end: html.parser for one of `<a <a <a`, html5ever for one of `<div><div><div>`.
"""

from __future__ import annotations

import re
from html import unescape
from typing import NamedTuple

MOST_TAGS = 1000
LONGEST_TAG = 8000

TITLE_LENGTH, DESCRIPTION_LENGTH = 200, 300

DESCRIPTIONS = ("og:description", "twitter:description", "description")
IMAGES = ("og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src")

# Others are hardly met, or cost more than the page is long (punycode).
CHARSETS = re.compile(
    r"(utf-?(8|16)(le|be)?|us-ascii|ascii|latin-?1|iso-8859-\d+|windows-\d+|cp\d+|koi8-[ru]|shift[_-]jis|sjis|euc-jp"
    r"|iso-2022-jp|euc-kr|gb2312|gbk|gb18030|big5)\Z",
    re.IGNORECASE,
)
charset = re.compile(rb"charset\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)
beginning = re.compile(
    r"<(!--|meta(?=[\s/])|(?:title|script|style|noscript|template|textarea)(?=[\s/>]))", re.IGNORECASE
)
attribute = re.compile(r"""[\s/]*([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>`]+)))?""")
unfit = re.compile(r"[^\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class Facts(NamedTuple):
    title: str
    description: str
    image: str
    """Its address, maybe relative to the page's; "" where there is none."""


def parse(body: bytes, content_type: str) -> Facts:
    found = scan(decode(body, content_type))
    title = found.get("og:title") or found.get("twitter:title") or found.get("title", "")
    description = next((found[name] for name in DESCRIPTIONS if found.get(name)), "")
    image = next((found[name] for name in IMAGES if found.get(name)), "")
    return Facts(shorten(title, TITLE_LENGTH), shorten(description, DESCRIPTION_LENGTH), image.strip())


def decode(body: bytes, content_type: str) -> str:
    """The text of a page: in the charset that its header, its first bytes or its first tags name, else UTF-8."""
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return body.decode("utf-16", errors="replace")
    named = charset.search(content_type.encode(errors="replace")) or charset.search(body[:2048])
    name = named[1].decode("ascii", errors="replace") if named else "utf-8"
    try:
        return body.decode(name if CHARSETS.match(name) else "utf-8", errors="replace")
    except LookupError:
        return body.decode(errors="replace")


def scan(page: str) -> dict[str, str]:
    """What `<title>` and `<meta>` say, by their names; the first of a name counts."""
    found: dict[str, str] = {}
    place = 0
    for _ in range(MOST_TAGS):
        tag = beginning.search(page, place)
        if tag is None:
            break
        name = tag[1].lower()
        if name == "meta":
            place = read_meta(page, tag.end(), found)
            continue
        start = page.find(">", tag.end()) + 1 if name != "!--" else tag.end()
        end = page.find("-->", start) if name == "!--" else find_end(page, name, start)
        if start == 0 or end < 0:
            break
        if name == "title":
            found.setdefault("title", unescape(page[start : min(end, start + LONGEST_TAG)]))
        place = end
    return found


def find_end(page: str, name: str, start: int) -> int:
    end = re.compile(f"</{name}", re.IGNORECASE).search(page, start)
    return end.start() if end else -1


def read_meta(page: str, start: int, found: dict[str, str]) -> int:
    """Keep what a `<meta>` says; return where its attributes end."""
    limit, place, values = start + LONGEST_TAG, start, dict[str, str]()
    while part := attribute.match(page, place, limit):
        values.setdefault(part[1].lower(), part[2] or part[3] or part[4] or "")
        place = part.end()
    name = values.get("property") or values.get("name") or ""
    if name and values.get("content"):
        found.setdefault(name.lower().strip(), unescape(values["content"]))
    return place


def shorten(text: str, length: int) -> str:
    """One line of it, without what cannot be shown or turns the text round it back to front."""
    line = " ".join(unfit.sub(" ", text).split())
    return line if len(line) <= length else f"{line[: length - 1].rstrip()}…"
