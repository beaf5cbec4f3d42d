"""A tab behind another one lets go of its room, and catches up when it is seen again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, WebSocket, expect

from e2e import browsers
from e2e.browsers import Console, OpenPage, screenshot
from e2e.elsewhere import SOON
from e2e.server import Server
from e2e.services import wait_until
from e2e.steps import assert_live_equals_reload, connected, found_team, message, said, say


@pytest.fixture
def tabs(browser: Browser, console: Console) -> Iterator[BrowserContext]:
    with browsers.tabs(browser, console) as context:
        yield context


def test_a_hidden_tab_pauses_and_catches_up(server: Server, open_page: OpenPage, tabs: BrowserContext) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    bobs = bob.open()
    tabs.add_cookies([{"name": "session", "value": alice.session, "url": server.url}])
    page = tabs.new_page()
    rooms, inboxes = watch(page, "/live/rooms/"), watch(page, "/live/inbox/")
    page.goto(f"{server.url}/rooms/lobby/")
    page.bring_to_front()
    for each in (page, bobs):
        connected(each)
    say(bobs, "you are looking")
    expect(message(page, "you are looking")).to_be_visible()

    other = tabs.new_page()
    other.bring_to_front()
    page.wait_for_function("document.hidden", polling=50)
    wait_until(lambda: pumped(page) and rooms[-1].is_closed(), "The hidden tab holds on to its room.")
    for number in range(3):
        say(bobs, f"you are not looking {number}")
    expect(message(bobs, "you are not looking 2")).to_be_visible()
    wait_until(lambda: "3 unread messages" in page.request.get(f"{server.url}/people/").text(), "Not 3 are unread.")
    assert said(page) == ["you are looking"]
    assert [socket.is_closed() for socket in inboxes] == [False]

    page.bring_to_front()
    expect(message(page, "you are not looking 2")).to_be_visible(timeout=SOON)
    assert len(rooms) == 2
    assert_live_equals_reload(page)
    screenshot(page, "seen-again")


def watch(page: Page, path: str) -> list[WebSocket]:
    """The sockets at a path that the page opens."""
    sockets: list[WebSocket] = []
    page.on("websocket", lambda socket: sockets.append(socket) if path in socket.url else None)
    return sockets


def pumped(page: Page) -> bool:
    """Let Playwright hear what has happened; it listens only while it is asked something."""
    return bool(page.evaluate("true"))
