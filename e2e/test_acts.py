"""What people do with a message: edit it in its place, look at what it said, quote, pin, keep and erase it."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Locator, Page, expect

from e2e.browsers import OpenPage, screenshot
from e2e.languages import in_japanese
from e2e.server import Server
from e2e.steps import (
    act,
    assert_live_equals_reload,
    composer,
    connected,
    found_team,
    log,
    message,
    open_menu,
    post,
    say,
)
from e2e.test_keyboard import focused, walk

PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}


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


def test_a_reply_shows_what_becomes_of_its_original(server: Server, open_page: OpenPage) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    alices, bobs = alice.open(), bob.open()
    connected(alices)
    connected(bobs)
    say(bobs, "soup at none")
    act(alices, "soup at none", "Quote")
    expect(composer(alices)).to_have_value("> soup at none\n\n")
    expect(alices.locator(".composer__reply")).to_contain_text("Replying to Bob")
    composer(alices).press_sequentially("noon?")
    alices.get_by_role("button", name="Send").click()
    preview = message(alices, "noon?").locator(".message__original")
    expect(preview).to_have_text("soup at none")

    message(bobs, "soup at none").first.hover()
    message(bobs, "soup at none").first.get_by_role("link", name="Edit").click()
    bobs.get_by_role("textbox", name="Edit message").fill("soup at noon")
    bobs.get_by_role("button", name="Save").click()
    expect(preview).to_have_text("soup at noon")
    expect(message(bobs, "noon?").locator(".message__original")).to_have_text("soup at noon")
    screenshot(alices, "reply-preview")

    alices.on("dialog", lambda dialog: dialog.accept())
    open_menu(alices, "soup at noon")
    screenshot(alices, "message-menu")
    alices.locator("#acts").get_by_role("button", name="Erase").click()
    expect(preview).to_have_text("Message erased")
    expect(message(bobs, "noon?").locator(".message__original")).to_have_text("Message erased")
    expect(alices.locator("#acts")).to_be_hidden()

    gone = alices.locator(".message--erased")
    gone.hover()
    gone.get_by_role("button", name="More").click()
    alices.locator("#acts").get_by_role("button", name="Who erased this").click()
    expect(alices.get_by_role("region", name="Who erased this")).to_contain_text("Erased by Alice")
    bobs.locator(".message--erased").hover()
    expect(bobs.locator(".message--erased").get_by_role("button", name="More")).to_be_hidden()
    assert_live_equals_reload(alices)
    assert_live_equals_reload(bobs)


def test_what_is_pinned_and_kept_is_found_again_on_a_phone(server: Server, open_page: OpenPage) -> None:
    alice, bob = found_team(server, open_page, Alice={"language": "ja"}, Bob={})
    bob.has_said("鍵はフックに", 1)
    alice.has_said("line", 90)
    page = alice.open("/messages/1/", **PHONE, color_scheme="dark")
    said, menu = page.locator("#message-1"), page.locator("#acts")

    def ask(name: str) -> Locator:
        said.get_by_role("button", name="その他").tap()
        return menu.get_by_role("button", name=in_japanese(name), exact=True)

    expect(said).to_be_in_viewport()
    assert "gradient" in said.evaluate("element => getComputedStyle(element).backgroundImage")
    pin = ask("Pin to this room")
    expect(menu.get_by_role("button", name=in_japanese("Earlier wordings"))).to_have_count(0)
    address = menu.get_by_label(in_japanese("Link to this message")).input_value()
    screenshot(page, "message-menu-phone-ja")
    pin.tap()
    expect(said.get_by_text(in_japanese("Pinned"), exact=True)).to_be_visible()
    ask("Bookmark").tap()
    expect(page.locator("#toasts")).to_contain_text(in_japanese("Bookmarked."))
    expect(ask("Remove bookmark")).to_be_visible()
    page.keyboard.press("Escape")

    for path in ("/rooms/lobby/pins/", "/bookmarks/"):
        page.goto(path)
        expect(page.locator(".found")).to_contain_text("鍵はフックに")
        screenshot(page, f"found{path.replace('/', '-')}phone-ja")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.locator(".found__text").tap()
        expect(said).to_be_in_viewport()
    page.goto(address)
    expect(said).to_be_in_viewport()


def test_one_quotes_rewords_and_erases_in_japanese_on_a_phone(server: Server, open_page: OpenPage) -> None:
    alice, bob = found_team(server, open_page, Alice={"language": "ja", "time_zone": "Asia/Tokyo"}, Bob={})
    bob.has_said("鍵はフックに", 1)
    page, bobs = alice.open(**PHONE), bob.open()
    connected(page)
    connected(bobs)
    menu, field = page.locator("#acts"), page.get_by_role("textbox", name=in_japanese("Message"), exact=True).last

    def ask(pk: int, name: str) -> None:
        """Have something of the menu of a message, by hand."""
        page.locator(f"#message-{pk} .message__body").tap()
        page.locator(f"#message-{pk}").get_by_role("button", name="その他").tap()
        menu.get_by_role("button", name=in_japanese(name), exact=True).tap()

    def fits() -> bool:
        fitting: bool = page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        return fitting

    ask(1, "Quote")
    expect(field).to_have_value("> 鍵はフックに 1\n\n")
    expect(page.locator(".composer__reply")).to_contain_text("Bobさん")
    field.press_sequentially("どのフック？")
    screenshot(page, "quote-phone-ja")
    assert fits()
    page.get_by_role("button", name=in_japanese("Send"), exact=True).tap()
    expect(message(bobs, "どのフック？").locator("blockquote")).to_have_text("鍵はフックに 1")

    for text in ("鍵はドアの左のフックに", "鍵は受付に"):
        ask(1, "Edit")
        page.get_by_role("textbox", name=in_japanese("Edit message")).fill(text)
        page.get_by_role("button", name=in_japanese("Save")).tap()
        expect(page.locator("#message-1 .message__body")).to_contain_text(text)
    ask(1, "Earlier wordings")
    wordings = page.get_by_role("region", name=in_japanese("Earlier wordings"))
    expect(wordings.locator("blockquote")).to_have_text(["鍵は受付に", "鍵はドアの左のフックに", "鍵はフックに 1"])
    expect(wordings).to_contain_text("Aliceさん")
    expect(wordings).to_be_in_viewport()
    screenshot(page, "wordings-phone-ja")
    assert fits()
    wordings.get_by_role("link", name=in_japanese("Close")).tap()
    expect(wordings).to_have_count(0)

    asked: list[str] = []
    page.on("dialog", lambda dialog: asked.append(dialog.message))
    page.on("dialog", lambda dialog: dialog.accept())
    ask(1, "Erase")
    expect(page.locator("#message-1")).to_contain_text(in_japanese("Message erased"))
    assert asked == [in_japanese("Erase this message for everyone?")]
    ask(1, "Who erased this")
    record = page.get_by_role("region", name=in_japanese("Who erased this"))
    expect(record).to_contain_text("Aliceさん")
    expect(record).to_contain_text("Bobさん")
    expect(record).to_be_in_viewport()
    screenshot(page, "erasure-record-phone-ja")
    assert fits()
    record.get_by_role("link", name=in_japanese("Close")).tap()
    expect(record).to_have_count(0)
    for path in ("/messages/1/erasure/record/", "/messages/2/menu/"):
        page.goto(path)
        assert fits()


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


BREAK = """
from rooms.models import Message
Message.objects.filter(body__startswith="soup").update(mention_spans=["broken"], html="", html_version=0)
"""


def test_a_message_that_cannot_be_shown_says_so_among_the_others(server: Server, open_page: OpenPage) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={"language": "ja"})
    alice.has_said("before", 1)
    alice.has_said("soup", 1)
    alice.has_said("after", 1)
    server.shell(BREAK)
    server.fails_on_purpose = True
    alices, bobs = alice.open(), bob.open(**PHONE, color_scheme="dark")
    connected(alices)
    connected(bobs)
    broken = log(alices).get_by_role("article").nth(1)
    expect(log(alices).get_by_role("article")).to_have_count(3)
    expect(broken).to_have_text("This message cannot be shown.")
    expect(bobs.locator("#message-2")).to_have_text(in_japanese("This message cannot be shown."))
    for page in (alices, bobs):
        said, told = page.locator("#message-1 .message__body"), page.locator("#message-2 .message__body")
        assert left(told) == left(said)
        assert day(page, 1) == day(page, 2)
    screenshot(alices, "unrenderable")
    screenshot(bobs, "unrenderable-phone-ja")

    say(alices, "and more")
    expect(bobs.locator("article", has_text="and more")).to_be_visible()
    assert_live_equals_reload(alices)
    assert_live_equals_reload(bobs)
    assert "Message 2 cannot be drawn" in server.log
    server.shell(BREAK.replace('["broken"]', "[]"))
    alices.reload()
    expect(message(alices, "soup 1")).to_be_visible()


def test_one_edits_what_one_said_last_by_keys(server: Server, open_page: OpenPage) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    page = alice.open()
    connected(page)
    walk(page, "Shift+Tab", to="Edit my last message")
    page.keyboard.press("Enter")
    expect(page.locator("#toasts")).to_contain_text("You have not said anything here yet.")
    composer(page).focus()
    say(page, "tpyo")
    expect(message(page, "tpyo")).not_to_have_attribute("aria-live", "off")
    walk(page, "Shift+Tab", to="Edit my last message")
    screenshot(page, "edit-my-last-message")
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox", name="Edit message")).to_be_focused()
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type("typo")
    walk(page, "Tab", to="Save")
    page.keyboard.press("Enter")
    expect(message(page, "typo")).to_contain_text("(edited)")

    message(page, "typo").get_by_role("button", name="More").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#acts .act").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#acts")).to_be_hidden()
    assert focused(page) == "More"

    # What is not on the page is edited above the composer.
    bob.has_said("line", 50)
    page.reload()
    connected(page)
    expect(message(page, "typo")).to_have_count(0)
    walk(page, "Shift+Tab", to="Edit my last message")
    page.keyboard.press("Enter")
    expect(page.locator("#editor").get_by_role("textbox", name="Edit message")).to_have_value("typo")


def day(page: Page, pk: int) -> str | None:
    return page.locator(f"#message-{pk}").get_attribute("data-day")


def left(element: Locator) -> float:
    found: float = element.evaluate("element => element.getBoundingClientRect().left")
    return found


def above(page: Page, selector: str) -> str | None:
    """The id of what stands right above an element."""
    found: str | None = page.locator(selector).evaluate("element => element.previousElementSibling?.id ?? null")
    return found
