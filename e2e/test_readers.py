"""Somebody asks who has seen what they said."""

from __future__ import annotations

from playwright.sync_api import expect

from e2e.browsers import OpenPage, screenshot
from e2e.server import Server
from e2e.steps import act, connected, found_team, message, open_menu, say

PHONE = {"width": 360, "height": 740}


def test_an_author_asks_who_has_seen_it(server: Server, open_page: OpenPage) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    alices = alice.open()
    connected(alices)
    say(alices, "Has anybody seen this?")
    expect(message(alices, "seen this?")).to_be_visible()
    panel = alices.get_by_role("region", name="Seen by")
    act(alices, "seen this?", "Seen by")
    expect(panel).to_contain_text("Nobody yet")
    panel.get_by_role("link", name="Close").press("Enter")
    expect(panel).to_have_count(0)

    bobs = bob.open()
    connected(bobs)
    # What is another's does not offer it.
    expect(open_menu(bobs, "seen this?").get_by_role("button", name="Seen by")).to_have_count(0)
    act(alices, "seen this?", "Seen by")
    expect(panel.get_by_role("listitem")).to_have_text("Bob")
    screenshot(alices, "seen-by")


def test_on_a_phone_in_the_dark(server: Server, open_page: OpenPage) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    alices = alice.open(viewport=PHONE, color_scheme="dark", has_touch=True, is_mobile=True)
    connected(alices)
    say(alices, "Has anybody seen this?")
    connected(bob.open())
    act(alices, "seen this?", "Seen by", press="tap")
    expect(alices.get_by_role("region", name="Seen by").get_by_role("listitem")).to_have_text("Bob")
    screenshot(alices, "seen-by-phone")
    assert alices.evaluate("document.documentElement.scrollWidth <= innerWidth")
