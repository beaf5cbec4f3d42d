"""Naming people: the names come while one types, by keys alone, and whoever is named sees it."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Locator, Page, Route, expect

from e2e.browsers import OpenPage, screenshot
from e2e.server import Server
from e2e.steps import assert_live_equals_reload, composer, connected, found_team, message, open_room, say
from e2e.test_keyboard import SHOWS_FOCUS

PHONE: dict[str, Any] = {"viewport": {"width": 320, "height": 640}}
DARK: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark"}


def names(page: Page) -> Locator:
    """The names to choose from."""
    return page.get_by_role("list", name="Names to choose from").get_by_role("button")


def background(locator: Locator) -> str:
    value: str = locator.evaluate("element => getComputedStyle(element).backgroundImage")
    return value


def test_a_name_is_completed_by_keys(server: Server, open_page: OpenPage) -> None:
    people: dict[str, dict[str, str]] = {name: {} for name in ("Alice", "Alina Roy", "Bob", "山田 太郎")}
    alice, alina, bob, taro = found_team(server, open_page, **people)
    page, hers = bob.open(), alina.open()
    connected(page)
    connected(hers)
    page.keyboard.type("Ask @ali")
    expect(names(page)).to_have_text(["Alice", "Alina Roy"])
    screenshot(page, "mention-names")
    expect(composer(page)).to_have_value("Ask @ali")
    expect(composer(page)).to_be_focused()

    page.keyboard.press("Tab")
    expect(names(page).first).to_be_focused()
    page.keyboard.press("Tab")
    expect(names(page).last).to_be_focused()
    assert page.evaluate(SHOWS_FOCUS)
    page.keyboard.press("Enter")
    expect(composer(page)).to_have_value("Ask @Alina Roy ")
    expect(composer(page)).to_be_focused()
    expect(names(page)).to_have_count(0)

    page.keyboard.type("and @太")
    expect(names(page)).to_have_text(["山田 太郎"])
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(composer(page)).to_have_value("Ask @Alina Roy and @山田 太郎 ")
    page.keyboard.type("why")
    page.keyboard.press("Enter")
    said = message(hers, "why")
    expect(said.locator(".mention")).to_have_text(["@Alina Roy", "@山田 太郎"])
    expect(said).to_have_attribute("data-mentions", f"{alina.id} {taro.id}")
    assert "gradient" in background(said)
    assert background(message(page, "why")) == "none"
    assert_live_equals_reload(hers)
    screenshot(hers, "mention-of-me")
    assert alice.id != alina.id


def test_enter_sends_what_one_sees(server: Server, open_page: OpenPage) -> None:
    alice, _bob = found_team(server, open_page, Alice={}, Bob={})
    page = alice.open()
    connected(page)
    page.keyboard.type("call me @b")
    expect(names(page)).to_have_text(["Bob"])
    page.keyboard.press("Enter")
    expect(message(page, "call me @b")).to_be_visible()
    expect(composer(page)).to_have_value("")
    expect(names(page)).to_have_count(0)


def test_the_same_name_can_be_completed_twice(server: Server, open_page: OpenPage) -> None:
    alice, _bob = found_team(server, open_page, Alice={}, Bob={})
    page = alice.open()
    connected(page)
    for _ in range(2):
        page.keyboard.type("@b", delay=50)  # As people do: what was chosen is still being put into the field.
        names(page).click()
        expect(composer(page)).to_have_value("@Bob ")
        expect(composer(page)).to_be_focused()
        page.keyboard.press("Control+A")
        page.keyboard.press("Delete")


def test_a_name_is_completed_amid_a_longer_text(server: Server, open_page: OpenPage) -> None:
    alice, _bob = found_team(server, open_page, Alice={}, Bob={})
    page = alice.open(**DARK)
    connected(page)
    page.keyboard.type("soon")
    page.get_by_role("button", name="Longer message").click()
    expect(composer(page)).to_have_js_property("tagName", "TEXTAREA")
    # The caret is behind what was typed before.
    with page.expect_response("**/mentions/"):
        page.keyboard.type(" enough\nwe meet @all")
    expect(composer(page)).to_have_value("soon enough\nwe meet @all")
    page.keyboard.press("Home")
    page.keyboard.type("as @B")
    expect(names(page)).to_have_text(["Bob"])
    screenshot(page, "mention-names-phone-dark")
    names(page).click()
    expect(composer(page)).to_have_value("soon enough\nas @Bob we meet @all")
    expect(composer(page)).to_be_focused()


def test_a_name_is_completed_in_the_editor(server: Server, open_page: OpenPage) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    page, bobs = alice.open(**PHONE), bob.open()
    connected(page)
    connected(bobs)
    say(page, "somebody should look")
    message(page, "somebody").hover()
    message(page, "somebody").get_by_role("link", name="Edit").click()
    editor = page.get_by_role("textbox", name="Edit message")
    expect(editor).to_be_focused()
    page.keyboard.press("Control+Home")
    with page.expect_response("**/mentions/"):
        page.keyboard.type(" ")
    page.keyboard.press("Home")
    page.keyboard.type("@bo")
    expect(names(page)).to_have_text(["Bob"])
    names(page).click()
    expect(editor).to_have_value("@Bob somebody should look")
    expect(editor).to_be_focused()
    page.get_by_role("button", name="Save").click()
    expect(message(bobs, "should look").locator(".mention")).to_have_text("@Bob")
    assert "gradient" in background(message(bobs, "should look"))


def test_an_impatient_hand_loses_nothing(server: Server, open_page: OpenPage) -> None:
    alice, _bob = found_team(server, open_page, Alice={}, Bob={})
    page = alice.open()
    connected(page)
    page.keyboard.type("so much text, @b")
    expect(names(page)).to_have_text(["Bob"])
    names(page).dblclick()
    expect(composer(page)).to_have_value("so much text, @Bob ")
    expect(composer(page)).to_be_enabled()
    expect(composer(page)).to_be_focused()


def test_only_those_who_are_in_the_room_are_offered(server: Server, open_page: OpenPage) -> None:
    alice, bob, _charlie = found_team(server, open_page, Alice={}, Bob={}, Charlie={})
    page = bob.open(open_room("closed", "Den", bob, alice), **PHONE)
    connected(page)
    page.keyboard.type("@")
    expect(names(page)).to_have_text(["Alice", "@room everyone in the room", "@here everyone who is online"])
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    screenshot(page, "mention-names-phone")
    page.keyboard.type("cha")
    expect(names(page)).to_have_count(0)
    page.keyboard.press("Control+A")
    page.keyboard.type("@ro")
    names(page).click()
    expect(composer(page)).to_have_value("@room ")
    page.keyboard.type("dinner")
    page.keyboard.press("Enter")
    alices = alice.open("/rooms/den/")
    assert "gradient" in background(message(alices, "dinner"))


def test_what_is_typed_while_names_come_stays(server: Server, open_page: OpenPage) -> None:
    alice, _bob = found_team(server, open_page, Alice={}, Bob={})
    page = alice.open()
    connected(page)
    held: list[Route] = []
    page.route("**/mentions/", lambda route: held.append(route), times=1)
    with page.expect_request("**/mentions/"):
        page.keyboard.type("@bo")
    with page.expect_response("**/mentions/"):
        page.keyboard.type("b and nobody else, whoever else there may be")
    held[0].continue_()
    expect(composer(page)).to_have_value("@bob and nobody else, whoever else there may be")
    expect(names(page)).to_have_count(0)
