"""What is kept of what was said: pins of the room, bookmarks of one's own, links to hand on."""

from __future__ import annotations

from playwright.sync_api import Locator, expect

from e2e.browsers import OpenPage
from e2e.looks import LOOKS, Look
from e2e.server import Server
from e2e.steps import assert_live_equals_reload, found_team


@LOOKS
def test_what_is_pinned_and_kept_is_found_again(server: Server, open_page: OpenPage, look: Look) -> None:
    alice, bob = found_team(server, open_page, Alice=look.preferences, Bob={})
    bob.has_said("鍵はフックに", 1)
    alice.has_said("line", 90)
    page = alice.open("/messages/1/", **look.options)
    said, menu = page.locator("#message-1"), page.locator("#acts")

    def ask(name: str) -> Locator:
        look.point_at(said)
        look.press(said.get_by_role("button", name=look.says("More", "things to do with a message")))
        return menu.get_by_role("button", name=look.says(name), exact=True)

    expect(said).to_be_in_viewport()
    assert "gradient" in said.evaluate("element => getComputedStyle(element).backgroundImage")
    pin = ask("Pin to this room")
    expect(menu.get_by_role("button", name=look.says("Earlier wordings"))).to_have_count(0)
    address = menu.get_by_label(look.says("Link to this message")).input_value()
    look.show(page, "message-menu")
    look.press(pin)
    expect(said.get_by_text(look.says("Pinned"), exact=True)).to_be_visible()
    look.press(ask("Bookmark"))
    expect(page.locator("#toasts")).to_contain_text(look.says("Bookmarked."))
    expect(ask("Remove bookmark")).to_be_visible()
    page.keyboard.press("Escape")
    look.show(page, "pinned")
    assert_live_equals_reload(page)

    for path in ("/rooms/lobby/pins/", "/bookmarks/"):
        page.goto(path)
        expect(page.locator(".found")).to_contain_text("鍵はフックに")
        look.show(page, f"found-{path.split('/')[-2]}")
        look.press(page.locator(".found__text"))
        expect(said).to_be_in_viewport()
    page.goto(address)
    expect(said).to_be_in_viewport()
    look.press(ask("Unpin"))
    expect(said.get_by_text(look.says("Pinned"), exact=True)).to_have_count(0)
    assert_live_equals_reload(page)
