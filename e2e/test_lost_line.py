"""The line is cut for a while, and much is said meanwhile."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from e2e.browsers import Console, OpenPage, screenshot
from e2e.line import Line
from e2e.server import Server
from e2e.steps import OUTAGE, assert_live_equals_reload, composer, connected, found_team, log, message, status

CHANGE = """
from rooms.models import Message, Room, User
room, bob = Room.objects.get(slug="lobby"), User.objects.get(name="Bob")
for number in range({count}):
    messages = room.messages.filter(erased_at=None).order_by("position")
    if number % 5 == 3:
        messages[number * 7 % len(messages)].edit(f"edited in change {{number}}")
    elif number % 5 == 4:
        messages[number * 11 % len(messages)].erase(by=bob)
    else:
        room.post(bob, f"posted as change {{number}}", f"change-{{number}}")
"""


@pytest.mark.parametrize("count", [1, 40, 41, 500])
def test_the_page_ends_as_a_reload_shows_it(
    server: Server, open_page: OpenPage, line: Line, console: Console, count: int
) -> None:
    console.expect(OUTAGE)
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    bob.has_said("long ago", 100)
    page = alice.open(url=line.url)
    connected(page)
    page.get_by_role("link", name="Older messages").scroll_into_view_if_needed()
    expect(log(page).get_by_role("article")).to_have_count(80)
    composer(page).fill("in the middle of a sentence")

    line.cut()
    expect(status(page)).to_contain_text("Reconnecting")
    server.shell(CHANGE.format(count=count))
    screenshot(page, f"cut-off-{count}")
    line.mend()

    expect(status(page)).to_be_empty()
    assert_live_equals_reload(page)
    connected(page)
    bob.has_said("and then", 1)
    expect(message(page, "and then 1")).to_be_visible()
    assert_live_equals_reload(page)
    expect(composer(page)).to_have_value("in the middle of a sentence")
    expect(composer(page)).to_be_focused()
