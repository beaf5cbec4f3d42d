"""The sample team arrives while somebody looks."""

from __future__ import annotations

from playwright.sync_api import expect

from e2e.browsers import OpenPage, screenshot
from e2e.server import Server
from e2e.steps import connected, found_team, log


def test_open_pages_see_the_sample_team_come(server: Server, open_page: OpenPage) -> None:
    (alice,) = found_team(server, open_page, Alice={})
    page = alice.open()
    connected(page)

    server.manage("demo", "--add", "--messages", "500")

    rooms = page.get_by_role("navigation", name="Rooms")
    expect(rooms.get_by_role("link", name="雑談")).to_be_visible()
    rooms.get_by_role("link", name="Trails").click()
    expect(log(page).get_by_role("article")).to_have_count(40)
    screenshot(page, "sample-team")
