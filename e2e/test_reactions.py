"""Reacting to a message: a tap that everybody sees at once, by mouse, finger, keys or without a script."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from e2e.browsers import OpenPage, screenshot
from e2e.languages import called
from e2e.looks import LOOKS, Look
from e2e.server import Server
from e2e.steps import assert_live_equals_reload, connected, found_team, message, open_room

TOGGLE = """
from rooms.models import Message, User
message, user = Message.objects.for_display().get(body={body!r}), User.objects.get(pk={user})
message.toggle_reaction(user, {content!r})
"""


def chip(page: Page, text: str, content: str) -> Locator:
    return message(page, text).locator(".reaction").filter(has_text=content)


def picker(page: Page, text: str, look: Look) -> Locator:
    """What one chooses from, opened with the mouse or by hand."""
    look.point_at(message(page, text))
    look.press(message(page, text).get_by_role("button", name=look.says("React")))
    found = page.get_by_role("region", name=look.says("React"))
    expect(found.get_by_role("button", name="👍")).to_be_visible()
    return found


@LOOKS
def test_a_reaction_is_seen_by_everybody(server: Server, open_page: OpenPage, look: Look) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob=look.preferences)
    alice.has_said("Tea is ready", 1)
    page, alices = bob.open(**look.options), alice.open()
    connected(page)
    connected(alices)
    found = picker(page, "Tea", look)
    look.show(page, "reactions-picker")
    look.press(found.get_by_role("button", name="🎉"))
    expect(page.locator("#acts")).to_be_hidden()
    chip(alices, "Tea", "🎉").click()

    # By its name in one's own language, and in letters.
    name, letters = {"en": ("rocket", "on my way"), "ja": ("ロケット", "いま行きます")}[look.language]
    found = picker(page, "Tea", look)
    found.get_by_role("textbox").press_sequentially(name)
    rocket = found.get_by_role("button", name="🚀")
    expect(rocket).to_be_visible()
    look.show(page, "reactions-search")
    look.press(rocket)
    expect(chip(alices, "Tea", "🚀")).to_be_visible()
    found = picker(page, "Tea", look)
    found.get_by_role("textbox").fill(letters)
    look.press(found.get_by_role("button", name=look.says("React"), exact=True))
    expect(chip(alices, "Tea", letters)).to_be_visible()
    for reader in (page, alices):
        expect(chip(reader, "Tea", "🎉")).to_contain_text("2")
        expect(chip(reader, "Tea", "🎉")).to_contain_text(called(reader, "with you", "after how many reacted"))
        assert_live_equals_reload(reader)

    # Who, under the name that they have now.
    server.shell(f"from rooms.models import User\nUser.objects.filter(pk={alice.id}).update(name='山田 太郎')")
    look.show(page, "reactions")
    if look.by_hand:
        who = picker(page, "Tea", look).get_by_role("list", name=look.says("Who reacted")).get_by_role("listitem")
        expect(who.first).to_contain_text("山田 太郎")
        who.last.scroll_into_view_if_needed()
    else:
        chip(page, "Tea", "🎉").hover()
        who = chip(page, "Tea", "🎉").locator(".reaction__who")
        expect(who).to_contain_text("山田 太郎")
    expect(who.first).to_contain_text(look.says("You"))
    look.show(page, "reactions-who")
    page.keyboard.press("Escape")

    look.press(chip(page, "Tea", "🎉"))
    expect(chip(alices, "Tea", "🎉")).to_contain_text("1")
    chip(alices, "Tea", "🎉").click()
    for reader in (page, alices):
        expect(message(reader, "Tea").locator(".reaction")).to_have_count(2)
        assert_live_equals_reload(reader)


def test_one_reacts_by_keys(server: Server, open_page: OpenPage) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    alice.has_said("Tea is ready", 1)
    page = bob.open()
    connected(page)
    message(page, "Tea").get_by_role("button", name="React").focus()
    page.keyboard.press("Enter")
    found = page.get_by_role("region", name="React")
    expect(found.get_by_role("button", name="👍")).to_be_visible()
    page.keyboard.press("Tab")
    expect(found.get_by_role("button", name="👍")).to_be_focused()
    page.keyboard.press("Enter")
    expect(chip(page, "Tea", "👍")).to_be_visible()
    expect(message(page, "Tea").get_by_role("button", name="React")).to_be_focused()

    # A name finds others, and letters go as they are.
    page.keyboard.press("Enter")
    field = found.get_by_role("textbox")
    field.fill("rocket")
    expect(found.get_by_role("button", name="🚀")).to_be_visible()
    screenshot(page, "reactions-search")
    field.fill("<b>ok</b>")
    expect(found).to_contain_text("No emoji is called so")
    page.keyboard.press("Enter")
    expect(chip(page, "Tea", "<b>ok</b>")).to_be_visible()
    expect(page.locator("#acts")).to_be_hidden()

    # The focus stays on what was toggled, though the message is drawn anew, and tells who did.
    chip(page, "Tea", "👍").focus()
    expect(chip(page, "Tea", "👍").locator(".reaction__who")).to_have_text("You")
    server.shell(TOGGLE.format(body="Tea is ready 1", user=alice.id, content="👍"))
    expect(chip(page, "Tea", "👍")).to_contain_text("2")
    expect(chip(page, "Tea", "👍")).to_be_focused()
    page.keyboard.press("Enter")
    expect(chip(page, "Tea", "👍")).not_to_contain_text("with you", use_inner_text=True)
    expect(chip(page, "Tea", "👍")).to_be_focused()
    assert_live_equals_reload(page)


def test_what_was_missed_is_caught_up_on(server: Server, open_page: OpenPage) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    open_room("open", "Kitchen", alice)
    alice.has_said("Tea is ready", 1)
    page = bob.open()
    connected(page)
    page.context.set_offline(True)
    server.shell(TOGGLE.format(body="Tea is ready 1", user=alice.id, content="🔥"))
    page.context.set_offline(False)
    expect(chip(page, "Tea", "🔥")).to_be_visible(timeout=30_000)
    assert_live_equals_reload(page)


def test_without_a_script_one_reacts_on_a_page(server: Server, open_page: OpenPage) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    alice.has_said("Tea is ready", 1)
    page = bob.open(java_script_enabled=False, viewport={"width": 320, "height": 640})
    message(page, "Tea").hover()
    message(page, "Tea").get_by_role("link", name="React").click()
    screenshot(page, "reactions-no-script")
    page.get_by_role("textbox").fill("on my way")
    page.get_by_role("button", name="React").click()
    expect(chip(page, "Tea", "on my way")).to_be_visible()
    chip(page, "Tea", "on my way").click()
    expect(page).to_have_url(re.compile("/reactions/"))
    expect(page.get_by_role("list", name="Who reacted")).to_contain_text("You")
    page.get_by_role("button", name="👏").click()
    expect(chip(page, "Tea", "👏")).to_be_visible()
