"""The screens of being named, reading and being left alone: in both languages, at desks and on phones."""

from __future__ import annotations

from playwright.sync_api import expect

from e2e.browsers import OpenPage
from e2e.elsewhere import SOON, open_at
from e2e.looks import LOOKS, Look
from e2e.server import Server
from e2e.steps import act, composer, connected, found_team, message, open_room, post

KITCHEN = "/rooms/kitchen/"


@LOOKS
def test_one_names_and_is_named(server: Server, open_page: OpenPage, look: Look) -> None:
    alice, bob = found_team(server, open_page, Alice=look.preferences, Bob=look.preferences)
    page = alice.open(**look.options)
    connected(page)
    field = composer(page)
    field.press_sequentially("@")
    names = page.get_by_role("list", name=look.says("Names to choose from")).get_by_role("button")
    expect(names).to_have_text(
        ["Bob", f"@room {look.says('everyone in the room')}", f"@here {look.says('everyone who is online')}"]
    )
    look.show(page, "look-names")
    names.first.click()
    expect(field).to_have_value("@Bob ")
    field.press_sequentially("look")
    field.press("Enter")

    bobs = bob.open(**look.options)
    expect(message(bobs, "look").locator(".mention")).to_have_text("@Bob")
    assert message(bobs, "look").evaluate("article => getComputedStyle(article).backgroundImage") != "none"
    look.show(bobs, "look-named")


@LOOKS
def test_one_asks_who_has_seen_it(server: Server, open_page: OpenPage, look: Look) -> None:
    alice, bob = found_team(server, open_page, Alice=look.preferences, Bob={})
    page = alice.open(**look.options)
    connected(page)
    post(page, "Has anybody seen this?")
    expect(message(page, "seen this?")).to_be_visible()
    connected(bob.open())
    act(page, "seen this?", "Seen by")
    expect(page.get_by_role("region", name=look.says("Seen by")).get_by_role("listitem")).to_have_text("Bob")
    look.show(page, "look-seen-by")


@LOOKS
def test_one_silences_and_hides_a_room(server: Server, open_page: OpenPage, look: Look) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob=look.preferences)
    page = bob.open(open_room("open", "Kitchen", alice), **look.options)
    connected(page)
    page.locator("#involvement > button").click()
    menu = page.locator("#involvement-menu")
    menu.locator("input[value=mentions]").check()
    expect(menu.get_by_role("status")).to_have_text(look.says("Saved."))
    look.show(page, "look-involvement")

    menu.locator("input[value=hidden]").check()
    menu.get_by_role("status").get_by_role("link").click()
    expect(page.get_by_role("main").get_by_role("listitem")).to_contain_text("Kitchen")
    look.show(page, "look-hidden-rooms")


@LOOKS
def test_one_marks_unread_and_reads_everything(server: Server, open_page: OpenPage, look: Look) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob=look.preferences)
    open_room("open", "Kitchen", alice)
    alice.has_said("soup", 4, slug="kitchen")
    page = bob.open(KITCHEN, **look.options)
    connected(page)
    act(page, "soup 3", "Mark unread from here")
    expect(page.locator("#news")).to_contain_text(look.says("Unread from here on, until you open the room again."))
    look.show(page, "look-unread")

    page.goto("/rooms/")
    badge = page.locator(".room-link", has_text="Kitchen").locator(".room-link__badge [aria-hidden]")
    expect(badge).to_have_text("2")
    look.show(page, "look-all-read")
    page.get_by_role("button", name=look.says("Mark all as read")).click()
    expect(badge).to_have_count(0, timeout=SOON)


@LOOKS
def test_one_is_told(server: Server, open_page: OpenPage, look: Look) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob=look.preferences)
    den = open_room("closed", "Den", alice, bob)
    alices, page = alice.open(den), open_at(bob, "/rooms/", **look.options)
    post(alices, "@Bob, the soup is ready, and it does not stay warm for ever", den)
    page.locator("#bell").click()
    expect(page.locator("#latest-list .notification")).to_have_count(2)  # The other is the invitation.
    look.show(page, "look-popover")

    page.goto("/notifications/")
    expect(page.locator("#centre-list .notification")).to_have_count(2)
    look.show(page, "look-centre")
