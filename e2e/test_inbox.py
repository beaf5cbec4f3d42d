"""The list of rooms, the title and the icon: they follow what happens elsewhere, on every kind of page."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from e2e.browsers import Console, OpenPage, screenshot
from e2e.elsewhere import SOON, expect_icon, listed, open_at, room_link, room_list
from e2e.line import Line
from e2e.looks import SCREENS, sticks_out
from e2e.server import Server
from e2e.services import wait_until
from e2e.steps import OUTAGE, act, composer, connected, found_team, message, open_room, post, say

KINDS = ["/rooms/lobby/", "/rooms/", "/accounts/profile/", "/people/", "/notifications/", "/rooms/new/", "/nowhere/"]


def expect_list(page: Page, *names: str) -> None:
    wait_until(lambda: listed(page) == list(names), f"The list does not become {names}.")


def test_what_becomes_of_rooms_is_seen_in_other_browsers(server: Server, open_page: OpenPage) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    page, bobs = open_at(alice, "/rooms/new/"), open_at(bob, "/people/")

    page.get_by_label("Name").fill("Kitchen")
    page.get_by_role("button", name="Create room").click()
    expect_list(bobs, "Kitchen", "Lobby")

    page.get_by_role("link", name="Room settings").click()
    page.get_by_label("Name").fill("Attic")
    page.get_by_role("button", name="Save").click()
    expect_list(bobs, "Attic", "Lobby")

    den = open_room("closed", "Den", alice, bob)
    expect_list(bobs, "Attic", "Den", "Lobby")

    beside = open_at(bob, f"{den}leaving/", bobs)
    beside.get_by_role("button", name="Leave room").click()
    expect_list(bobs, "Attic", "Lobby")

    page.get_by_role("link", name="Room settings").click()
    page.get_by_role("link", name="Archive room").click()
    page.get_by_role("button", name="Archive room").click()
    expect_list(bobs, "Lobby")
    expect(room_list(bobs).get_by_role("link", name="Archived rooms")).to_be_visible()

    page.get_by_role("link", name="Room settings").click()
    page.get_by_role("button", name="Restore room").click()
    expect_list(bobs, "Attic", "Lobby")
    expect(room_list(bobs).get_by_role("link", name="Archived rooms")).to_have_count(0)


def test_a_room_is_hidden_in_all_tabs(server: Server, open_page: OpenPage) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    kitchen = open_room("open", "Kitchen", alice)
    page = open_at(bob, kitchen)
    beside = open_at(bob, "/people/", page)

    page.locator("#involvement button").first.click()
    page.get_by_role("radio", name=re.compile("hide the room")).check()

    expect_list(beside, "Lobby")
    bob.server.shell(
        "from rooms.models import *; Room.objects.get(slug='kitchen').post(User.objects.get(name='Alice'), 'psst', 'k')"
    )
    post(open_at(alice, "/rooms/lobby/"), "and here")
    expect(beside).to_have_title(re.compile(r"^\(1\) "))  # Not two: what is hidden counts for nothing.


@pytest.mark.parametrize("path", KINDS)
def test_a_message_elsewhere_moves_badge_title_and_icon(
    server: Server, open_page: OpenPage, path: str, console: Console
) -> None:
    console.expect("404")  # Of what is not there, which is a page, too.
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    kitchen = open_room("open", "Kitchen", alice)
    alices, page = open_at(alice, kitchen), open_at(bob, path)
    title = page.title()
    expect_icon(page, "rooms")

    post(alices, "soup", kitchen)
    expect(page).to_have_title(f"(1) {title}", timeout=SOON)
    expect(room_link(page, "Kitchen")).to_have_accessible_name("Kitchen 1 unread message", timeout=SOON)
    expect_icon(page, "rooms-unread")

    post(alices, "@Bob, soup!", kitchen)
    expect(page).to_have_title(f"(2) {title}", timeout=SOON)
    expect(room_link(page, "Kitchen")).to_have_accessible_name("Kitchen 2 unread messages 1 mentions you")
    expect_icon(page, "rooms-mention")

    page.reload()
    expect(page).to_have_title(f"(2) {title}")
    expect_icon(page, "rooms-mention")

    open_at(bob, kitchen, page)
    expect(page).to_have_title(title, timeout=SOON)
    expect(room_link(page, "Kitchen")).to_have_accessible_name("Kitchen", timeout=SOON)
    expect_icon(page, "rooms")


def test_one_takes_back_what_was_unread(server: Server, open_page: OpenPage) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    kitchen = open_room("open", "Kitchen", alice)
    alices, page = open_at(alice, kitchen), open_at(bob, "/people/")
    connected(alices)
    say(alices, "@Bob, sorry, wrong room")
    expect(page).to_have_title("(1) People")

    alices.on("dialog", lambda dialog: dialog.accept())
    message(alices, "wrong room").hover()
    act(alices, "wrong room", "Erase")

    expect(page).to_have_title("People", timeout=SOON)
    expect(room_link(page, "Kitchen")).to_have_accessible_name("Kitchen")
    expect_icon(page, "rooms")


def test_an_archived_room_keeps_what_one_was_writing(server: Server, open_page: OpenPage, console: Any) -> None:
    console.expect("422")
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    kitchen = open_room("open", "Kitchen", alice)
    page, bobs = alice.open(f"{kitchen}archiving/"), bob.open(kitchen)
    connected(bobs)
    say(bobs, "while it is open")
    composer(bobs).fill("half a sentence")

    page.get_by_role("button", name="Archive room").click()

    expect(bobs.locator("#closure")).to_contain_text("This room is archived", timeout=SOON)
    expect(page.locator("#closure")).to_contain_text("This room is archived")
    expect(composer(page)).to_be_hidden()
    expect(message(page, "while it is open")).to_be_visible()
    message(bobs, "while it is open").hover()
    expect(message(bobs, "while it is open").get_by_role("link", name="Edit")).to_be_hidden()
    composer(bobs).press("Enter")
    expect(bobs.get_by_role("alert")).to_contain_text("This room is archived")
    expect(bobs.locator(".composer__field").first).to_have_value("half a sentence")
    screenshot(bobs, "archived-room")

    page.get_by_role("link", name="Room settings").click()
    page.get_by_role("button", name="Restore room").click()
    expect(bobs.locator("#closure")).to_be_empty(timeout=SOON)
    bobs.get_by_role("button", name="Retry").click()
    expect(message(page, "half a sentence")).to_be_visible()


def test_a_phone_shows_the_list_or_the_archive(server: Server, open_page: OpenPage) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    page = open_at(bob, "/rooms/", **SCREENS["phone"])
    open_room("open", "Kitchen", alice)
    expect(room_link(page, "Kitchen")).to_be_visible()
    server.shell("from rooms.models import Room; Room.objects.get(slug='kitchen').archive()")
    expect(room_link(page, "Kitchen")).to_have_count(0)

    page.get_by_role("link", name="Archived rooms").tap()
    expect(room_list(page)).to_be_hidden()
    screenshot(page, "archive-phone")
    page.get_by_role("link", name="Rooms", exact=True).tap()
    expect(room_list(page)).to_be_visible()
    expect(page.get_by_role("link", name="Kitchen")).to_be_hidden()

    page.get_by_role("link", name="Archived rooms").tap()
    page.get_by_role("link", name="Kitchen").tap()
    expect(page.locator("#closure")).to_contain_text("This room is archived")
    assert sticks_out(page) == 0


WATCH = """
window.changed = [];
const badge = node => (node.closest ? node : node.parentElement).closest(".room-link__counts");
new MutationObserver(records => {
  const nodes = records.map(record => record.target).filter(node => !badge(node));
  changed.push(...nodes.map(node => node.id || node.nodeName));
}).observe(document.querySelector("#rooms"), {childList: true, subtree: true, attributes: true, characterData: true});
"""


def test_nothing_flashes_when_the_line_comes_back(
    server: Server, open_page: OpenPage, line: Line, console: Any
) -> None:
    console.expect(OUTAGE)
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    open_room("open", "Kitchen", alice)
    alice.has_said("soup", 2, slug="kitchen")
    page = open_at(bob, "/people/", url=line.url)
    page.evaluate(WATCH)
    with page.expect_websocket(lambda socket: socket.url.endswith("/live/inbox/")) as opened:
        line.reset("sockets")
    wait_until(lambda: bool(page.evaluate("1")) and not opened.value.is_closed(), "It does not come back.")
    alice.has_said("more", 1, slug="kitchen")

    expect(page).to_have_title("(3) People")
    assert page.evaluate("changed") == []
    expect(page.locator("#toasts .toast")).to_have_count(0)


@pytest.mark.parametrize(
    ("name", "language"), [("phone", "en"), ("phone-dark", "ja"), ("desk", "ja"), ("desk-dark", "en")]
)
def test_the_list_looks_well(server: Server, open_page: OpenPage, name: str, language: str) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={"language": language})
    kitchen = open_room("open", "Kitchen, and all that is cooked in it on long evenings", alice)
    open_room("closed", "Attic", alice, bob)
    silenced = "from rooms.models import Membership as M; M.objects.filter(user__name='Bob', room__slug='attic')"
    server.shell(f"{silenced}.update(involvement='nothing')")
    alices, page = alice.open(kitchen), open_at(bob, "/rooms/", **SCREENS[name], locale=language)
    for text in ("soup", "@Bob, soup!"):
        post(alices, text, kitchen)

    expect(page.locator(".room-link__badge--mentioned")).to_have_text(re.compile("^@1"))
    expect(page.locator(".room-link__quiet")).to_be_visible()
    assert sticks_out(page) == 0
    screenshot(page, f"list-{name}-{language}")


QUESTION = """
from rooms.models import User
from rooms.outside.confirming import make_path
from rooms.outside.models import Target
print(make_path(Target.objects.add(User.objects.get(name="Bob"), Target.Kind.EMAIL)))
"""


@pytest.mark.parametrize(("screen", "language"), [("desk", "en"), ("small-phone", "ja")])
def test_a_page_that_is_not_there_has_the_list_beside_it(
    server: Server, open_page: OpenPage, screen: str, language: str, console: Console
) -> None:
    console.expect("404")
    alice, bob = found_team(server, open_page, Alice={}, Bob={"language": language})
    page = open_at(bob, "/nowhere/", **SCREENS[screen], locale=language)
    post(alice.open(), "@Bob, where are you?")

    expect(page).to_have_title(re.compile(r"^\(1\) "), timeout=SOON)
    expect(page.get_by_role("heading", level=1)).to_be_in_viewport(ratio=1)
    assert sticks_out(page) == 0
    screenshot(page, f"not-there-{screen}-{language}")
    page.goto(server.shell(QUESTION).strip())
    expect(page.locator("#inbox")).to_have_count(1)
    assert sticks_out(page) == 0
    screenshot(page, f"email-question-{screen}-{language}")
