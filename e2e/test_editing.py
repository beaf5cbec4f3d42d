"""Editing: a message in its place, whatever comes meanwhile, and the last one of one's own without a mouse."""

from __future__ import annotations

from functools import partial

import pytest
from playwright.sync_api import Page, expect

from e2e.browsers import OpenPage, screenshot
from e2e.languages import in_language
from e2e.server import Server
from e2e.steps import act, assert_live_equals_reload, composer, connected, found_team, message, post, say
from e2e.test_keyboard import focused, walk


def test_a_message_is_edited_in_its_place_whatever_happens_around_it(server: Server, open_page: OpenPage) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    alices, bobs = alice.open(), bob.open()
    connected(alices)
    connected(bobs)
    say(bobs, "soup at none")
    say(alices, "good")
    message(bobs, "soup at").hover()
    message(bobs, "soup at").get_by_role("link", name="Edit").click()
    editor = bobs.get_by_role("textbox", name="Edit message")
    expect(editor).to_be_focused()
    assert above(bobs, "form#editing") == "message-1"
    bobs.keyboard.press("ControlOrMeta+A")
    bobs.keyboard.type("soup at noon, ")

    act(alices, "soup at none", "Pin to this room")  # Takes the place of the message that is being edited.
    post(alices, "who comes?")
    expect(message(bobs, "who comes?")).to_be_visible()
    expect(bobs.locator("#message-1 .message__pin")).to_be_visible()
    expect(editor).to_be_focused()
    bobs.keyboard.type("or one")
    screenshot(bobs, "editing-in-place")
    assert above(bobs, "form#editing") == "message-1"
    bob.has_said("line", 301)  # More than is caught up on: the whole log is put in anew.
    expect(message(bobs, "line 301")).to_be_visible()
    expect(editor).to_have_value("soup at noon, or one")
    bobs.get_by_role("button", name="Save").click()
    expect(bobs.locator("form#editing")).to_have_count(0)
    assert_live_equals_reload(bobs)

    bobs.goto("/messages/1/")
    act(bobs, "noon, or one", "Earlier wordings")
    expect(bobs.get_by_role("region", name="Earlier wordings").locator("blockquote")).to_have_text(
        ["soup at noon, or one", "soup at none"]
    )
    screenshot(bobs, "wordings")


@pytest.mark.parametrize("language", ["en", "ja"])
def test_one_edits_what_one_said_last_by_keys(server: Server, open_page: OpenPage, language: str) -> None:
    says = partial(in_language, language)
    alice, bob = found_team(server, open_page, Alice={"language": language}, Bob={})
    page = alice.open()
    connected(page)
    walk(page, "Shift+Tab", to=says("Edit my last message"))
    page.keyboard.press("Enter")
    expect(page.locator("#toasts")).to_contain_text(says("You have not said anything here yet."))
    composer(page).focus()
    say(page, "tpyo")
    expect(message(page, "tpyo")).not_to_have_attribute("aria-live", "off")
    walk(page, "Shift+Tab", to=says("Edit my last message"))
    screenshot(page, f"edit-my-last-message-{language}")
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox", name=says("Edit message"))).to_be_focused()
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type("typo")
    walk(page, "Tab", to=says("Save"))
    page.keyboard.press("Enter")
    expect(message(page, "typo")).to_contain_text(says("(edited)"))

    message(page, "typo").get_by_role("button", name=says("More", "things to do with a message")).focus()
    page.keyboard.press("Enter")
    expect(page.locator("#acts .act").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#acts")).to_be_hidden()
    assert focused(page) == says("More", "things to do with a message")

    # What is not on the page is edited above the composer.
    bob.has_said("line", 50)
    page.reload()
    connected(page)
    expect(message(page, "typo")).to_have_count(0)
    walk(page, "Shift+Tab", to=says("Edit my last message"))
    page.keyboard.press("Enter")
    expect(page.locator("#editor").get_by_role("textbox", name=says("Edit message"))).to_have_value("typo")


def above(page: Page, selector: str) -> str | None:
    """The id of what stands right above an element."""
    found: str | None = page.locator(selector).evaluate("element => element.previousElementSibling?.id ?? null")
    return found
