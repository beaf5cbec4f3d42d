"""Drafts: what was being written is there after a reload, a restart, a lost line, and on another device."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, Route, expect

from e2e.browsers import Console, OpenPage, screenshot
from e2e.server import Server
from e2e.steps import OUTAGE, composer, connected, found_team, log, message, said, say, status

PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark"}


def type_and_pause(page: Page, text: str) -> None:
    """Type until the server has what is in the composer."""
    with page.expect_response("**/mentions/"):
        page.keyboard.type(text)


def await_texts(page: Page, texts: list[str]) -> None:
    """Reload the page until these texts are in its composers."""
    for _ in range(30):
        # Those above the last show a moment later: until then they have no roles.
        if page.locator(".composer__field").evaluate_all("fields => fields.map(field => field.value)") == texts:
            return
        page.wait_for_timeout(500)
        page.reload()
    raise AssertionError(page.locator("#composers").inner_html())


def test_a_draft_moves_from_device_to_device(server: Server, open_page: OpenPage, console: Console) -> None:
    console.expect(OUTAGE)
    (alice,) = found_team(server, open_page, Alice={})
    alice.has_said("what do you think", 1)
    desk = alice.open()
    connected(desk)
    message(desk, "what do you think").hover()
    message(desk, "what do you think").get_by_role("link", name="Reply").click()
    expect(desk.get_by_text("Replying to Alice")).to_be_visible()
    desk.get_by_role("button", name="Longer message").click()
    expect(composer(desk)).to_have_js_property("tagName", "TEXTAREA")
    type_and_pause(desk, "A lot.")
    desk.keyboard.press("Enter")
    type_and_pause(desk, "But")

    server.kill()
    server.start()
    phone = alice.open(**PHONE)
    connected(phone)
    expect(composer(phone)).to_have_value("A lot.\nBut")
    expect(composer(phone)).to_be_focused()
    expect(phone.get_by_text("Replying to Alice")).to_be_visible()
    expect(composer(phone)).to_have_js_property("selectionStart", len("A lot.\nBut"))
    screenshot(phone, "draft-on-the-phone")
    type_and_pause(phone, " not")

    desk.reload()
    connected(desk)
    expect(composer(desk)).to_have_value("A lot.\nBut not")
    expect(composer(desk)).to_have_js_property("selectionStart", len("A lot.\nBut not"))
    desk.keyboard.type(" now")
    desk.get_by_role("button", name="Send").click()
    expect(message(phone, "But not now")).to_be_visible()
    expect(composer(desk)).to_have_value("")
    phone.reload()
    expect(composer(phone)).to_have_value("")
    expect(phone.locator(".composer")).to_have_count(1)

    connected(desk)
    type_and_pause(desk, "left behind")
    desk.goto("/notifications/")
    desk.go_back()
    expect(composer(desk)).to_have_value("left behind")
    expect(desk.locator(".composer")).to_have_count(1)


def test_what_could_not_be_sent_outlives_the_page(server: Server, open_page: OpenPage, console: Console) -> None:
    console.expect(OUTAGE + "|ERR_INTERNET_DISCONNECTED")
    (alice,) = found_team(server, open_page, Alice={})
    page = alice.open()
    connected(page)
    page.context.set_offline(True)
    say(page, "into the void")
    say(page, "and another")
    composer(page).type("typed meanwhile")
    expect(page.get_by_text("Not sent").filter(visible=True)).to_have_count(2)
    page.context.set_offline(False)
    expect(status(page)).to_be_empty(timeout=20_000)
    # Nothing is typed any more: what could not be saved is saved when the line is back.
    other = alice.open(**PHONE)
    await_texts(other, ["into the void", "and another", "typed meanwhile"])
    expect(other.get_by_text("Not sent").filter(visible=True)).to_have_count(2)
    screenshot(other, "draft-not-sent-phone")

    page.reload()
    connected(page)
    await_texts(page, ["into the void", "and another", "typed meanwhile"])
    expect(composer(page)).to_be_focused()
    expect(page.get_by_text("Not sent").filter(visible=True)).to_have_count(2)
    screenshot(page, "draft-not-sent")
    lost = page.locator(".composer").filter(has=page.locator("[value='into the void']"))
    lost.get_by_role("button", name="Retry").click()
    expect(message(page, "into the void")).to_be_visible()
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Discard").click()
    expect(page.locator(".composer")).to_have_count(1)
    page.reload()
    expect(composer(page)).to_have_value("typed meanwhile")
    expect(page.locator(".composer")).to_have_count(1)
    assert said(page) == ["into the void"]


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
