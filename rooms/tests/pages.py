"""What a page of a room shows, read from its HTML: a live page must show what a fresh one would."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from bs4 import BeautifulSoup, Tag


@dataclass
class Shown:
    """What somebody sees. Messages are HTML by position, without what only the way they came has put on them."""

    live: bool
    title: str
    heading: str
    rooms: list[str]
    messages: dict[int, str] = field(default_factory=dict)
    older: int | None = None


def assert_live_equals_reload(live: str, fetch: Callable[[str], str], path: str) -> None:
    """Compare the HTML of a live page with what its `path` answers now; `fetch` gets a path's HTML for the same person.

    A live page may hold more history than a fresh one, which is then read page by page. It may not hold less.
    """
    shown, fresh = read(live, path), read(fetch(path), path)
    assert fresh.live, f"{path} does not end with the newest message"
    while fresh.older is not None and fresh.older > (shown.older or 0):
        page = read(fetch(f"{path}?before={fresh.older}"), path)
        fresh.messages, fresh.older = page.messages | fresh.messages, page.older
    beyond = [position for position in fresh.messages if position < (shown.older or 0)]
    if beyond:
        # The edges of pages are elsewhere than they were.
        fresh.messages = {at: html for at, html in fresh.messages.items() if at not in beyond}
        fresh.older = shown.older
    assert shown == fresh, "\n".join(differences(shown, fresh))


def differences(shown: Shown, fresh: Shown) -> Iterator[str]:
    """What to say where the two are not the same: the messages one by one, the rest as it is."""
    for position in sorted(shown.messages.keys() | fresh.messages.keys()):
        live, reloaded = shown.messages.get(position), fresh.messages.get(position)
        if live != reloaded:
            yield f"message {position}\n  live:     {live}\n  reloaded: {reloaded}"
    for name in ("live", "title", "heading", "rooms", "older"):
        if getattr(shown, name) != getattr(fresh, name):
            yield f"{name}\n  live:     {getattr(shown, name)}\n  reloaded: {getattr(fresh, name)}"


def read(html: str, path: str) -> Shown:
    """Raises AssertionError where messages are doubled or out of order."""
    document = BeautifulSoup(html, "html.parser")
    return Shown(
        live=document.select_one("#messages.messages--live") is not None,
        title=text_of(document, "title"),
        heading=text_of(document, "#room-title"),
        rooms=list(read_rooms(document, path)),
        messages=dict(read_messages(document)),
        older=read_older(document),
    )


def read_rooms(document: BeautifulSoup, path: str) -> Iterator[str]:
    """The links of the room list. How much is unread is read for the room that the page itself shows."""
    for link in document.select("#rooms ul a"):
        name = link.select_one(".room-link__name")
        shown = link if link["href"] == path or name is None else name
        yield f"{link['href']} {shown.get_text(' ', strip=True)}"


def read_messages(document: BeautifulSoup) -> Iterator[tuple[int, str]]:
    articles = document.select("#messages article")
    positions = [int(str(article["data-position"])) for article in articles]
    assert positions == sorted(set(positions)), f"messages out of order or doubled: {positions}"
    ids = [article["id"] for article in articles]
    assert len(set(ids)) == len(ids), f"an id twice: {ids}"
    return zip(positions, map(normalise, articles), strict=True)


def read_older(document: BeautifulSoup) -> int | None:
    """The position before which the page says there is more."""
    link = document.select_one("#older")
    return int(parse_qs(urlsplit(str(link["href"])).query)["before"][0]) if link else None


def normalise(article: Tag) -> str:
    """A message without what htmx and the way it came leave on it: `aria-live`, marks of processing, empty classes."""
    for tag in (article, *article.find_all()):
        for name in ("aria-live", "data-htmx-powered"):
            tag.attrs.pop(name, None)
        classes = [name for name in tag.get_attribute_list("class") if name and not name.startswith("htmx-")]
        if classes:
            tag["class"] = " ".join(classes)
        else:
            tag.attrs.pop("class", None)
    return str(article)


def text_of(document: BeautifulSoup, selector: str) -> str:
    element = document.select_one(selector)
    return element.get_text(" ", strip=True) if element else ""
