"""Somebody finds what was said: while they type, by keys alone, on a phone in Japanese, and without JavaScript."""

import re
from functools import partial
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from e2e.browsers import Console, OpenPage, screenshot
from e2e.languages import in_language
from e2e.server import Server
from e2e.steps import found_team, message, open_room, post
from e2e.test_keyboard import walk

PHONE: dict[str, Any] = {"viewport": {"width": 320, "height": 640}, "has_touch": True, "is_mobile": True}
WIDTH = "document.documentElement.scrollWidth"

DAYS = """
from datetime import UTC, datetime
from rooms.models import Message
for number, message in enumerate(Message.objects.order_by("pk"), 1):
    at = datetime(2026, 3, 1 if number < 20 else 2 if number < 40 else 5, 12, number % 20, tzinfo=UTC)
    Message.objects.filter(pk=message.pk).update(created_at=at)
    Message.objects.filter(position__gt=message.position).update(previous_at=at)
"""
"""Three days on which something was said, with two between them on which nothing was."""


def expect_hits(page: Page, *texts: str) -> None:
    expect(page.locator(".found__text")).to_have_text([*texts])


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
    walk(page, "Tab", to="The Ferry, number 1")
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
    screenshot(page, "recent-searches")
    walk(page, "Tab", to="ferry in:lob")
    page.keyboard.press("Enter")
    expect(page.locator(".found")).to_have_count(2)
    page.goto("/search/")
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_role("link", name="ferry in:lob")).to_have_count(0)

    others = charlie.open("/search/?q=ferry")
    expect_hits(others, "The Ferry, number 2", "The Ferry, number 1")


@pytest.mark.parametrize("language", ["en", "ja"])
def test_on_a_phone(server: Server, open_page: OpenPage, language: str) -> None:
    hina, alice = found_team(server, open_page, Hina={"language": language, "time_zone": "Asia/Tokyo"}, Alice={})
    alice.has_said("昨日、病院に行きました。", 25)
    called = partial(in_language, language)

    page = hina.open("/search/", color_scheme="dark", **PHONE)
    page.get_by_role("searchbox", name=called("Search messages")).press_sequentially("病院")

    expect(page.locator(".found")).to_have_count(20)
    assert set(page.locator(".found mark").all_inner_texts()) == {"病院"}
    screenshot(page, f"search-phone-{language}")
    page.get_by_role("link", name=called("Older messages")).tap()
    expect(page.locator(".found")).to_have_count(25)
    assert page.evaluate(WIDTH) <= 320
    page.locator("summary").tap()
    expect(page.get_by_text(called("what came with it"))).to_be_visible()
    assert page.evaluate(WIDTH) <= 320
    screenshot(page, f"search-help-phone-{language}")
    page.get_by_role("link", name="病院に行きました。 7").tap()
    page.wait_for_url("**/rooms/lobby/?around=*")

    page.goto("/search/")
    recent = page.get_by_role("region", name=called("Recent searches"))
    screenshot(page, f"recent-searches-phone-{language}")
    recent.get_by_role("link", name="病院").tap()
    expect(page.locator(".found")).to_have_count(20)

    page.goto("/search/?q=in:lobby")
    page.get_by_label(called("Go to a day in <bdi>%(room)s</bdi>", room="Lobby")).fill("2020-01-01")
    screenshot(page, f"day-phone-{language}")
    page.get_by_role("button", name=called("Go", context="to a day"), exact=True).tap()
    page.wait_for_url("**/rooms/lobby/?around=*")
    expect(page.get_by_text("昨日、病院に行きました。 1", exact=True)).to_be_in_viewport()
    assert page.evaluate(WIDTH) <= 320
    screenshot(page, f"day-reached-phone-{language}")


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_room_opens_at_a_day_by_keys(server: Server, open_page: OpenPage, language: str) -> None:
    alice, bob = found_team(server, open_page, Alice={"language": language}, Bob={})
    bob.has_said("Long ago", 60)
    server.shell(DAYS)
    called = partial(in_language, language)

    page = alice.open("/search/?q=in:lobby")
    walk(page, "Tab", to=called("Go to a day in <bdi>%(room)s</bdi>", room="Lobby"))
    screenshot(page, f"day-{language}")
    page.keyboard.type("03022026")
    page.keyboard.press("Enter")

    page.wait_for_url("**/rooms/lobby/?around=*")
    expect(page.get_by_text("Long ago 20", exact=True)).to_be_in_viewport()
    first = page.get_by_role("article").filter(has=page.get_by_text("Long ago 20", exact=True))
    assert "2026" in str(first.get_attribute("data-day"))
    screenshot(page, f"day-reached-{language}")

    page.goto("/rooms/lobby/?on=2026-03-03")
    expect(page.get_by_text("Long ago 40", exact=True)).to_be_in_viewport()
    expect(page.get_by_text(re.compile("Nothing was said here|発言はありません"))).to_be_visible()


def test_who_searches_too_often_reads_so_and_may_go_on(server: Server, open_page: OpenPage, console: Console) -> None:
    console.expect("429")
    (alice,) = found_team(server, open_page, Alice={})
    alice.has_said("The ferry", 2)
    page = alice.open("/search/")
    while int(page.request.get("/search/?q=ferry", headers={"HX-Request": "true"}).headers.get("retry-after", 0)) < 3:
        pass  # Until there is time to type before the next ones are taken.

    page.get_by_role("searchbox").press_sequentially("ferry")

    expect(page.get_by_text("Too many searches at once.")).to_be_visible()
    screenshot(page, "search-too-often")
    for _ in range(60):
        page.get_by_role("button", name="Search", exact=True).click()
        if page.locator(".found").count():
            break
        page.wait_for_timeout(500)
    expect(page.locator(".found")).to_have_count(2)


def test_without_javascript_and_after_an_erasure(server: Server, open_page: OpenPage) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    writing = alice.open()
    post(writing, "Gloves are in the boat")

    page = bob.open("/search/", java_script_enabled=False)
    page.get_by_role("searchbox", name="Search messages").fill("glove")
    page.get_by_role("button", name="Search").click()
    expect_hits(page, "Gloves are in the boat")
    path = page.locator(".found__text").get_attribute("href")
    token = writing.locator("input[name=csrfmiddlewaretoken]").first.input_value()
    erased = writing.request.post(f"{path}erasure/", form={"csrfmiddlewaretoken": token})
    assert erased.ok

    page.reload()

    expect_hits(page)
    expect(page.get_by_text("Nothing like that was said in your rooms.")).to_be_visible()
