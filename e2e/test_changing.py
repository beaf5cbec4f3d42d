"""Editing and erasing, seen from the other side."""

from __future__ import annotations

from playwright.sync_api import expect

from e2e.browsers import Console, OpenPage, screenshot
from e2e.server import Server
from e2e.steps import act, composer, connected, found_team, message, say


def test_an_edit_reaches_the_other_page_and_survives_pushes(
    server: Server, open_page: OpenPage, console: Console
) -> None:
    console.expect("422")
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    alices, bobs = alice.open(), bob.open()
    connected(alices)
    connected(bobs)
    say(alices, "I am rigth")
    expect(message(bobs, "rigth")).to_be_visible()
    expect(message(bobs, "rigth").get_by_role("link", name="Edit")).to_be_hidden()
    message(alices, "rigth").hover()
    message(alices, "rigth").get_by_role("link", name="Edit").click()
    editor = alices.get_by_role("textbox", name="Edit message")
    expect(editor).to_be_focused()
    editor.fill("I am right")
    for number in range(5):
        say(bobs, f"push {number}")
    expect(message(alices, "push 4")).to_be_visible()
    expect(editor).to_be_focused()
    screenshot(alices, "editing")
    # What is refused says why, also after names were looked for.
    expect(alices.locator("#editing input[name=seen]")).to_have_value("I am right")
    editor.fill("   ")
    alices.get_by_role("button", name="Save").click()
    expect(alices.locator("#editing").get_by_role("alert")).to_have_text("Write something first.")
    expect(alices.locator("#editing")).to_have_count(1)
    editor.fill("I am right")
    alices.get_by_role("button", name="Save").click()
    expect(message(bobs, "I am right")).to_contain_text("(edited)")
    expect(editor).to_have_count(0)


def test_an_erased_message_leaves_a_tombstone(server: Server, open_page: OpenPage) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    alices, bobs = alice.open(), bob.open()
    connected(alices)
    connected(bobs)
    say(bobs, "take this back")
    expect(message(alices, "take this back")).to_be_visible()
    alices.on("dialog", lambda dialog: dialog.accept())
    message(alices, "take this back").hover()
    act(alices, "take this back", "Erase")
    expect(message(bobs, "Message erased")).to_be_visible()
    expect(message(bobs, "take this back")).to_have_count(0)
    expect(composer(bobs)).to_be_focused()
