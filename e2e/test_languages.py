"""Japanese and English side by side: each page speaks its reader's language and tells their time."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from e2e.browsers import OpenPage, screenshot
from e2e.languages import ENGLISH, JAPANESE, called
from e2e.server import Server
from e2e.steps import act, assert_live_equals_reload, composer, connected, found_team, message, open_room, say

PHONE = {"width": 360, "height": 740}


def test_each_reads_live_what_a_reload_shows(server: Server, open_page: OpenPage) -> None:
    hina, mia = found_team(server, open_page, Hina=JAPANESE, Mia=ENGLISH)
    path = open_room("open", "雑談の部屋", hina)
    hinas, mias = hina.open("/rooms/雑談の部屋/"), mia.open(path)
    for page in (hinas, mias):
        connected(page)
        expect(page.get_by_role("heading", level=1)).to_have_text("雑談の部屋")
    assert hinas.url == mias.url == f"{server.url}/rooms/%E9%9B%91%E8%AB%87%E3%81%AE%E9%83%A8%E5%B1%8B/"

    composer(hinas).fill("こんにちは、ミアさん")
    hinas.get_by_role("button", name=called(hinas, "Send"), exact=True).click()
    expect(message(mias, "こんにちは")).to_be_visible()
    say(mias, "Hello Hina")
    expect(message(hinas, "Hello Hina")).to_be_visible()
    for page in (hinas, mias):
        assert_live_equals_reload(page)
    assert time_of_last_message(hinas).endswith("+0900")
    assert time_of_last_message(mias).endswith(("-0500", "-0400"))

    mias.on("dialog", lambda dialog: dialog.accept())
    message(mias, "Hello Hina").hover()
    act(mias, "Hello Hina", "Erase")
    expect(message(mias, "Message erased")).to_be_visible()
    expect(message(hinas, called(hinas, "Message erased"))).to_be_visible()
    for page in (hinas, mias):
        assert_live_equals_reload(page)
    screenshot(hinas, "japanese")
    screenshot(mias, "english-beside-japanese")


def test_one_calls_answers_and_asks_for_readers_in_japanese(server: Server, open_page: OpenPage) -> None:
    hina, mia = found_team(server, open_page, Hina=JAPANESE, Mia=ENGLISH)
    page, mias = hina.open(viewport=PHONE, has_touch=True, is_mobile=True), mia.open()
    connected(page)
    connected(mias)
    say(mias, "@Hina, where is the key?")
    question = message(page, "where is the key?")
    question.locator(".message__body").tap()
    question.get_by_role("link", name=called(page, "Reply")).tap()
    expect(page.locator(".composer__reply")).to_contain_text("Miaさん")

    field = composer(page)
    field.press_sequentially("どうぞ @mi")
    names = page.get_by_role("list", name=called(page, "Names to choose from")).get_by_role("button")
    expect(names).to_have_text(["Mia"])
    screenshot(page, "reply-and-names-phone-ja")
    names.tap()
    expect(field).to_have_value("どうぞ @Mia ")
    page.get_by_role("button", name=called(page, "Send"), exact=True).tap()

    answer = message(page, "どうぞ")
    expect(answer.get_by_role("link", name="Miaさんへの返信")).to_be_visible()
    expect(message(mias, "どうぞ").get_by_role("link", name="In reply to Mia")).to_be_visible()
    act(page, "どうぞ", "Seen by", "tap")
    readers = page.get_by_role("region", name=called(page, "Seen by"))
    expect(readers).to_be_visible()
    screenshot(page, "seen-by-phone-ja")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def time_of_last_message(page: Page) -> str:
    return page.locator("article time").last.get_attribute("datetime") or ""
