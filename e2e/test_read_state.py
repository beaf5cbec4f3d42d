"""What is new, what is read, and what is to stay before one's eyes: in every tab and on every device of a person."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from e2e.browsers import OpenPage, screenshot
from e2e.elsewhere import SECOND, SOON
from e2e.server import Server
from e2e.steps import (
    Person,
    act,
    assert_live_equals_reload,
    connected,
    found_team,
    log,
    message,
    open_room,
    post,
    said,
    say,
)
from e2e.test_keyboard import walk

PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
SCREENS: dict[str, dict[str, Any]] = {"desk": {}, "phone": PHONE | {"color_scheme": "dark"}}
KITCHEN = "/rooms/kitchen/"


def room_link(page: Page, name: str = "Kitchen") -> Locator:
    return page.get_by_role("navigation", name="Rooms", exact=True).locator(".room-link", has_text=name)


def badge(page: Page, name: str = "Kitchen") -> Locator:
    return room_link(page, name).locator(".room-link__badge [aria-hidden]")


def line(page: Page) -> Locator:
    return log(page).get_by_role("separator", name="New since you left")


def found_kitchen(server: Server, open_page: OpenPage, count: int, **bobs: str) -> tuple[Person, Person]:
    """Alice has said so much in the kitchen, and Bob was away."""
    alice, bob = found_team(server, open_page, Alice={}, Bob=bobs)
    open_room("open", "Kitchen", alice)
    alice.has_said("soup", count, slug="kitchen")
    return alice, bob


def expect_below(page: Page, text: str) -> None:
    """What is said right below the line."""
    expect(page.locator("#unread + article .message__body")).to_have_text(text)


def test_a_line_stands_above_what_is_new(server: Server, open_page: OpenPage) -> None:
    alice, bob = found_kitchen(server, open_page, 3)
    page, alices = bob.open(KITCHEN), alice.open(KITCHEN)
    connected(page)
    expect(line(page)).to_be_visible()
    expect_below(page, "soup 1")
    say(alices, "and bread")
    expect(message(page, "and bread")).to_be_visible()
    assert said(page) == ["soup 1", "soup 2", "soup 3", "and bread"]
    expect(line(page)).to_have_count(1)  # What comes while one looks is not new since one left.
    expect_below(page, "soup 1")
    assert_live_equals_reload(page)
    screenshot(page, "new-since")
    page.reload()
    expect(message(page, "and bread")).to_be_visible()
    expect(line(page)).to_have_count(0)


@pytest.mark.parametrize("screen", SCREENS)
def test_more_than_a_page_is_jumped_to(server: Server, open_page: OpenPage, screen: str) -> None:
    _, bob = found_kitchen(server, open_page, 57)
    page = bob.open(KITCHEN, **SCREENS[screen])
    connected(page)
    bar = page.locator("#news")
    expect(bar).to_contain_text("57 new messages since")
    expect(bar).to_be_in_viewport()
    screenshot(page, f"new-bar-{screen}")
    jump = bar.get_by_role("link")
    jump.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**around=*#unread")
    expect(line(page)).to_be_in_viewport()
    expect_below(page, "soup 1")
    screenshot(page, f"new-jumped-{screen}")


def test_the_line_comes_with_older_messages(server: Server, open_page: OpenPage) -> None:
    _, bob = found_kitchen(server, open_page, 57)
    page = bob.open(KITCHEN)
    connected(page)
    expect(line(page)).to_have_count(0)
    page.locator("#log").focus()
    page.keyboard.press("Home")
    expect(message(page, "soup 1").first).to_be_attached()
    expect(line(page)).to_have_count(1)
    expect_below(page, "soup 1")
    assert_live_equals_reload(page)


@pytest.mark.parametrize("other", ["tab", "device"])
def test_reading_in_one_place_clears_the_badge_in_the_other(server: Server, open_page: OpenPage, other: str) -> None:
    _, bob = found_kitchen(server, open_page, 3)
    first = bob.open()
    second = first.context.new_page() if other == "tab" else bob.start(**PHONE)
    second.goto("/rooms/lobby/")
    connected(first)
    connected(second)
    expect(badge(first)).to_have_text("3")
    second.goto(KITCHEN)
    expect(badge(first)).to_have_count(0, timeout=SOON)


def test_what_is_marked_unread_stays_so_in_the_open_page(server: Server, open_page: OpenPage) -> None:
    alice, bob = found_kitchen(server, open_page, 4)
    page, other = bob.open(KITCHEN), bob.open()
    alices = alice.open(KITCHEN)
    connected(page)
    connected(other)
    expect(badge(other)).to_have_count(0)

    message(page, "soup 3").hover()
    act(page, "soup 3", "Mark unread from here")
    for tab in (page, other):
        expect(badge(tab)).to_have_text("2", timeout=SOON)
    expect_below(page, "soup 3")
    expect(page.locator("#news")).to_contain_text("Unread from here on")
    screenshot(page, "marked-unread")

    post(alices, "one more", KITCHEN)
    expect(message(page, "one more")).to_be_visible()
    expect(badge(page)).to_have_text("3")
    # Longer than the server takes to see that somebody looks at it.
    with pytest.raises(AssertionError):
        expect(badge(other)).not_to_have_text("3", timeout=5 * SECOND)

    page.get_by_role("button", name="Mark as read").click()
    for tab in (page, other):
        expect(badge(tab)).to_have_count(0, timeout=SOON)
    expect(line(page)).to_have_count(0)
    post(alices, "and another", KITCHEN)
    expect(message(page, "and another")).to_be_visible()
    expect(badge(page)).to_have_count(0)


def test_a_page_of_history_reads_nothing_that_it_does_not_show(server: Server, open_page: OpenPage) -> None:
    alice, bob = found_kitchen(server, open_page, 90)
    first = server.shell("from rooms.models import Message; print(Message.objects.order_by('pk')[9].pk)").strip()
    # At that message: at its end the page would go on by itself.
    page, alices = bob.open(f"{KITCHEN}?around={first}#message-{first}"), alice.open(KITCHEN)
    connected(page)
    beside = page.context.new_page()
    beside.goto("/people/")
    expect(badge(beside)).to_have_text("90")
    for number in (91, 92):
        post(alices, f"more {number}", KITCHEN)
        expect(badge(beside)).to_have_text(str(number), timeout=SOON)

    page.get_by_role("link", name="Jump to the newest").click()
    expect(message(page, "more 92")).to_be_visible()
    expect(badge(beside)).to_have_count(0, timeout=SOON)


def test_marking_unread_by_keys_and_opening_the_room_anew(server: Server, open_page: OpenPage) -> None:
    _, bob = found_kitchen(server, open_page, 4)
    page = bob.open(KITCHEN)
    connected(page)
    message(page, "soup 2").get_by_role("button", name="More").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#acts .act").first).to_be_visible()
    walk(page, "Tab", to="Mark unread from here")
    page.keyboard.press("Enter")
    expect(page.locator("#acts")).to_be_hidden()
    expect(badge(page)).to_have_text("3", timeout=SOON)
    expect_below(page, "soup 2")

    room_link(page).click()

    expect(badge(page)).to_have_count(0)
    expect_below(page, "soup 2")


def test_everything_is_read_from_the_list(server: Server, open_page: OpenPage) -> None:
    alice, bob = found_kitchen(server, open_page, 3)
    alice.has_said("hello", 2, slug="lobby")
    page, other = bob.open("/people/"), bob.open("/people/")
    button = page.get_by_role("button", name="Mark all as read")
    expect(button).to_be_visible()
    expect(badge(page)).to_have_text("3")
    expect(badge(page, "Lobby")).to_have_text("2")
    screenshot(page, "mark-all-read")
    button.focus()
    page.keyboard.press("Enter")
    for tab in (page, other):
        for name in ("Kitchen", "Lobby"):
            expect(badge(tab, name)).to_have_count(0, timeout=SOON)
    expect(button).to_be_hidden()


@pytest.mark.parametrize("screen", SCREENS)
def test_a_room_is_silenced_and_hidden_in_its_header(server: Server, open_page: OpenPage, screen: str) -> None:
    alice, bob = found_kitchen(server, open_page, 1)
    page, other = bob.open(KITCHEN, **SCREENS[screen]), bob.open()
    connected(page)
    connected(other)
    alices = alice.open(KITCHEN)
    page.get_by_role("button", name="Notify me about: Everything").focus()
    page.keyboard.press("Enter")
    menu = page.locator("#involvement-menu")
    expect(menu).to_be_visible()
    screenshot(page, f"involvement-{screen}")
    menu.get_by_role("radio", name="Mentions only").check()
    expect(menu.get_by_role("status")).to_have_text("Saved.")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Notify me about: Mentions only")).to_be_focused()
    page.goto("/people/")
    post(alices, "just talk", KITCHEN)
    post(alices, "for you, @Bob", KITCHEN)
    expect(badge(other)).to_have_text("@1", timeout=SOON)

    page.goto(KITCHEN)
    page.get_by_role("button", name="Notify me about: Mentions only").click()
    menu.get_by_role("radio", name="Nothing, and hide").check()
    expect(room_link(other)).to_have_count(0, timeout=SOON)
    menu.get_by_role("link", name="hidden rooms").click()
    screenshot(page, f"hidden-rooms-{screen}")
    page.get_by_role("button", name="Bring back Kitchen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Kitchen")
    expect(room_link(other)).to_have_count(1, timeout=SOON)


def test_all_of_it_works_without_a_script(server: Server, open_page: OpenPage) -> None:
    _, bob = found_kitchen(server, open_page, 57)
    page = bob.open(KITCHEN, java_script_enabled=False)
    page.get_by_role("link", name="Jump to the first").click()
    expect_below(page, "soup 1")
    page.goto(KITCHEN)
    expect(line(page)).to_have_count(0)
    message(page, "soup 50").get_by_role("link", name="More").click()
    page.get_by_role("link", name="Mark unread from here").click()
    page.get_by_role("button", name="Mark unread").click()
    expect(badge(page)).to_have_text("8")
    page.get_by_role("button", name="Mark all as read").click()
    expect(badge(page)).to_have_count(0)

    page.goto(KITCHEN)
    page.get_by_role("button", name="Notify me about").click()
    page.locator("#involvement-menu").get_by_label("Nothing, and hide").check()
    page.locator("#involvement-menu button").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Hidden rooms")
    expect(room_link(page)).to_have_count(0)
    screenshot(page, "hidden-no-script")


def test_it_is_said_in_japanese(server: Server, open_page: OpenPage) -> None:
    _, bob = found_kitchen(server, open_page, 12, language="ja")
    page = bob.open(KITCHEN, **PHONE)
    expect(page.locator("#unread")).to_have_attribute("aria-label", "前回から新しいメッセージ")
    expect(page.locator("#news")).to_contain_text("新着メッセージ")
    screenshot(page, "new-since-ja")
