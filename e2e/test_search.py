"""Somebody finds what was said: while they type, by keys alone, on a phone in Japanese, and without JavaScript."""

import re

from playwright.sync_api import Page, expect

from e2e.browsers import OpenPage, screenshot
from e2e.server import Server
from e2e.steps import found_team, message, open_room, post

PHONE = {"width": 320, "height": 640}


def hits(page: Page) -> list[str]:
    return page.locator(".found__text").all_inner_texts()


def test_what_was_said_is_found_while_one_types_and_opens_where_it_was_said(
    server: Server, open_page: OpenPage
) -> None:
    alice, bob, charlie = found_team(server, open_page, Alice={}, Bob={}, Charlie={})
    open_room("closed", "Den", alice, bob)
    bob.has_said("The Ferry, number", 2)
    alice.has_said("Later on", 45)
    alice.has_said("A ferry for the den", 1, slug="den")

    page = bob.open()
    page.get_by_role("link", name="Search here").focus()
    page.keyboard.press("Enter")
    field = page.get_by_role("searchbox", name="Search messages")
    expect(field).to_be_focused()
    expect(field).to_have_value(re.compile("in:lobby"))
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("ferry")

    expect(page.locator(".found mark")).to_have_text(["ferry", "Ferry", "Ferry"])
    expect(page.get_by_role("status").filter(has_text="3 messages")).to_be_visible()
    expect(field).to_be_focused()
    page.keyboard.type(" in:lob", delay=20)
    expect(page.locator(".found")).to_have_count(2)
    screenshot(page, "search")
    hit = page.get_by_role("link", name="The Ferry, number 1")
    hit.focus()
    page.keyboard.press("Enter")

    page.wait_for_url("**/rooms/lobby/?around=*")
    expect(message(page, "The Ferry, number 1")).to_be_in_viewport()
    expect(message(page, "Later on 10")).to_have_count(1)

    page.go_back()
    expect(page.locator(".found")).to_have_count(2)
    expect(page.get_by_role("searchbox")).to_have_value("ferry in:lob")
    page.reload()
    expect(page.locator(".found")).to_have_count(2)
    page.get_by_role("searchbox").fill("from:bob has:link")
    expect(page.get_by_text("Nothing like that was said in your rooms.")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/search/\?q=from%3Abob\+has%3Alink$"))

    page.goto("/search/")
    page.get_by_role("link", name="ferry in:lob").click()
    expect(page.locator(".found")).to_have_count(2)
    page.goto("/search/")
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_role("link", name="ferry in:lob")).to_have_count(0)

    others = charlie.open("/search/?q=ferry")
    assert hits(others) == ["The Ferry, number 2", "The Ferry, number 1"]


def test_on_a_phone_in_japanese(server: Server, open_page: OpenPage) -> None:
    hina, alice = found_team(server, open_page, Hina={"language": "ja", "time_zone": "Asia/Tokyo"}, Alice={})
    alice.has_said("昨日、病院に行きました。", 25)

    page = hina.open("/search/", viewport=PHONE, color_scheme="dark")
    page.get_by_role("searchbox", name="メッセージを検索").press_sequentially("病院")

    expect(page.locator(".found")).to_have_count(20)
    assert set(page.locator(".found mark").all_inner_texts()) == {"病院"}
    screenshot(page, "search-phone-ja")
    page.get_by_role("link", name="以前のメッセージ").click()
    expect(page.locator(".found")).to_have_count(25)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.locator("summary").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]

    page.goto("/search/?q=in:lobby")
    page.get_by_label("Lobbyの日付へ移動").fill("2020-01-01")
    page.get_by_role("button", name="移動").click()
    page.wait_for_url("**/rooms/lobby/?around=*")
    expect(page.get_by_text("昨日、病院に行きました。 1", exact=True)).to_be_in_viewport()


def test_without_javascript_and_after_an_erasure(server: Server, open_page: OpenPage) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    writing = alice.open()
    post(writing, "Gloves are in the boat")

    page = bob.open("/search/", java_script_enabled=False)
    page.get_by_role("searchbox", name="Search messages").fill("glove")
    page.get_by_role("button", name="Search").click()
    assert hits(page) == ["Gloves are in the boat"]
    path = page.locator(".found__text").get_attribute("href")
    token = writing.locator("input[name=csrfmiddlewaretoken]").first.input_value()
    erased = writing.request.post(f"{path}erasure/", form={"csrfmiddlewaretoken": token})
    assert erased.ok

    page.reload()

    assert hits(page) == []
    expect(page.get_by_text("Nothing like that was said in your rooms.")).to_be_visible()
