"""The first evening: somebody sets the place up, sends the link round, and they talk."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from e2e.browsers import OpenPage, screenshot
from e2e.server import Server
from e2e.steps import assert_live_equals_reload, composer, connected, message, say

SECRET = "several unrelated words"


def test_from_nothing_to_a_conversation(server: Server, open_page: OpenPage) -> None:
    first, second = open_page(base_url=server.url), open_page(base_url=server.url)
    set_up(first)
    link = copy_join_link(first)
    assert link.startswith(f"{server.url}/join/")
    second.goto(link)
    expect(second.get_by_role("heading", name="Join Harbour")).to_be_visible()
    introduce(second, "Ben", "ben@example.org")
    screenshot(second, "join")
    second.get_by_role("button", name="Join").click()
    expect(second.get_by_role("heading", level=1)).to_have_text("Quay")
    first.get_by_role("link", name="Quay").click()

    for page in (first, second):
        connected(page)
    say(first, "Welcome aboard, Ben")
    expect(message(second, "Welcome aboard")).to_be_visible()
    say(second, "Hello Ada")
    expect(message(first, "Hello Ada")).to_be_visible()
    for page in (first, second):
        assert_live_equals_reload(page)
    leave_and_come_back(second)
    expect(message(second, "Hello Ada")).to_be_visible()


def set_up(page: Page) -> None:
    page.goto("/")
    expect(page.get_by_role("heading", name="Open the door")).to_be_visible()
    screenshot(page, "setup")
    page.get_by_label("Name of your team").fill("Harbour")
    page.get_by_label("First room").fill("Quay")
    introduce(page, "Ada", "ada@example.org")
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Quay")
    expect(composer(page)).to_be_focused()
    screenshot(page, "first-room")


def copy_join_link(page: Page) -> str:
    page.get_by_role("link", name="People").click()
    screenshot(page, "people")
    return page.get_by_label("Join link").input_value()


def leave_and_come_back(page: Page) -> None:
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.goto("/rooms/quay/")
    page.get_by_label("E-mail address").fill("ben@example.org")
    page.get_by_label("Password").fill(SECRET)
    screenshot(page, "sign-in")
    page.get_by_role("button", name="Sign in").click()


def introduce(page: Page, name: str, email: str) -> None:
    page.get_by_label("Your name").fill(name)
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(SECRET)
