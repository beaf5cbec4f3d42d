"""What is meant for somebody reaches them on whatever page they are, in every tab, and is read in all at once."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Locator, Page, expect

from e2e.browsers import Console, OpenPage, screenshot
from e2e.elsewhere import SOON, open_at
from e2e.line import Line
from e2e.server import Server
from e2e.steps import OUTAGE, act, connected, found_team, message, open_room, post

ERASURE = """
from rooms.models import Message
message = Message.objects.get(body__contains="forget this")
message.erase(by=message.author)
"""


def bell(page: Page) -> Locator:
    return page.locator("#bell")


def latest(page: Page) -> Locator:
    """The list that opens in the header."""
    return page.get_by_role("region", name="Notifications")


def rows(where: Locator) -> Locator:
    return where.locator(".notification")


def centre(page: Page) -> Locator:
    return page.locator("#centre-list")


def test_a_mention_is_live_in_both_tabs(server: Server, open_page: OpenPage) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    alices = alice.open()
    first = open_at(bob, "/people/")
    second = open_at(bob, "/notifications/", first)
    bell(first).click()
    expect(latest(first)).to_contain_text("Nothing yet")

    post(alices, "@Bob, the soup is ready")

    for tab in (first, second):
        expect(bell(tab)).to_have_accessible_name("Notifications, 1 unread", timeout=SOON)
    expect(rows(latest(first))).to_contain_text("the soup is ready", timeout=SOON)
    expect(rows(centre(second))).to_contain_text("the soup is ready", timeout=SOON)
    screenshot(first, "notifications-popover")
    screenshot(second, "notifications-centre")

    rows(centre(second)).get_by_role("button", name="Mark as read").click()

    for tab in (second, first):
        expect(bell(tab)).to_have_accessible_name("Notifications", timeout=SOON)
    expect(rows(latest(first)).get_by_role("button")).to_have_accessible_name("Mark as unread", timeout=SOON)


def test_it_comes_however_far_one_has_scrolled(server: Server, open_page: OpenPage) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    alice.has_said("@Bob number", 29)
    alices, page = alice.open(), open_at(bob, "/notifications/")
    expect(rows(centre(page))).to_have_count(29)
    rows(centre(page)).last.scroll_into_view_if_needed()

    post(alices, "@Bob, the soup is ready")

    expect(rows(centre(page)).first).to_contain_text("the soup is ready", timeout=SOON)
    expect(rows(centre(page)).last).to_be_in_viewport()


def test_only_who_is_meant_is_told(server: Server, open_page: OpenPage) -> None:
    alice, bob, charlie = found_team(server, open_page, Alice={}, Bob={}, Charlie={})
    den = open_room("closed", "Den", alice, bob)
    alices, bobs, charlies = alice.open(den), open_at(bob, "/people/"), open_at(charlie, "/people/")
    expect(bell(bobs)).to_have_accessible_name("Notifications, 1 unread")  # The invitation.

    post(alices, "@Bob and @Charlie, look", path=den)
    expect(bell(bobs)).to_have_accessible_name("Notifications, 2 unread", timeout=SOON)
    post(alices, "@Charlie, in the lobby", path="/rooms/lobby/")

    expect(bell(charlies)).to_have_accessible_name("Notifications, 1 unread", timeout=SOON)
    expect(bell(bobs)).to_have_accessible_name("Notifications, 2 unread")
    expect(bell(alices)).to_have_accessible_name("Notifications")


def test_opening_the_room_reads_what_told_of_it(server: Server, open_page: OpenPage) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    alices, bobs = alice.open(), open_at(bob, "/people/")
    post(alices, "@Bob, look here")
    expect(bell(bobs)).to_have_accessible_name("Notifications, 1 unread", timeout=SOON)

    reader = open_at(bob, "/rooms/lobby/", bobs)

    for tab in (bobs, reader):
        expect(bell(tab)).to_have_accessible_name("Notifications", timeout=SOON)


def test_erasing_takes_it_back(server: Server, open_page: OpenPage) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    alices, bobs = alice.open(), open_at(bob, "/notifications/")
    connected(alices)
    post(alices, "@Bob, forget this")
    expect(rows(centre(bobs))).to_contain_text("forget this", timeout=SOON)

    alices.on("dialog", lambda dialog: dialog.accept())
    message(alices, "forget this").hover()
    act(alices, "forget this", "Erase")

    expect(rows(centre(bobs))).to_have_count(0, timeout=SOON)
    expect(bell(bobs)).to_have_accessible_name("Notifications")


def test_what_was_read_and_then_erased_is_gone_from_a_page_that_slept(
    server: Server, open_page: OpenPage, line: Line, console: Console
) -> None:
    console.expect(OUTAGE)
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    alices = alice.open()
    connected(alices)
    for text in ("@Bob, forget this", "@Bob, remember this"):
        post(alices, text)
    reader = bob.open()
    expect(bell(reader)).to_have_accessible_name("Notifications")
    reader.context.close()
    bobs = bob.start(url=line.url)
    with bobs.expect_websocket() as opened:
        bobs.goto("/notifications/")
    expect(rows(centre(bobs))).to_have_count(2)
    with opened.value.expect_event("close"):
        line.cut()
    cursor = alices.locator("#live-inbox-cursor")
    before = cursor.input_value()
    server.shell(ERASURE)
    expect(cursor).not_to_have_value(before)  # It is old news by now: nobody will be told of it again.
    expect(rows(centre(bobs)).filter(has_text="forget this")).to_be_visible()

    line.mend()

    expect(rows(centre(bobs))).to_have_count(1)
    expect(rows(centre(bobs))).to_contain_text("remember this")


def test_by_keyboard_alone_and_the_focus_stays(server: Server, open_page: OpenPage) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    alices, page = alice.open(), open_at(bob, "/people/")
    for text in ("first", "second"):
        post(alices, f"@Bob {text}")
    expect(bell(page)).to_have_accessible_name("Notifications, 2 unread", timeout=SOON)

    bell(page).focus()
    page.keyboard.press("Enter")
    expect(rows(latest(page))).to_have_count(2)
    for name in ("Show all", "Mark as read"):  # The second is of all that is in the room.
        page.keyboard.press("Tab")
        expect(page.locator(":focus")).to_have_accessible_name(name)
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_contain_text("second")
    page.keyboard.press("Tab")
    button = page.locator(":focus")
    expect(button).to_have_accessible_name("Mark as read")

    post(alices, "@Bob third")
    expect(rows(latest(page))).to_have_count(3, timeout=SOON)
    expect(rows(latest(page)).nth(1).get_by_role("button")).to_be_focused()

    page.keyboard.press("Enter")
    expect(bell(page)).to_have_accessible_name("Notifications, 2 unread", timeout=SOON)
    moved = rows(latest(page)).nth(2)
    expect(moved).to_contain_text("second")
    expect(moved.get_by_role("button")).to_be_focused()
    expect(moved.get_by_role("button")).to_have_accessible_name("Mark as unread")

    page.keyboard.press("Escape")  # The toast came last, and goes first.
    expect(page.locator("#toasts").get_by_role("link")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(latest(page)).to_be_hidden()
    expect(bell(page)).to_be_focused()


def test_its_link_leads_to_the_message_in_its_context(server: Server, open_page: OpenPage) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    alices, page = alice.open(), open_at(bob, "/people/")
    post(alices, "@Bob, long ago")
    alice.has_said("since then", 60)
    bell(page).click()

    rows(latest(page)).get_by_role("link").click()

    expect(message(page, "long ago")).to_be_in_viewport()
    expect(bell(page)).to_have_accessible_name("Notifications")


def test_on_a_phone_in_japanese(server: Server, open_page: OpenPage) -> None:
    japanese = {"language": "ja", "time_zone": "Asia/Tokyo"}
    alice, bob = found_team(server, open_page, Alice={}, Bob=japanese)
    direct = open_room("closed", "台所", alice, bob)
    alices = alice.open(direct)
    phone: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True}
    page = open_at(bob, "/rooms/", **phone)
    post(alices, "@Bob スープができました。冷めないうちにどうぞ", path=direct)
    expect(bell(page)).to_have_accessible_name("通知、未読2件", timeout=SOON)

    bell(page).tap()
    expect(rows(page.locator("#latest-list"))).to_have_count(2)
    screenshot(page, "notifications-phone-ja")
    assert page.evaluate("document.querySelector('#latest').getBoundingClientRect().right <= innerWidth")
    page.get_by_role("link", name="すべて見る").tap()

    expect(rows(centre(page))).to_have_count(2)
    screenshot(page, "notifications-phone-centre-ja")
    page.get_by_role("button", name="すべて既読にする").tap()
    expect(rows(centre(page)).get_by_role("button", name="未読にする")).to_have_count(2)


def test_in_the_dark(server: Server, open_page: OpenPage) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    alices, page = alice.open(), open_at(bob, "/people/", color_scheme="dark")
    for text in ("look", "and look again"):
        post(alices, f"@Bob {text}")
    bell(page).click()
    expect(rows(latest(page))).to_have_count(2)
    screenshot(page, "notifications-dark")


def test_without_javascript(server: Server, open_page: OpenPage) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    post(alice.open(), "@Bob, look")
    page = bob.open("/people/", java_script_enabled=False)
    bell(page).click()
    page.get_by_role("link", name="Show all").click()
    rows(centre(page)).get_by_role("button", name="Mark as read").click()
    rows(centre(page)).get_by_role("button", name="Mark as unread").click()
    page.get_by_role("main").get_by_role("button", name="Mark all as read").click()
    expect(bell(page)).to_have_accessible_name("Notifications")
