"""The server is killed and comes back while people type."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from e2e.browsers import Console, OpenPage, screenshot
from e2e.server import Server
from e2e.steps import OUTAGE, assert_live_equals_reload, composer, connected, found_team, message, said, say, status


def retry(page: Page) -> None:
    page.get_by_role("button", name="Retry").click()


def test_everybody_comes_back_by_themselves(server: Server, open_page: OpenPage, console: Console) -> None:
    console.expect(OUTAGE)
    alice, bob, chiyo = found_team(server, open_page, Alice={}, Bob={}, Chiyo={})
    alices, bobs, chiyos = alice.open(), bob.open(), chiyo.open()
    for page in (alices, bobs, chiyos):
        connected(page)
    say(alices, "before")
    composer(bobs).fill("half a thought")
    expect(message(chiyos, "before")).to_be_visible()
    expect(alices.locator(".composer")).to_have_count(1)  # Her post is answered.

    server.kill()
    say(alices, "into the outage")
    expect(alices.get_by_text("Not sent").filter(visible=True)).to_be_visible()
    for page in (alices, bobs, chiyos):
        expect(status(page)).to_contain_text("Reconnecting")
    composer(alices).type("still typing")
    screenshot(alices, "server-away")
    chiyo.has_said("from another process", 1)
    server.start()

    for page in (alices, bobs, chiyos):
        expect(status(page)).to_be_empty(timeout=20_000)
        connected(page)
        expect(message(page, "from another process 1")).to_be_visible()
    retry(alices)
    expect(message(bobs, "into the outage")).to_be_visible()
    bobs.keyboard.type(" and its other half")
    composer(bobs).press("Enter")
    for page in (alices, bobs, chiyos):
        expect(message(page, "half a thought and its other half")).to_be_visible()
        expected = ["before", "from another process 1", "into the outage", "half a thought and its other half"]
        assert said(page) == expected
        assert_live_equals_reload(page)
    expect(composer(alices)).to_have_value("still typing")
    expect(alices.locator(".composer")).to_have_count(1)
    screenshot(alices, "server-back")
