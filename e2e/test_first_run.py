"""The first evening: somebody sets the place up, sends the link round, and they talk."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from e2e.browsers import OpenPage, screenshot
from e2e.server import Server
from e2e.steps import assert_live_equals_reload, composer, connected, message, say


def test_from_nothing_to_a_conversation(server: Server, open_page: OpenPage) -> None:
    first, second = open_page(base_url=server.url), open_page(base_url=server.url)
    first.goto("/")
    expect(first.get_by_role("heading", name="Open the door")).to_be_visible()
    screenshot(first, "setup")
    first.get_by_label("Name of your team").fill("Harbour")
    first.get_by_label("First room").fill("Quay")
    introduce(first, "Ada", "ada@example.org")
    first.get_by_role("button", name="Create account").click()
    expect(first.get_by_role("heading", level=1)).to_have_text("Quay")
    expect(composer(first)).to_be_focused()
    screenshot(first, "first-room")

    first.get_by_role("link", name="People").click()
    link = first.get_by_label("Join link").input_value()
    assert link.startswith(f"{server.url}/join/")
    screenshot(first, "people")
    first.get_by_role("link", name="Quay").click()

    second.goto(link)
    expect(second.get_by_role("heading", name="Join Harbour")).to_be_visible()
    introduce(second, "Ben", "ben@example.org")
    screenshot(second, "join")
    second.get_by_role("button", name="Join").click()
    expect(second.get_by_role("heading", level=1)).to_have_text("Quay")

    for page in (first, second):
        connected(page)
    say(first, "Welcome aboard, Ben")
    expect(message(second, "Welcome aboard")).to_be_visible()
    say(second, "Hello Ada")
    expect(message(first, "Hello Ada")).to_be_visible()
    for page in (first, second):
        assert_live_equals_reload(page)

    second.get_by_role("button", name="Sign out").click()
    expect(second.get_by_role("heading", name="Sign in")).to_be_visible()
    second.goto("/rooms/quay/")
    expect(second.get_by_role("heading", name="Sign in")).to_be_visible()
    second.get_by_label("E-mail address").fill("ben@example.org")
    second.get_by_label("Password").fill("several unrelated words")
    screenshot(second, "sign-in")
    second.get_by_role("button", name="Sign in").click()
    expect(message(second, "Hello Ada")).to_be_visible()


def introduce(page: Page, name: str, email: str) -> None:
    page.get_by_label("Your name").fill(name)
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill("several unrelated words")
