"""What happens after the page was drawn and before its socket opened."""

from __future__ import annotations

from playwright.sync_api import expect

from e2e.browsers import OpenPage, screenshot
from e2e.elsewhere import SOON
from e2e.line import Line
from e2e.server import Server
from e2e.steps import assert_live_equals_reload, connected, found_team, message, post, said, say


def test_a_change_before_the_socket_opens_appears(server: Server, open_page: OpenPage, line: Line) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    bobs = bob.open()
    connected(bobs)
    say(bobs, "before the page")
    line.hold("sockets")
    alices = alice.open(url=line.url)
    expect(message(alices, "before the page")).to_be_visible()
    say(bobs, "between page and socket")
    expect(message(bobs, "between page and socket")).to_be_visible()
    assert said(alices) == ["before the page"]
    line.mend("sockets")
    expect(message(alices, "between page and socket")).to_be_visible(timeout=SOON)
    say(bobs, "after the socket")
    expect(message(alices, "after the socket")).to_be_visible()
    assert said(alices) == ["before the page", "between page and socket", "after the socket"]
    assert_live_equals_reload(alices)


def test_twenty_posts_while_the_socket_opens_arrive_once(server: Server, open_page: OpenPage, line: Line) -> None:
    alice, bob, chiyo = found_team(server, open_page, Alice={}, Bob={}, Chiyo={})
    bobs, chiyos = bob.open(), chiyo.open()
    line.hold("sockets")
    alices = alice.open(url=line.url)
    for number in range(10):
        post(bobs, f"bob {number}")
        post(chiyos, f"chiyo {number}")
    assert said(alices) == []
    line.mend("sockets")
    expect(message(alices, "chiyo 9")).to_be_visible(timeout=SOON)
    assert said(alices) == [f"{name} {number}" for number in range(10) for name in ("bob", "chiyo")]
    screenshot(alices, "page-load-race")
    assert_live_equals_reload(alices)
