"""Somebody asks who has seen what they said."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from e2e.browsers import OpenPage, screenshot
from e2e.server import Server
from e2e.steps import connected, found_team, message, say

PHONE = {"width": 360, "height": 740}


def ask(page: Page, text: str) -> None:
    message(page, text).hover()
    message(page, text).get_by_role("link", name="Seen by").click()


def test_an_author_asks_who_has_seen_it(server: Server, open_page: OpenPage) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    alices = alice.open()
    connected(alices)
    say(alices, "Has anybody seen this?")
    expect(message(alices, "seen this?")).to_be_visible()
    panel = alices.get_by_role("region", name="Seen by")
    ask(alices, "seen this?")
    expect(panel).to_contain_text("Nobody yet")
    panel.get_by_role("link", name="Close").press("Enter")
    expect(panel).to_have_count(0)

    bobs = bob.open()
    connected(bobs)
    # What is another's does not offer it.
    message(bobs, "seen this?").hover()
    expect(message(bobs, "seen this?").get_by_role("link", name="Seen by")).to_be_hidden()
    ask(alices, "seen this?")
    expect(panel.get_by_role("listitem")).to_have_text("Bob")
    screenshot(alices, "seen-by")


def test_on_a_phone_in_the_dark(server: Server, open_page: OpenPage) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    alices = alice.open(viewport=PHONE, color_scheme="dark", has_touch=True, is_mobile=True)
    connected(alices)
    say(alices, "Has anybody seen this?")
    connected(bob.open())
    message(alices, "seen this?").locator(".message__body").tap()
    message(alices, "seen this?").get_by_role("link", name="Seen by").tap()
    expect(alices.get_by_role("region", name="Seen by").get_by_role("listitem")).to_have_text("Bob")
    screenshot(alices, "seen-by-phone")
    assert alices.evaluate("document.documentElement.scrollWidth <= innerWidth")
