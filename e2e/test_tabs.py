"""One person with the same room in three tabs, and another room behind them."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from e2e.browsers import OpenPage, screenshot
from e2e.elsewhere import SOON
from e2e.server import Server
from e2e.steps import Person, assert_live_equals_reload, connected, found_team, message, open_room, said, say


def open_tabs(person: Person, count: int) -> list[Page]:
    first = person.open()
    tabs = [first, *(first.context.new_page() for _ in range(count - 1))]
    for tab in tabs:
        tab.goto("/rooms/lobby/")
        connected(tab)
    return tabs


def test_a_message_appears_once_in_each_tab(server: Server, open_page: OpenPage) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    tabs, bobs = open_tabs(alice, 3), bob.open()
    connected(bobs)
    say(tabs[0], "from the first tab")
    say(tabs[2], "from the third")
    say(bobs, "and from Bob")
    for tab in (*tabs, bobs):
        for text in ("from the first tab", "from the third", "from Bob"):
            expect(message(tab, text)).to_be_visible(timeout=SOON)
    for tab in tabs:
        assert sorted(said(tab)) == ["and from Bob", "from the first tab", "from the third"]
        assert said(tab) == said(bobs)
        assert_live_equals_reload(tab)
    screenshot(tabs[1], "three-tabs")


def test_reading_in_one_tab_clears_the_badge_in_the_others(server: Server, open_page: OpenPage) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    open_room("open", "Kitchen", bob)
    bob.has_said("soup", 3, slug="kitchen")
    tabs = open_tabs(alice, 3)
    for tab in tabs:
        expect(kitchen(tab)).to_have_accessible_name("Kitchen 3 unread messages")
    screenshot(tabs[0], "unread-badge")
    kitchen(tabs[2]).click()
    expect(message(tabs[2], "soup 3")).to_be_visible()
    for tab in tabs:
        expect(kitchen(tab)).to_have_accessible_name("Kitchen", timeout=SOON)
        assert_live_equals_reload(tab)


def kitchen(tab: Page) -> Locator:
    return tab.get_by_role("navigation", name="Rooms", exact=True).get_by_role("link", name="Kitchen")
