"""What one person says stands together, and days apart: in every time zone, at page edges, live and reloaded."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from e2e.browsers import OpenPage, screenshot
from e2e.server import Server
from e2e.steps import act, assert_live_equals_reload, connected, found_team, log, message, say

PAST = """
from datetime import UTC, datetime, timedelta
from importlib import import_module
from django.apps import apps
from django.db import connection
from rooms.models import Message, Room, User
room, at = Room.objects.get(slug="lobby"), datetime(2026, 3, 1, 14, 55, tzinfo=UTC)
for number, (author, text, minutes) in enumerate({said}):
    at += timedelta(minutes=minutes)
    said = room.post(User.objects.get(pk=author), text, f"past-{{number}}")
    Message.objects.filter(pk=said.pk).update(created_at=at, previous_at=None, follows=False)
import_module("rooms.migrations.0007_following").fill(apps, connection.schema_editor())
"""
PHONE = {"width": 320, "height": 640}


def head(found: Locator) -> Locator:
    """The avatar says whether a message has its head: the name itself stays, for who does not see."""
    return found.locator(".message__avatar")


def day(found: Locator) -> str:
    """The day above a message, or "none"."""
    content: str = found.evaluate("element => getComputedStyle(element, '::before').content")
    return content.strip('"')


def scroll_to_the_oldest(page: Page) -> None:
    older = page.locator("#older")
    while older.count():
        log(page).get_by_role("article").first.scroll_into_view_if_needed()
        page.wait_for_timeout(20)


def test_days_begin_where_the_reader_is(server: Server, open_page: OpenPage) -> None:
    """14:59 and 15:01 UTC are one day in London and two in Tokyo."""
    alice, hina = found_team(server, open_page, Alice={}, Hina={"language": "ja", "time_zone": "Asia/Tokyo"})
    said = [(alice.id, "one", 0), (alice.id, "two", 4), (alice.id, "three", 2), (alice.id, "four", 6)]
    said += [(hina.id, "five", 1), (alice.id, "six", 1), (alice.id, "/me waves", 1), (alice.id, "eight", 1)]
    server.shell(PAST.format(said=said))
    london, tokyo = alice.open(), hina.open(viewport=PHONE, color_scheme="dark")
    connected(london)
    for text, shown in {"one": 1, "two": 0, "three": 0, "four": 1, "five": 1, "six": 1, "eight": 0}.items():
        expect(head(message(london, text))).to_be_visible(visible=bool(shown))
    assert day(message(london, "one")) == "Sunday, March 1, 2026"
    assert day(message(london, "three")) == "none"
    articles = tokyo.locator("#messages article")
    three = articles.filter(has_text="three")
    expect(head(three)).to_be_visible()
    assert day(three) == "2026年3月2日（月曜日）"
    assert day(articles.first) == "2026年3月1日（日曜日）"
    expect(three.locator("time")).to_have_text("00:01")
    screenshot(tokyo, "grouping-phone-dark-ja")
    assert tokyo.evaluate("document.documentElement.scrollWidth <= innerWidth")

    # Name and time are there for those who read without looking, and the time for who points there.
    two = message(london, "two")
    expect(two.get_by_text("Alice", exact=True)).to_be_attached()
    assert "Alice" in two.aria_snapshot()
    assert "14:59" in two.aria_snapshot()
    two.hover()
    expect(two.locator(".message__time")).to_have_css("opacity", "1")
    london.mouse.move(0, 0)
    screenshot(london, "grouping")

    # What one does stands in one line with their name.
    waves = message(london, "waves").bounding_box()
    assert waves is not None
    assert waves["height"] < 60
    expect(message(london, "waves")).not_to_contain_text("/me")


def test_it_stays_so_live_and_at_the_edges_of_pages(server: Server, open_page: OpenPage) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    server.shell(PAST.format(said=[(alice.id, f"thought {number}", 1) for number in range(1, 61)]))
    page, bobs = alice.open(), bob.open()
    connected(page)
    connected(bobs)

    # The first in the log has its head and its day, though it goes on from one that is not there.
    first = log(page).get_by_role("article").first
    edge = first.locator(".message__body").inner_text()
    assert edge != "thought 1"
    expect(head(first)).to_be_visible()
    assert day(first) == "Sunday, March 1, 2026"
    scroll_to_the_oldest(page)
    expect(message(page, "thought 1").first).to_be_visible()
    assert day(log(page).get_by_role("article").first) == "Sunday, March 1, 2026"
    moved = log(page).get_by_role("article").filter(has=page.get_by_text(edge, exact=True))
    expect(head(moved)).to_be_hidden()
    assert day(moved) == "none"

    page.locator("#log").evaluate("element => element.scrollTo(0, 0)")
    say(page, "Now this")
    say(page, "and that")
    expect(message(bobs, "and that")).to_be_visible()
    say(bobs, "Well")
    for reader in (page, bobs):
        expect(head(message(reader, "Now this"))).to_be_visible()
        expect(head(message(reader, "and that"))).to_be_hidden()
        expect(head(message(reader, "Well"))).to_be_visible()
        assert day(message(reader, "Now this")) not in {"none", "Sunday, March 1, 2026"}
    # A place that is left behind still stands between what is before and after it.
    page.on("dialog", lambda dialog: dialog.accept())
    message(page, "Now this").hover()
    act(page, "Now this", "Erase")
    expect(message(bobs, "Message erased")).to_be_visible()
    expect(head(message(bobs, "and that"))).to_be_hidden()
    for reader in (page, bobs):
        assert_live_equals_reload(reader)
