"""Somebody watches a room and may not any longer."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, WebSocket, expect

from e2e.browsers import Console, OpenPage, screenshot
from e2e.line import Line
from e2e.server import Server
from e2e.steps import OUTAGE, Person, composer, connected, found_team, message, open_room, say, status

SECRET = "a long enough secret"
REFUSED = "status of 40[134]"
"""What the browser says when a page asks for what it may not have any more."""

Fate = Callable[[Page, Person, Page], None]


def removed_from_the_room(administrators: Page, person: Person, tab: Page) -> None:
    administrators.goto("/rooms/den/settings/")
    administrators.get_by_role("checkbox", name=person.name).uncheck()
    administrators.get_by_role("button", name="Save").click()


def signed_out_in_another_tab(administrators: Page, person: Person, tab: Page) -> None:
    tab.goto("/accounts/profile/")
    tab.get_by_role("main").get_by_role("button", name="Sign out").click()


def password_changed_in_another_browser(administrators: Page, person: Person, tab: Page) -> None:
    browser = person.open_page(base_url=person.server.url)
    browser.goto("/accounts/sign-in/?next=/accounts/password/")
    browser.get_by_label("E-mail address").fill(f"{person.name.lower()}@example.org")
    browser.get_by_label("Password").fill(SECRET)
    browser.get_by_role("button", name="Sign in").click()
    browser.get_by_label("Current password").fill(SECRET)
    browser.get_by_label("New password").fill("another long enough secret")
    browser.get_by_role("button", name="Change password").click()


def deactivated(administrators: Page, person: Person, tab: Page) -> None:
    administrators.goto("/people/")
    row = administrators.get_by_role("listitem").filter(has=administrators.get_by_text(person.name, exact=True))
    row.get_by_role("button", name="Deactivate").click()


FATES: dict[Fate, str] = {
    removed_from_the_room: "This room is not available to you",
    signed_out_in_another_tab: "You are signed out",
    password_changed_in_another_browser: "You are signed out",
    deactivated: "You are signed out|This room is not available to you",
}


@pytest.mark.parametrize("fate", FATES, ids=lambda fate: fate.__name__)
def test_the_page_says_so_and_keeps_what_was_typed(
    server: Server, open_page: OpenPage, console: Console, fate: Fate
) -> None:
    console.expect(REFUSED)
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    den = open_room("closed", "Den", alice, bob)
    alices, administrators, bobs = alice.open(den), alice.start(), bob.start()
    bobs.clock.install()
    other_tab = bobs.context.new_page()
    for page in (bobs, other_tab):
        page.goto(den)
    for page in (alices, bobs, other_tab):
        connected(page)
    sockets = watch_sockets(bobs)
    say(alices, "for the two of us")
    expect(message(bobs, "for the two of us")).to_be_visible()
    composer(bobs).fill("I was about to say")

    fate(administrators, bob, bobs.context.new_page())
    expect(bobs.locator("#log")).to_have_text(re.compile(FATES[fate]))
    expect(other_tab.locator("#log")).to_have_text(re.compile(FATES[fate]))
    expect(message(bobs, "for the two of us")).to_have_count(0)
    expect(bobs.get_by_role("heading", level=1)).to_have_count(0)
    say(alices, "now that we are alone")
    bobs.clock.fast_forward(120_000)  # whatever would bring the page back is due by then
    expect(composer(bobs)).to_have_value("I was about to say")
    composer(bobs).press("Enter")
    expect(bobs.get_by_role("button", name="Retry")).to_be_visible()
    expect(bobs.get_by_role("textbox", name="Message").first).to_have_value("I was about to say")
    screenshot(bobs, fate.__name__.replace("_", "-"))
    assert "alone" not in bobs.content()
    assert sockets == []
    expect(bobs.locator("#connection .live")).to_have_count(0)


def test_a_polling_page_says_so_too(server: Server, open_page: OpenPage, line: Line, console: Console) -> None:
    console.expect(f"{OUTAGE}|{REFUSED}")
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    den = open_room("closed", "Den", alice, bob)
    line.cut("sockets")
    bobs = bob.open(den, url=line.url)
    expect(status(bobs)).to_contain_text("Reconnecting")
    composer(bobs).fill("I was about to say")
    removed_from_the_room(alice.start(), bob, bobs)
    expect(bobs.locator("#log")).to_contain_text("This room is not available to you")
    expect(bobs.locator("#connection .live")).to_have_count(0)
    expect(composer(bobs)).to_have_value("I was about to say")


def watch_sockets(page: Page) -> list[WebSocket]:
    """The sockets to rooms that the page opens from now on."""
    sockets: list[WebSocket] = []
    page.on("websocket", lambda socket: sockets.append(socket) if "/live/rooms/" in socket.url else None)
    return sockets
