"""What pages tell of rooms they do not show: the list, the title, the icon, toasts, the sound."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Locator, Page, WebSocket

from e2e.services import wait_until
from e2e.steps import Person

SECOND = 1_000
"""Milliseconds within which news is everywhere, as is promised: test_talking.py measures it, in a page."""

SOON = 3 * SECOND
"""How long a story waits for what is promised within a second: the rest is for browsers that share a busy machine with
the server and with who looks at them. That a bell and no sweep has brought the news, the tests of the layer hold."""


def open_at(person: Person, path: str, beside: Page | None = None, **options: Any) -> Page:
    """Open a page, and wait until its inbox's socket has answered; `beside` another tab of the same browser."""
    tab = beside.context.new_page() if beside else person.start(**options)
    heard: list[object] = []

    def watch(socket: WebSocket) -> None:
        if socket.url.endswith("/live/inbox/"):
            socket.on("framereceived", lambda frame: heard.append(frame))

    tab.on("websocket", watch)
    tab.goto(path)
    wait_until(lambda: pumped(tab) and bool(heard), "The inbox's socket does not answer.")
    return tab


def pumped(page: Page) -> bool:
    """Let Playwright hear what its browser says; it does so only while it is asked for something."""
    page.evaluate("0")
    return True


def room_list(page: Page) -> Locator:
    return page.get_by_role("navigation", name="Rooms", exact=True)


def room_link(page: Page, name: str) -> Locator:
    """The link to a room in the list; its accessible name says what is waiting there."""
    return room_list(page).locator(".room-link").filter(has=page.locator(".room-link__name", has_text=name))


def listed(page: Page) -> list[str]:
    """The names in the list, from top to bottom."""
    return room_list(page).locator("li .room-link__name").all_inner_texts()


def icon(page: Page) -> str:
    """Which of the tab's icons it is: "rooms", "rooms-unread" or "rooms-mention"."""
    href = page.locator("#icon").get_attribute("href") or ""
    return href.rpartition("/")[2].partition(".")[0]


def expect_icon(page: Page, name: str) -> None:
    wait_until(lambda: icon(page) == name, f"The icon does not become {name}.")


def toasts(page: Page) -> Locator:
    return page.locator("#toasts .toast")
