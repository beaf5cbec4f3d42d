"""People: their list, a page of each, when they were last here, and who may call everyone."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Page, expect

from e2e.browsers import OpenPage
from e2e.elsewhere import open_at
from e2e.looks import LOOKS, Look
from e2e.server import Server
from e2e.services import wait_until
from e2e.steps import Person, connected, found_team, message, open_menu, post, say

SEEN = (
    "from datetime import timedelta; from django.utils import timezone; from rooms.models import User;"
    "User.objects.filter(name={name!r}).update(last_seen_at=timezone.now() - timedelta(hours=2), **{fields!r})"
)


def was_seen(person: Person, **fields: Any) -> None:
    """Let somebody have been here two hours ago."""
    person.server.shell(SEEN.format(name=person.name, fields=fields))


def is_online(page: Page) -> bool:
    """Whether the page, which is not live in that, says so when it is opened anew."""
    page.reload()
    return page.get_by_role("main").locator(".tag--online").is_visible()


@LOOKS
def test_when_somebody_was_last_here(server: Server, open_page: OpenPage, look: Look) -> None:
    alice, bob, charlie = found_team(server, open_page, Alice={}, Bob=look.preferences, Charlie={})
    was_seen(alice)
    was_seen(charlie, shares_last_seen=False)
    seen = re.compile("2時間前に利用" if look.language == "ja" else r"Last seen 2\shours ago")
    page = open_at(bob, "/people/", **look.options)
    rows = page.get_by_role("main").get_by_role("listitem")
    expect(rows.filter(has_text="Alice")).to_contain_text(seen)
    expect(rows.filter(has_text="Charlie")).not_to_contain_text(seen)
    look.show(page, "people")

    rows.get_by_role("link", name="Alice").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Alice")
    expect(page.get_by_role("main")).to_contain_text(seen)
    look.show(page, "person")
    open_at(alice, "/rooms/lobby/")
    wait_until(lambda: is_online(page), "She is not shown as being online.")
    expect(page.get_by_role("main")).not_to_contain_text(seen)


def test_one_comes_from_a_message_to_whom_it_is_of_and_writes_to_them(server: Server, open_page: OpenPage) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    alice.has_said("soup", 1)
    page = bob.open()
    connected(page)
    open_menu(page, "soup 1").get_by_role("link", name="Alice").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Alice")

    page.get_by_role("button", name="Write to Alice").click()

    connected(page)
    say(page, "Between you and me")
    expect(message(page, "Between you and me")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("Alice")


def tint(page: Page, text: str) -> str:
    """What stands behind a message where it is marked as meant for the reader."""
    image: str = page.locator("article", has_text=text).evaluate("article => getComputedStyle(article).backgroundImage")
    return image


@LOOKS
def test_only_administrators_may_call_everyone(server: Server, open_page: OpenPage, look: Look) -> None:
    alice, bob = found_team(server, open_page, Alice=look.preferences, Bob=look.preferences)
    page = open_at(alice, "/people/", **look.options)
    only = page.locator("input[name=crowd_mentions][value=administrators]")
    only.check()
    look.show(page, "calling-everyone")
    page.locator("form", has=only).get_by_role("button").click()
    expect(only).to_be_checked()

    bobs = bob.open(**look.options)
    field = bobs.locator(".composer__field").last
    field.press_sequentially("@")
    offered = bobs.get_by_role("list", name=look.says("Names to choose from")).get_by_role("button")
    expect(offered).to_have_text(["Alice"])  # Neither @room nor @here.
    post(bobs, "@room, tea is ready")
    post(bobs, "@here, tea is ready")
    expect(bobs.locator("article")).to_have_count(2)
    expect(bobs.locator("article .mention")).to_have_count(0)
    page.goto("/rooms/lobby/")
    assert tint(page, "@room, tea") == tint(page, "@here, tea") == "none"

    post(page, "@room, I call")
    expect(bobs.locator("article", has_text="I call").locator(".mention")).to_have_text("@room")
    assert tint(bobs, "I call") != "none"
    field.fill("")
    look.show(bobs, "called")


def test_here_is_marked_for_those_who_were_here(server: Server, open_page: OpenPage) -> None:
    alice, bob, charlie = found_team(server, open_page, Alice={}, Bob={}, Charlie={"language": "ja"})
    alices, bobs = alice.open(), bob.open()
    connected(bobs)
    expect(alices.locator("#room-header")).to_contain_text("2")  # Known to be here.
    say(alices, "@here, tea is ready")
    expect(message(bobs, "tea is ready")).to_be_visible()
    assert tint(bobs, "tea is ready") != "none"

    charlies = charlie.open()
    expect(message(charlies, "tea is ready")).to_be_visible()
    assert tint(charlies, "tea is ready") == "none"
