"""What a page of a room shows, read from its HTML: a live page must show what a fresh one would."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from math import inf
from urllib.parse import parse_qs, urlsplit

from bs4 import BeautifulSoup, Tag

SHOWN = 300
"""Messages that a page may hold: see rooms/models/history.py."""

KEPT = 200
"""Those that a log is cut down to."""

Html = str | BeautifulSoup
"""Parsed already where it is compared more than once."""


@dataclass
class Shown:
    """What somebody sees. Messages are HTML by position, without what only the way they came has put on them."""

    live: bool
    title: str
    heading: str
    closure: str
    """Why nothing can be said any more."""
    rooms: list[str]
    messages: dict[int, str] = field(default_factory=dict)
    older: int | None = None
    newer: int | None = None


def assert_live_equals_reload(live: Html, fetch: Callable[[str], Html], path: str) -> None:
    """Compare a live page with what its `path` answers now; `fetch` gets a path's HTML for the same person.

    A live page may hold more history than a fresh one, which is then read page by page. It may not hold less, unless
    it has been cut; one that ends before the newest message says after which.
    """
    shown, fresh = read(live, path), read(fetch(path), path)
    assert fresh.live, f"{path} does not end with the newest message"
    assert len(shown.messages) <= SHOWN, f"{len(shown.messages)} messages in one page"
    if shown.older is not None:
        # A socket that caught up while a poll's answer began the log anew: what it brought comes once more, from above.
        shown.older = min([shown.older, *shown.messages])
    while fresh.older is not None and fresh.older > (shown.older or 0):
        page = read(fetch(f"{path}?before={fresh.older}"), path)
        fresh.messages, fresh.older = page.messages | fresh.messages, page.older
    # The edges of pages are elsewhere than they were.
    first, last = shown.older or 0, inf if shown.newer is None else shown.newer
    if any(position < first for position in fresh.messages):
        fresh.older = shown.older
    if any(position > last for position in fresh.messages):
        fresh.live, fresh.newer = False, shown.newer
        fresh.title, fresh.rooms = shown.title, shown.rooms  # Whoever is not shown the newest has not read it.
    elif not shown.live and len(shown.messages) > KEPT:
        # It was as long as may be, and its reader elsewhere in it: it was ended there, before anything came.
        fresh.live, fresh.newer = False, shown.newer
    fresh.messages = {at: html for at, html in fresh.messages.items() if first <= at <= last}
    assert shown == fresh, "\n".join(differences(shown, fresh))


def differences(shown: Shown, fresh: Shown) -> Iterator[str]:
    """What to say where the two are not the same: the messages one by one, the rest as it is."""
    for position in sorted(shown.messages.keys() | fresh.messages.keys()):
        live, reloaded = shown.messages.get(position), fresh.messages.get(position)
        if live != reloaded:
            yield f"message {position}\n  live:     {live}\n  reloaded: {reloaded}"
    for name in ("live", "title", "heading", "closure", "rooms", "older", "newer"):
        if getattr(shown, name) != getattr(fresh, name):
            yield f"{name}\n  live:     {getattr(shown, name)}\n  reloaded: {getattr(fresh, name)}"


def read(html: Html, path: str) -> Shown:
    """Raises AssertionError where messages are doubled or out of order."""
    document = BeautifulSoup(html, "html.parser") if isinstance(html, str) else html
    return Shown(
        live=document.find(id="log-end", class_="log__end--live") is not None,
        title=text_of(document.find("title")),
        heading=text_of(document.find(id="room-title")),
        closure=text_of(document.find(id="closure")),
        rooms=list(read_rooms(document)),
        messages={position: normalise(article) for position, article in read_messages(document).items()},
        older=read_edge(document, "older", "before"),
        newer=read_edge(document, "newer", "after"),
    )


def read_rooms(document: BeautifulSoup) -> Iterator[str]:
    """The links of the room list, with all that they say."""
    rooms = document.find(id="rooms")
    for link in rooms.find_all("a", class_="room-link") if isinstance(rooms, Tag) else []:
        yield f"{link['href']} {text_of(link)}"


def read_messages(document: BeautifulSoup) -> dict[int, Tag]:
    """The messages by position. Raises AssertionError where they are doubled or out of order."""
    log = document.find(id="messages")
    articles = log.find_all("article") if isinstance(log, Tag) else []
    positions = [int(str(article["data-position"])) for article in articles]
    assert positions == sorted(set(positions)), f"messages out of order or doubled: {positions}"
    ids = [article["id"] for article in articles]
    assert len(set(ids)) == len(ids), f"an id twice: {ids}"
    return dict(zip(positions, articles, strict=True))


def read_edge(document: BeautifulSoup, name: str, parameter: str) -> int | None:
    """The position before or after which the page says there is more."""
    link = document.find(id=name)
    return int(parse_qs(urlsplit(str(link["href"])).query)[parameter][0]) if isinstance(link, Tag) else None


def normalise(article: Tag) -> str:
    """A message without what htmx and the way it came leave on it: `aria-live`, marks of processing, empty classes."""
    html = re.sub(r' (aria-live|data-htmx-powered)="[^"]*"', "", str(article))
    html = re.sub(r'(?<=class=")[^"]*', lambda match: without_marks(match[0]), html)
    return html.replace(' class=""', "")


def without_marks(classes: str) -> str:
    return " ".join(name for name in classes.split() if not name.startswith("htmx-"))


def text_of(element: object) -> str:
    return element.get_text(" ", strip=True) if isinstance(element, Tag) else ""
