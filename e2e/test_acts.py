"""What people do with a message from its menu: quote it, look at what it said, edit and erase it."""

from __future__ import annotations

from playwright.sync_api import expect

from e2e.browsers import OpenPage, screenshot
from e2e.looks import LOOKS, Look
from e2e.server import Server
from e2e.steps import (
    assert_live_equals_reload,
    composer,
    connected,
    found_team,
    message,
    post,
)
from e2e.test_keyboard import focused, walk


@LOOKS
def test_one_quotes_rewords_and_erases(server: Server, open_page: OpenPage, look: Look) -> None:
    alice, bob = found_team(server, open_page, Alice=look.preferences | {"time_zone": "Asia/Tokyo"}, Bob={})
    bob.has_said("鍵はフックに", 1)
    page, bobs = alice.open(**look.options), bob.open()
    connected(page)
    connected(bobs)
    menu, told = page.locator("#acts"), page.locator("#message-1")

    def ask(name: str) -> None:
        """Have something of the menu of Bob's message."""
        look.point_at(told)
        look.press(told.get_by_role("button", name=look.says("More", "things to do with a message")))
        look.press(menu.get_by_role("button", name=look.says(name), exact=True))

    ask("Quote")
    expect(composer(page)).to_have_value("> 鍵はフックに 1\n\n")
    expect(page.locator(".composer__reply")).to_contain_text("Bob")
    composer(page).press_sequentially("どのフック？")
    look.show(page, "quote")
    look.press(page.get_by_role("button", name=look.says("Send"), exact=True))
    expect(message(bobs, "どのフック？").locator("blockquote")).to_have_text("鍵はフックに 1")

    for text in ("鍵はドアの左のフックに", "鍵は受付に"):
        ask("Edit")
        page.get_by_role("textbox", name=look.says("Edit message")).fill(text)
        look.show(page, "editing")
        look.press(page.get_by_role("button", name=look.says("Save")))
        expect(told.locator(".message__body")).to_contain_text(text)
    ask("Earlier wordings")
    wordings = page.get_by_role("region", name=look.says("Earlier wordings"))
    expect(wordings.locator("blockquote")).to_have_text(["鍵は受付に", "鍵はドアの左のフックに", "鍵はフックに 1"])
    expect(wordings).to_contain_text("Alice")
    expect(wordings).to_be_in_viewport()
    look.show(page, "wordings")
    look.press(wordings.get_by_role("link", name=look.says("Close")))
    expect(wordings).to_have_count(0)

    asked: list[str] = []
    page.on("dialog", lambda dialog: asked.append(dialog.message))
    page.on("dialog", lambda dialog: dialog.accept())
    ask("Erase")
    expect(told).to_contain_text(look.says("Message erased"))
    assert asked == [look.says("Erase this message for everyone?")]
    ask("Who erased this")
    record = page.get_by_role("region", name=look.says("Who erased this"))
    for name in ("Alice", "Bob"):
        expect(record).to_contain_text(name)
    expect(record).to_be_in_viewport()
    look.show(page, "erasure-record")
    look.press(record.get_by_role("link", name=look.says("Close")))
    expect(record).to_have_count(0)
    for reader in (page, bobs):
        assert_live_equals_reload(reader)
    for path in ("/messages/1/erasure/record/", "/messages/2/menu/"):
        page.goto(path)
        look.show(page, path.split("/")[3])


def test_all_that_is_done_with_a_message_is_done_by_keys(server: Server, open_page: OpenPage) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    bob.has_said("soup at none", 1)
    page = alice.open()
    connected(page)
    post(page, "who comes?")
    menu = page.locator("#acts")

    def ask(name: str) -> None:
        """Walk to something in the menu of Bob's message, and do it."""
        page.locator("#message-1").get_by_role("button", name="More").focus()
        page.keyboard.press("Enter")
        expect(menu.get_by_role("button", name=name, exact=True)).to_be_visible()
        walk(page, "Tab", to=name)
        page.keyboard.press("Enter")

    ask("Pin to this room")
    expect(page.locator("#message-1 .message__pin")).to_be_visible()
    ask("Bookmark")
    expect(page.locator("#toasts")).to_contain_text("Bookmarked.")
    page.locator("#message-1").get_by_role("button", name="More").focus()
    page.keyboard.press("Enter")
    expect(menu.get_by_role("button", name="Remove bookmark")).to_be_visible()
    walk(page, "Tab", to="Link to this message")
    page.keyboard.press("ControlOrMeta+A")
    assert page.evaluate("getSelection().toString()") == f"{server.url}/messages/1/"
    screenshot(page, "link-by-keys")
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    assert focused(page) == "More"

    ask("Edit")
    expect(page.get_by_role("textbox", name="Edit message")).to_be_focused()
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type("soup at noon")
    walk(page, "Tab", to="Save")
    page.keyboard.press("Enter")
    expect(message(page, "soup at noon").first).to_be_visible()
    ask("Earlier wordings")
    wordings = page.get_by_role("region", name="Earlier wordings")
    expect(wordings).to_contain_text("soup at none")
    expect(wordings.get_by_role("link", name="Close")).to_be_focused()
    page.keyboard.press("Enter")
    expect(wordings).to_have_count(0)

    ask("Quote")
    expect(composer(page)).to_be_focused()
    expect(composer(page)).to_have_value("> soup at noon\n\n")
    page.keyboard.type("I do")
    walk(page, "Tab", to="Send")
    page.keyboard.press("Enter")
    expect(message(page, "I do").locator("blockquote")).to_have_text("soup at noon")

    page.once("dialog", lambda dialog: dialog.accept())
    ask("Erase")
    expect(page.locator("#message-1.message--erased")).to_be_visible()
    ask("Who erased this")
    record = page.get_by_role("region", name="Who erased this")
    expect(record).to_contain_text("Erased by Alice")
    expect(record.get_by_role("link", name="Close")).to_be_focused()
    page.keyboard.press("Enter")
    expect(record).to_have_count(0)
