"""Without JavaScript: the room is a page with a form, and everything can be done in it."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from e2e.browsers import Console, OpenPage, screenshot
from e2e.server import Server
from e2e.steps import composer, found_team, log, message, post

SECRET = "a long enough secret"


def test_a_room_is_read_page_by_page(server: Server, open_page: OpenPage) -> None:
    alice = found_team(server, open_page, Alice={}, Bob={})[0]
    alice.has_said("long ago", 100)
    page = open_page(base_url=server.url, java_script_enabled=False)
    page.goto("/")
    page.get_by_label("E-mail address").fill("bob@example.org")
    page.get_by_label("Password").fill(SECRET)
    page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Lobby")
    expect_said(page, lines(61, 100))
    page.get_by_role("link", name="Older messages").click()
    expect_said(page, lines(21, 60))
    page.get_by_role("link", name="Older messages").click()
    expect_said(page, lines(1, 20))
    page.get_by_role("link", name="Newer messages").click()
    expect_said(page, lines(21, 60))
    page.get_by_role("link", name="Jump to the newest").click()
    expect_said(page, lines(61, 100))


def test_one_writes_edits_and_erases(server: Server, open_page: OpenPage) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    page = bob.open(java_script_enabled=False)
    composer(page).fill("Hello from a page without a script")
    page.get_by_role("button", name="Send").click()
    expect(message(page, "Hello from a page without a script")).to_be_visible()
    alice.has_said("and so", 1)
    note = page.locator(".connection__note")  # Playwright looks for no texts and roles in <noscript>.
    expect(note).to_contain_text("Without JavaScript new messages appear when you refresh.")
    screenshot(page, "no-script")
    note.locator("a").click()
    expect(message(page, "and so 1")).to_be_visible()

    message(page, "Hello from").get_by_role("link", name="Edit").click()
    page.get_by_role("textbox", name="Edit message").fill("Hello again")
    screenshot(page, "no-script-editing")
    page.get_by_role("button", name="Save").click()
    expect(message(page, "Hello again")).to_contain_text("(edited)")

    message(page, "Hello again").get_by_role("link", name="More").click()
    screenshot(page, "no-script-menu")
    page.get_by_role("link", name="Erase").click()
    screenshot(page, "no-script-erasing")
    page.get_by_role("button", name="Erase").click()
    expect(log(page)).to_contain_text("Message erased")
    expect(log(page)).not_to_contain_text("Hello again")


def test_a_refused_message_keeps_its_text(server: Server, open_page: OpenPage, console: Console) -> None:
    console.expect("429|422")
    (alice,) = found_team(server, open_page, Alice={})
    page = alice.open(java_script_enabled=False)
    composer(page).fill("  ")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_have_text("Write something first.")
    for number in range(10):
        post(page, f"word {number}")
    composer(page).fill("one too many")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_have_text(re.compile("Wait [0-9]+ seconds?, then send this again"))
    expect(composer(page)).to_have_value("one too many")
    screenshot(page, "no-script-refused")


def test_a_message_can_have_lines(server: Server, open_page: OpenPage) -> None:
    (alice,) = found_team(server, open_page, Alice={})
    page = alice.open(java_script_enabled=False)
    composer(page).fill("begun on one line")
    page.get_by_role("button", name="Longer message").click()
    expect(composer(page)).to_have_js_property("tagName", "TEXTAREA")
    expect(composer(page)).to_have_value("begun on one line")
    composer(page).fill("first\n\nsecond")
    page.get_by_role("button", name="Send").click()
    expect(message(page, "second").locator("p")).to_have_count(2)


def lines(first: int, last: int) -> list[str]:
    return [f"long ago {number}" for number in range(first, last + 1)]


def expect_said(page: Page, texts: list[str]) -> None:
    """On a page that may only just be coming."""
    expect(log(page).locator(".message__body")).to_have_text(texts)
