"""A page that somebody linked to, asked for as a stranger would: nothing says who links to it, or where."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urljoin

from django.conf import settings

from rooms.files.decoding import Busy, Unreadable
from rooms.files.images import make_sizes
from rooms.links.finding import LONGEST, is_own, quote_address
from rooms.links.parsing import parse
from rooms.outside.asking import Answer, ask
from rooms.outside.guard import LATE, Refused, Unreachable, check

SECONDS = 5.0
"""For the page, wherever it leads, and its image together."""

HOPS = 5
MOST_BYTES = 1024 * 1024
"""Of a page, of which the rest is not read, and of an image, which has to be whole."""
REDIRECTS = {301, 302, 303, 307, 308}
PAGES = ("text/html", "application/xhtml+xml")
IMAGES = ("image/jpeg", "image/png", "image/gif", "image/webp")

Headers = Mapping[str, str]


class Unfit(Exception):
    """It answered, with nothing that could be shown."""


@dataclass(frozen=True)
class Found:
    """What a page says of itself. `image`: ours, made anew, and of which type; empty where it has none."""

    address: str
    title: str
    description: str
    image: bytes = b""
    image_type: str = ""


def fetch(url: str) -> Found | None:
    """Read a page; None where there is nothing to show, whatever the reason."""
    deadline = time.monotonic() + SECONDS
    try:
        address, answer = follow(url, deadline, PAGES, MOST_BYTES)
    except (Refused, Unreachable, Unfit):
        return None
    facts = parse(answer.body, answer.headers.get("Content-Type", ""))
    if not facts.title:
        return None
    image, media = fetch_image(address, facts.image, deadline) if facts.image else (b"", "")
    return Found(address, facts.title, facts.description, image, media)


def fetch_image(page: str, image: str, deadline: float) -> tuple[bytes, str]:
    """An image that no reader asks elsewhere for. A page without one is still a page."""
    if not settings.TAKES_FILES:
        return b"", ""
    try:
        _, answer = follow(join(page, image), deadline, IMAGES, MOST_BYTES + 1)
        if len(answer.body) > MOST_BYTES:
            return b"", ""
        sizes = make_sizes(answer.body)
    except (Refused, Unreachable, Unfit, Unreadable, Busy):
        return b"", ""
    return sizes.thumbnail, sizes.thumbnail_type


def follow(url: str, deadline: float, types: tuple[str, ...], limit: int) -> tuple[str, Answer]:
    """Ask, and go where it leads, at most HOPS times; each address is checked as if somebody had written it.

    Raises Refused, Unreachable, Unfit.
    """
    for _ in range(HOPS + 1):
        left = deadline - time.monotonic()
        if left <= 0:
            raise Unreachable(LATE)
        check(url, settings.LINK_PREVIEWS_ALLOWED)
        if is_own(url):
            raise Unfit
        headers = {"Accept": ", ".join(types)}
        wanted = wants(types)
        answer = ask("GET", url, None, headers, limit, left, allowed=settings.LINK_PREVIEWS_ALLOWED, wanted=wanted)
        if answer.status not in REDIRECTS:
            if wanted(answer.status, answer.headers):
                return url, answer
            raise Unfit
        url = lead(url, answer.headers)
    raise Unfit


def wants(types: tuple[str, ...]) -> Callable[[int, Headers], bool]:
    def wanted(status: int, headers: Headers) -> bool:
        plain = headers.get("Content-Encoding", "identity").lower() == "identity"
        return status == 200 and plain and headers.get("Content-Type", "").lower().startswith(types)

    return wanted


def lead(url: str, headers: Headers) -> str:
    """Where a redirect leads. Raises Unfit."""
    try:
        location = headers.get("Location", "").encode("latin-1").decode()
    except ValueError:
        raise Unfit from None
    if not location:
        raise Unfit
    return join(url, location)


def join(url: str, link: str) -> str:
    try:
        joined = quote_address(urljoin(url, link))
    except ValueError:
        raise Unfit from None
    if len(joined) > 2 * LONGEST:
        raise Unfit
    return joined
