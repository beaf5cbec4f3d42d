"""The screens of being named, reading and being left alone: in both languages, at desks and on phones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from e2e.browsers import OpenPage, screenshot
from e2e.elsewhere import SECOND, open_at
from e2e.server import Server
from e2e.steps import connected, found_team, open_room, post
from e2e.test_languages import in_language
from e2e.test_screens import SCREENS, sticks_out

LOOKS = pytest.mark.parametrize(
    ("screen", "language"), [("desk", "en"), ("desk-dark", "ja"), ("small-phone", "en"), ("phone", "ja")]
)
KITCHEN = "/rooms/kitchen/"


def show(page: Page, name: str) -> None:
    """Nothing may stick out of the page; keep what it looks like."""
    assert sticks_out(page) == 0
    screenshot(page, f"look-{name}")


def article(page: Page, text: str) -> Locator:
    return page.locator("article.message", has=page.locator(".message__body", has_text=text))


def act(page: Page, text: str, name: str) -> None:
    """Do something with a message that its menu offers, in whatever language."""
    article(page, text).locator(".message__more button").click()
    page.locator("#acts").get_by_role("button", name=name, exact=True).click()


def words(language: str) -> Callable[[str], str]:
    return lambda text: in_language(language, text)


def look(screen: str, language: str) -> dict[str, Any]:
    return SCREENS[screen] | {"locale": language}


@LOOKS
def test_one_names_and_is_named(server: Server, open_page: OpenPage, screen: str, language: str) -> None:
    says = words(language)
    alice, bob = found_team(server, open_page, Alice={"language": language}, Bob={"language": language})
    page = alice.open(**look(screen, language))
    connected(page)
    field = page.get_by_role("textbox", name=says("Message")).last
    field.press_sequentially("@")
    names = page.get_by_role("list", name=says("Names to choose from")).get_by_role("button")
    expect(names).to_have_text(
        ["Bob", f"@room {says('everyone in the room')}", f"@here {says('everyone who is online')}"]
    )
    show(page, f"names-{screen}-{language}")
    names.first.click()
    expect(field).to_have_value("@Bob ")
    field.press_sequentially("look")
    field.press("Enter")

    bobs = bob.open(**look(screen, language))
    expect(article(bobs, "look").locator(".mention")).to_have_text("@Bob")
    assert article(bobs, "look").evaluate("article => getComputedStyle(article).backgroundImage") != "none"
    show(bobs, f"named-{screen}-{language}")


@LOOKS
def test_one_asks_who_has_seen_it(server: Server, open_page: OpenPage, screen: str, language: str) -> None:
    says = words(language)
    alice, bob = found_team(server, open_page, Alice={"language": language}, Bob={})
    page = alice.open(**look(screen, language))
    connected(page)
    post(page, "Has anybody seen this?")
    expect(article(page, "seen this?")).to_be_visible()
    connected(bob.open())
    act(page, "seen this?", says("Seen by"))
    expect(page.get_by_role("region", name=says("Seen by")).get_by_role("listitem")).to_have_text("Bob")
    show(page, f"seen-by-{screen}-{language}")


@LOOKS
def test_one_silences_and_hides_a_room(server: Server, open_page: OpenPage, screen: str, language: str) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={"language": language})
    page = bob.open(open_room("open", "Kitchen", alice), **look(screen, language))
    connected(page)
    page.locator("#involvement > button").click()
    menu = page.locator("#involvement-menu")
    menu.locator("input[value=mentions]").check()
    expect(menu.get_by_role("status")).to_have_text(in_language(language, "Saved."))
    show(page, f"involvement-{screen}-{language}")

    menu.locator("input[value=hidden]").check()
    menu.get_by_role("status").get_by_role("link").click()
    expect(page.get_by_role("main").get_by_role("listitem")).to_contain_text("Kitchen")
    show(page, f"hidden-rooms-{screen}-{language}")


@LOOKS
def test_one_marks_unread_and_reads_everything(server: Server, open_page: OpenPage, screen: str, language: str) -> None:
    says = words(language)
    alice, bob = found_team(server, open_page, Alice={}, Bob={"language": language})
    open_room("open", "Kitchen", alice)
    alice.has_said("soup", 4, slug="kitchen")
    page = bob.open(KITCHEN, **look(screen, language))
    connected(page)
    act(page, "soup 3", says("Mark unread from here"))
    expect(page.locator("#news")).to_contain_text(says("Unread from here on, until you open the room again."))
    show(page, f"unread-{screen}-{language}")

    page.goto("/rooms/")
    badge = page.locator(".room-link", has_text="Kitchen").locator(".room-link__badge [aria-hidden]")
    expect(badge).to_have_text("2")
    show(page, f"all-read-{screen}-{language}")
    page.get_by_role("button", name=says("Mark all as read")).click()
    expect(badge).to_have_count(0, timeout=SECOND)


@LOOKS
def test_one_is_told(server: Server, open_page: OpenPage, screen: str, language: str) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={"language": language})
    den = open_room("closed", "Den", alice, bob)
    alices, page = alice.open(den), open_at(bob, "/rooms/", **look(screen, language))
    post(alices, "@Bob, the soup is ready, and it does not stay warm for ever", den)
    page.locator("#bell").click()
    expect(page.locator("#latest-list .notification")).to_have_count(2)  # The other is the invitation.
    show(page, f"popover-{screen}-{language}")

    page.goto("/notifications/")
    expect(page.locator("#centre-list .notification")).to_have_count(2)
    show(page, f"centre-{screen}-{language}")
