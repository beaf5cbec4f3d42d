"""Replying: to any message, with what was typed, and with a way back to what it was about."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from e2e.browsers import OpenPage, screenshot
from e2e.looks import LOOKS, SCREENS, Look
from e2e.server import Server
from e2e.steps import act, assert_live_equals_reload, composer, connected, found_team, message, say
from e2e.test_keyboard import walk

PHONE = SCREENS["small-phone"]


def test_one_replies_by_keys_with_what_was_typed(server: Server, open_page: OpenPage) -> None:
    alice, bob = found_team(server, open_page, **{"Alice": {}, "山田 太郎": {}})
    alice.has_said("Where is the <b>key</b>?", 60)
    page, alices = bob.open(), alice.open()
    connected(page)
    connected(alices)
    page.keyboard.type("On the")
    walk(page, "Shift+Tab", to="Reply")
    page.keyboard.press("Enter")
    banner = page.locator(".composer__reply")
    expect(banner).to_contain_text("Replying to Alice: Where is the <b>key</b>? 60")
    expect(composer(page)).to_be_focused()
    expect(composer(page)).to_have_value("On the")
    screenshot(page, "reply-composer")
    page.keyboard.type(" hook")
    page.keyboard.press("Enter")
    answer = message(alices, "On the hook")
    expect(answer.get_by_role("link", name="In reply to Alice")).to_be_visible()
    expect(composer(page)).to_have_value("")
    expect(composer(page)).to_be_focused()
    expect(page.locator(".composer")).to_have_count(1)
    expect(banner).to_have_count(0)
    assert "gradient" in answer.evaluate("element => getComputedStyle(element).backgroundImage")
    assert_live_equals_reload(alices)
    screenshot(alices, "reply")

    answer.get_by_role("link", name="In reply to Alice").click()
    expect(message(alices, "Where is the <b>key</b>? 60")).to_be_in_viewport()
    assert "around=" in alices.url


def test_a_reply_can_be_taken_back_and_made_longer(server: Server, open_page: OpenPage) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    alice.has_said("Where", 1)
    page = bob.open(**PHONE)
    connected(page)
    composer(page).fill("There")
    message(page, "Where").locator(".message__body").tap()
    message(page, "Where").get_by_role("link", name="Reply").tap()
    expect(composer(page)).to_have_value("There")
    screenshot(page, "reply-composer-phone")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="Longer message").click()
    expect(composer(page)).to_have_js_property("tagName", "TEXTAREA")
    expect(page.locator(".composer__reply")).to_be_visible()
    page.get_by_role("button", name="Cancel reply").click()
    expect(page.locator(".composer__reply")).to_have_count(0)
    expect(composer(page)).to_have_js_property("tagName", "TEXTAREA")
    expect(composer(page)).to_have_value("There")
    expect(composer(page)).to_be_focused()
    page.get_by_role("button", name="Send").click()
    expect(message(page, "There")).to_be_visible()
    expect(message(page, "There").get_by_text("In reply to")).to_have_count(0)


@LOOKS
def test_a_reply_shows_what_becomes_of_its_original(server: Server, open_page: OpenPage, look: Look) -> None:
    alice, bob = found_team(server, open_page, Alice=look.preferences, Bob={})
    page, bobs = alice.open(**look.options), bob.open()
    connected(page)
    connected(bobs)
    say(bobs, "soup at none")
    original = message(page, "soup at none")
    expect(original).to_be_visible()
    look.point_at(original)
    look.press(original.get_by_role("link", name=look.says("Reply")))
    expect(page.locator(".composer__reply")).to_contain_text("Bob")
    composer(page).press_sequentially("noon?")
    look.press(page.get_by_role("button", name=look.says("Send"), exact=True))
    preview = message(page, "noon?").locator(".message__original")
    expect(preview).to_have_text("soup at none")

    message(bobs, "soup at none").hover()
    message(bobs, "soup at none").get_by_role("link", name="Edit").click()
    bobs.get_by_role("textbox", name="Edit message").fill("soup at noon")
    bobs.get_by_role("button", name="Save").click()
    expect(preview).to_have_text("soup at noon")
    expect(message(bobs, "noon?").locator(".message__original")).to_have_text("soup at noon")
    look.show(page, "reply-preview")
    look.press(preview)
    page.wait_for_url("**around=*")
    expect(message(page, "soup at noon")).to_be_in_viewport()

    connected(page)
    page.on("dialog", lambda dialog: dialog.accept())
    look.point_at(message(page, "soup at noon"))
    act(page, "soup at noon", "Erase", "tap" if look.by_hand else "click")
    expect(preview).to_have_text(look.says("Message erased"))
    expect(message(bobs, "noon?").locator(".message__original")).to_have_text("Message erased")
    expect(page.locator("#acts")).to_be_hidden()
    look.show(page, "reply-preview-erased")
    bobs.locator(".message--erased").hover()
    expect(bobs.locator(".message--erased").get_by_role("button", name="More")).to_be_hidden()
    for reader in (page, bobs):
        assert_live_equals_reload(reader)


def test_without_scripts_one_replies_on_a_page(server: Server, open_page: OpenPage) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    alice.has_said("Where", 1)
    page = bob.open(java_script_enabled=False)
    message(page, "Where").get_by_role("link", name="Reply").click()
    expect(page.locator(".composer__reply")).to_contain_text("Replying to Alice")
    composer(page).fill("There")
    composer(page).press("Enter")
    expect(message(page, "There").get_by_role("link", name="In reply to Alice")).to_be_visible()


def test_a_long_original_and_many_tools_fit_a_phone(server: Server, open_page: OpenPage) -> None:
    (alice,) = found_team(server, open_page, **{"山田 太郎 Wolfeschlegelsteinhausen": {}})
    page: Page = alice.open(**PHONE)
    connected(page)
    say(page, "x" * 300)
    message(page, "xxx").locator(".message__body").tap()
    message(page, "xxx").get_by_role("link", name="Reply").tap()
    expect(page.locator(".composer__reply")).to_be_visible()
    say(page, "short")
    expect(message(page, "short")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    screenshot(page, "reply-phone-long")
