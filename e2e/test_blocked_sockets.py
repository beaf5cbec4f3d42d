"""A network in which WebSockets do not work, or stop working without a word."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Request, expect

from e2e.browsers import Console, OpenPage, screenshot
from e2e.elsewhere import SOON, room_link
from e2e.line import Line
from e2e.server import Server
from e2e.steps import OUTAGE, assert_live_equals_reload, connected, found_team, message, say, status


@pytest.mark.parametrize("fate", ["refused", "never answered"])
def test_messages_arrive_by_polling(
    server: Server, open_page: OpenPage, line: Line, console: Console, fate: str
) -> None:
    console.expect(OUTAGE)
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    bobs = bob.open()
    connected(bobs)
    if fate == "refused":
        line.cut("sockets")
    else:
        line.hold("sockets")
    page = alice.open(url=line.url)
    expect(status(page)).to_contain_text("Reconnecting", timeout=16_000)
    for number in (1, 2):
        say(bobs, f"by another way {number}")
        expect(message(page, f"by another way {number}")).to_be_visible(timeout=12_000)
    elsewhere = alice.open("/people/")
    expect(room_link(elsewhere, "Lobby")).to_have_accessible_name("Lobby")
    elsewhere.close()
    say(page, "I can still write")
    expect(message(page, "I can still write")).to_be_visible(timeout=SOON)
    screenshot(page, f"sockets-{fate.replace(' ', '-')}")
    assert_live_equals_reload(page)

    line.mend("sockets")
    expect(status(page)).to_be_empty(timeout=20_000)
    connected(page)
    say(bobs, "live again")
    expect(message(page, "live again")).to_be_visible(timeout=SOON)
    assert_live_equals_reload(page)


def test_news_from_elsewhere_arrives_by_polling(
    server: Server, open_page: OpenPage, line: Line, console: Console
) -> None:
    console.expect(OUTAGE)
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    bobs = bob.open()
    connected(bobs)
    line.cut("sockets")
    page = alice.open("/people/", url=line.url)
    say(bobs, "@Alice, are you there?")
    expect(page).to_have_title("(1) People", timeout=20_000)
    expect(room_link(page, "Lobby")).to_have_accessible_name("Lobby 1 mentions you")
    expect(page.locator(".toast")).to_have_count(1)

    with page.expect_websocket(timeout=20_000):
        line.mend("sockets")
    say(bobs, "Fine")
    expect(page).to_have_title("(2) People")


def test_silence_makes_the_page_ask(server: Server, open_page: OpenPage, line: Line, console: Console) -> None:
    """The line takes everything and delivers nothing: neither side is told. After 45 s the page asks over HTTP."""
    console.expect(OUTAGE)
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    bobs, page = bob.open(), alice.start(url=line.url)
    page.clock.install()
    page.goto("/rooms/lobby/")
    connected(page)
    asked = requests_for_changes(page)
    line.hold("sockets")
    say(bobs, "into the black hole")
    expect(message(bobs, "into the black hole")).to_be_visible()
    page.clock.fast_forward(40_000)
    expect(status(page)).to_be_empty()
    assert asked == []
    page.clock.fast_forward(6_000)
    expect(message(page, "into the black hole")).to_be_visible()
    expect(status(page)).to_contain_text("Reconnecting")
    assert_live_equals_reload(page)

    line.reset("sockets")
    expect(status(page)).to_be_empty(timeout=20_000)
    connected(page)
    assert_live_equals_reload(page)


def test_heartbeats_keep_the_page_calm_however_busy_the_room(server: Server, open_page: OpenPage) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    bobs, page = bob.open(), alice.start()
    page.clock.install()
    page.goto("/rooms/lobby/")
    connected(page)
    asked = requests_for_changes(page)
    watchdog = page.locator("#room .live__watchdog").element_handle()
    page.clock.fast_forward(15_000)
    for _ in range(14):
        say(bobs, "chatter")
        bobs.wait_for_timeout(2_000)
        if not watchdog.evaluate("watchdog => watchdog.isConnected"):
            break
    else:
        pytest.fail("No heartbeat has come in 28 s.")
    page.clock.fast_forward(20_000)
    expect(status(page)).to_be_empty()
    assert asked == []


def requests_for_changes(page: Page) -> list[Request]:
    requests: list[Request] = []
    page.on(
        "request",
        lambda request: requests.append(request) if re.search(r"/live/rooms/\d+/changes/", request.url) else None,
    )
    return requests
