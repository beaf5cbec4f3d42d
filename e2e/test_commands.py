"""Commands: help comes as one types a slash, by keys alone; what they change everybody sees, what they say one does."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from e2e.browsers import Console, OpenPage, screenshot
from e2e.looks import LOOKS, SCREENS, Look
from e2e.server import Server
from e2e.steps import assert_live_equals_reload, composer, connected, found_team, message, open_room

PHONE = SCREENS["small-phone-dark"]


def commands(page: Page, name: str = "Commands") -> Locator:
    return page.get_by_role("list", name=name).get_by_role("button")


def answer(page: Page) -> Locator:
    return page.locator("#answer")


def test_a_room_is_looked_after_from_the_keyboard(server: Server, open_page: OpenPage, console: Console) -> None:
    console.expect("422")
    alice, bob, charlie = found_team(server, open_page, Alice={}, Bob={}, Charlie={})
    den = open_room("closed", "Den", alice, bob)
    page, bobs = alice.open(den), bob.open(den, **PHONE)
    connected(page)
    connected(bobs)
    page.keyboard.type("/")
    expect(commands(page)).to_have_count(5)
    expect(commands(page).nth(2)).to_contain_text("Change the topic of this room")
    screenshot(page, "commands")
    page.keyboard.type("t")
    expect(commands(page)).to_have_count(1)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(composer(page)).to_have_value("/topic ")
    expect(composer(page)).to_be_focused()
    page.keyboard.type("Hooks and eyes")
    expect(page.locator(".mentions__hint")).to_contain_text("Change the topic of this room")
    page.keyboard.press("Enter")
    expect(bobs.locator("#room-title")).to_contain_text("Hooks and eyes")
    expect(answer(page)).to_contain_text("The topic of this room is now: Hooks and eyes")
    expect(answer(bobs)).to_be_empty()
    expect(composer(page)).to_be_focused()
    screenshot(page, "command-answered")

    page.keyboard.type("/invite @")
    names = commands(page, "Names to choose from")
    expect(names).to_have_text(["Charlie"])
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(composer(page)).to_have_value("/invite @Charlie ")
    page.keyboard.press("Enter")
    expect(answer(page)).to_contain_text("Now in this room: Charlie.")
    charlies = charlie.open(den)
    connected(charlies)

    page.keyboard.type("/me bows")
    page.keyboard.press("Enter")
    expect(message(bobs, "bows")).to_have_class("message message--action")
    expect(message(bobs, "bows")).not_to_contain_text("/me")
    expect(answer(page)).to_be_empty()
    page.keyboard.type("/shrug Well :thumbs_u")
    expect(commands(page, "Emoji").first).to_have_text("👍")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(composer(page)).to_have_value("/shrug Well 👍 ")
    page.keyboard.press("Enter")
    expect(message(charlies, "Well 👍 ¯\\_(ツ)_/¯")).to_be_visible()
    page.keyboard.type("//topic is a command")
    page.keyboard.press("Enter")
    expect(message(charlies, "/topic is a command")).to_be_visible()
    assert_live_equals_reload(charlies)

    bobs.keyboard.type("/topic")
    bobs.keyboard.type(" mine")
    expect(bobs.locator(".mentions__hint")).to_contain_text("Only Alice and administrators")
    bobs.keyboard.press("Enter")
    refused = bobs.locator(".composer--refused")
    expect(refused.get_by_role("alert")).to_contain_text("Ask one of them.")
    expect(refused.get_by_role("textbox")).to_have_value("/topic mine")
    screenshot(bobs, "command-refused-phone")
    refused.get_by_role("textbox").fill("/help")
    refused.get_by_role("button", name="Retry").click()
    expect(answer(bobs)).to_contain_text("Say what you are doing")
    expect(answer(bobs)).not_to_contain_text("/topic")
    expect(bobs.locator(".composer")).to_have_count(1)
    assert bobs.evaluate("document.documentElement.scrollWidth <= innerWidth")
    screenshot(bobs, "command-help-phone")
    answer(bobs).get_by_role("button", name="Dismiss").press("Enter")
    expect(answer(bobs).locator(".answer")).to_be_hidden()
    expect(bobs.locator("#room-title")).to_contain_text("Hooks and eyes")


@LOOKS
def test_commands_are_chosen_with_the_mouse_or_by_hand(server: Server, open_page: OpenPage, look: Look) -> None:
    alice, bob, _charlie = found_team(server, open_page, Alice=look.preferences, Bob={}, Charlie={})
    den = open_room("closed", "Den", alice, bob)
    page, bobs = alice.open(den, **look.options), bob.open(den)
    connected(page)
    connected(bobs)

    def send() -> None:
        look.press(page.get_by_role("button", name=look.says("Send"), exact=True))

    composer(page).press_sequentially("/")
    offered = commands(page, look.says("Commands"))
    expect(offered).to_have_count(5)
    expect(composer(page)).to_be_in_viewport(ratio=1)
    look.show(page, "commands")
    look.press(offered.filter(has_text="/topic"))
    expect(composer(page)).to_have_value("/topic ")
    composer(page).press_sequentially("フックと留め金")
    send()
    expect(bobs.locator("#room-title")).to_contain_text("フックと留め金")
    expect(answer(page)).to_contain_text(look.says("The topic of this room is now: %(topic)s", topic="フックと留め金"))

    composer(page).press_sequentially("/invite @")
    look.press(commands(page, look.says("Names to choose from")))
    expect(composer(page)).to_have_value("/invite @Charlie ")
    send()
    expect(answer(page)).to_contain_text(look.says("Now in this room: %(names)s.", names="Charlie"))
    look.show(page, "command-answered")

    for command, said in {"/me お辞儀をする": "お辞儀をする", "/shrug さあ": "さあ ¯\\_(ツ)_/¯"}.items():
        composer(page).press_sequentially(command)
        send()
        expect(message(bobs, said)).to_be_visible()
    for reader in (page, bobs):
        assert_live_equals_reload(reader)
    composer(page).press_sequentially("/help")
    send()
    expect(answer(page)).to_contain_text(look.says("Say what you are doing"))
    look.show(page, "command-help")
    look.press(answer(page).get_by_role("button", name=look.says("Dismiss")))
    expect(answer(page).locator(".answer")).to_be_hidden()


def test_an_input_method_is_left_in_peace(server: Server, open_page: OpenPage) -> None:
    """While a word is being composed, saving and offering must not touch the field: it would be cut off or doubled."""
    (hina,) = found_team(server, open_page, Hina={"language": "ja", "time_zone": "Asia/Tokyo"})
    page = hina.open()
    connected(page)
    field = page.locator(".composer__field").last
    expect(field).to_be_focused()
    field.evaluate("field => { same = field; ends = 0; field.addEventListener('compositionend', () => ends++) }")
    keyboard = page.context.new_cdp_session(page)
    for text in ("／", "／t", "／to"):
        with page.expect_response("**/mentions/"):
            keyboard.send(
                "Input.imeSetComposition", {"text": text, "selectionStart": len(text), "selectionEnd": len(text)}
            )
    expect(page.locator(".mentions__list--commands button")).to_have_count(1)
    assert page.evaluate("[ends, document.activeElement === same, same.value]") == [
        0,
        True,
        "／to",
    ]
    screenshot(page, "commands-ja-composing")
    with page.expect_response("**/mentions/"):
        keyboard.send("Input.insertText", {"text": "／topic 今日の話"})
    assert page.evaluate("[ends, same.value]") == [1, "／topic 今日の話"]
    page.keyboard.press("Enter")
    expect(page.locator("#room-title")).to_contain_text("今日の話")
    expect(page.locator("#answer")).to_contain_text("今日の話")
    screenshot(page, "command-answered-ja")
