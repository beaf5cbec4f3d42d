"""Drafts: what was being written is there after a reload, a restart, a lost line, and on another device."""

from __future__ import annotations

from functools import partial
from urllib.parse import quote_plus

import pytest
from playwright.sync_api import Page, Response, Route, expect

from e2e.browsers import Console, OpenPage, screenshot
from e2e.languages import in_language
from e2e.looks import SCREENS, sticks_out
from e2e.server import Server
from e2e.steps import (
    OUTAGE,
    assert_live_equals_reload,
    composer,
    connected,
    found_team,
    log,
    message,
    said,
    say,
    status,
)
from e2e.test_keyboard import walk

PHONE = SCREENS["small-phone-dark"]


def type_and_pause(page: Page, text: str) -> None:
    """Type until the server has what is in the composer."""

    def whole(response: Response) -> bool:
        """The browser may have paused, too, and have sent the half of it."""
        return response.url.endswith("/mentions/") and quote_plus(text) in (response.request.post_data or "")

    with page.expect_response(whole) as answer:
        page.keyboard.type(text)
    answer.value.finished()  # Who kills the server before that leaves half an answer.


def await_texts(page: Page, texts: list[str]) -> None:
    """Reload the page until these texts are in its composers."""
    for _ in range(30):
        # Those above the last show a moment later: until then they have no roles.
        if page.locator(".composer__field").evaluate_all("fields => fields.map(field => field.value)") == texts:
            return
        page.wait_for_timeout(500)
        page.reload()
    raise AssertionError(page.locator("#composers").inner_html())


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_draft_moves_from_a_desk_to_a_phone_and_back(
    server: Server, open_page: OpenPage, console: Console, language: str
) -> None:
    """At the desk there is no mouse."""
    console.expect(OUTAGE)
    says = partial(in_language, language)
    (alice,) = found_team(server, open_page, Alice={"language": language})
    alice.has_said("what do you think", 1)
    desk = alice.open()
    connected(desk)
    walk(desk, "Shift+Tab", to=says("Reply"))
    desk.keyboard.press("Enter")
    expect(desk.locator(".composer__reply")).to_contain_text("Alice")
    walk(desk, "Tab", to=says("Longer message"))
    desk.keyboard.press("Enter")
    expect(composer(desk)).to_have_js_property("tagName", "TEXTAREA")
    expect(composer(desk)).to_be_focused()
    type_and_pause(desk, "A lot.")
    desk.keyboard.press("Enter")
    type_and_pause(desk, "But")

    server.kill()
    server.start()
    phone = alice.open(**PHONE)
    connected(phone)
    expect(composer(phone)).to_have_value("A lot.\nBut")
    expect(composer(phone)).to_be_focused()
    expect(phone.locator(".composer__reply")).to_contain_text("Alice")
    expect(composer(phone)).to_have_js_property("selectionStart", len("A lot.\nBut"))
    screenshot(phone, f"draft-on-the-phone-{language}")
    assert sticks_out(phone) == 0
    type_and_pause(phone, " not")

    desk.reload()
    connected(desk)
    expect(composer(desk)).to_have_value("A lot.\nBut not")
    expect(composer(desk)).to_have_js_property("selectionStart", len("A lot.\nBut not"))
    screenshot(desk, f"draft-back-at-the-desk-{language}")
    desk.keyboard.type(" now")
    walk(desk, "Tab", to=says("Send"))
    desk.keyboard.press("Enter")
    expect(message(phone, "But not now")).to_be_visible()
    expect(composer(desk)).to_have_value("")
    phone.reload()
    expect(composer(phone)).to_have_value("")
    expect(phone.locator(".composer")).to_have_count(1)
    for page in (desk, phone):
        assert_live_equals_reload(page)

    connected(desk)
    type_and_pause(desk, "left behind")
    desk.goto("/notifications/")
    desk.go_back()
    expect(composer(desk)).to_have_value("left behind")
    expect(desk.locator(".composer")).to_have_count(1)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_what_could_not_be_sent_outlives_the_page(
    server: Server, open_page: OpenPage, console: Console, language: str
) -> None:
    """It is discarded by keys, and sent again by hand."""
    console.expect(OUTAGE + "|ERR_INTERNET_DISCONNECTED")
    says = partial(in_language, language)
    (alice,) = found_team(server, open_page, Alice={"language": language})
    desk = alice.open()
    connected(desk)
    desk.context.set_offline(True)
    say(desk, "into the void")
    say(desk, "and another")
    composer(desk).type("typed meanwhile")
    expect(desk.get_by_text(says("Not sent")).filter(visible=True)).to_have_count(2)
    desk.context.set_offline(False)
    expect(status(desk)).to_be_empty(timeout=20_000)
    # Nothing is typed any more: what could not be saved is saved when the line is back.
    phone = alice.open(**PHONE)
    await_texts(phone, ["into the void", "and another", "typed meanwhile"])
    expect(phone.get_by_text(says("Not sent")).filter(visible=True)).to_have_count(2)
    screenshot(phone, f"draft-not-sent-phone-{language}")
    assert sticks_out(phone) == 0

    desk.reload()
    connected(desk)
    await_texts(desk, ["into the void", "and another", "typed meanwhile"])
    expect(composer(desk)).to_be_focused()
    expect(desk.get_by_text(says("Not sent")).filter(visible=True)).to_have_count(2)
    screenshot(desk, f"draft-not-sent-{language}")
    asked: list[str] = []
    desk.on("dialog", lambda dialog: asked.append(dialog.message))
    desk.on("dialog", lambda dialog: dialog.accept())
    walk(desk, "Shift+Tab", to=says("Discard"))
    desk.keyboard.press("Enter")
    expect(desk.locator(".composer")).to_have_count(2)
    assert asked == [says("Discard this text?")]

    phone.reload()
    connected(phone)
    await_texts(phone, ["into the void", "typed meanwhile"])
    phone.get_by_role("button", name=says("Retry")).tap()
    expect(message(phone, "into the void")).to_be_visible()
    expect(phone.locator(".composer")).to_have_count(1)
    desk.reload()
    expect(composer(desk)).to_have_value("typed meanwhile")
    expect(desk.locator(".composer")).to_have_count(1)
    assert said(desk) == ["into the void"]


def test_what_was_sent_does_not_come_back(server: Server, open_page: OpenPage, console: Console) -> None:
    console.expect("ERR_FAILED|Failed to fetch")
    (alice,) = found_team(server, open_page, Alice={})
    page, other = alice.open(), alice.open(**PHONE)
    connected(page)
    held: list[Route] = []
    page.route("**/mentions/", lambda route: held.append(route), times=1)
    with page.expect_request("**/mentions/"):
        page.keyboard.type("said and done")
    page.keyboard.press("Enter")
    expect(message(page, "said and done")).to_be_visible()
    sent = held[0].request
    late = page.request.post(sent.url, data=sent.post_data, headers={**sent.headers})
    assert late.status == 200
    other.reload()
    expect(message(other, "said and done")).to_be_visible()
    expect(composer(other)).to_have_value("")
    held[0].abort()

    # A page that is reloaded while its message is on its way, whose text is then sent once more.
    type_and_pause(page, "once is enough")
    path = page.url
    waiting: list[Route] = []
    page.route("**/messages/", lambda route: waiting.append(route), times=1)
    with page.expect_request("**/messages/"):
        page.keyboard.press("Enter")
    expect(composer(page)).to_have_value("")
    tab = page.context.new_page()
    tab.goto(path)
    expect(composer(tab)).to_have_value("once is enough")
    waiting[0].continue_()
    expect(message(page, "once is enough")).to_be_visible()
    composer(tab).press("Enter")
    expect(tab.locator(".composer")).to_have_count(1)
    expect(composer(tab)).to_have_value("")
    tab.reload()
    expect(message(tab, "once is enough")).to_have_count(1)
    expect(log(tab).get_by_role("article")).to_have_count(2)
