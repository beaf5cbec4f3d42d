"""Two people talk."""

from __future__ import annotations

from playwright.sync_api import expect

from e2e.browsers import OpenPage, screenshot
from e2e.server import Server
from e2e.steps import composer, connected, found_team, message, said, say


def test_two_people_talk(server: Server, open_page: OpenPage) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    alices, bobs = alice.open(), bob.open()
    connected(alices)
    connected(bobs)
    say(alices, "Hello Bob")
    expect(message(bobs, "Hello Bob")).to_be_visible(timeout=1_000)
    say(bobs, "Hello Alice")
    expect(message(alices, "Hello Alice")).to_be_visible(timeout=1_000)
    assert said(alices) == said(bobs) == ["Hello Bob", "Hello Alice"]
    expect(composer(alices)).to_be_focused()
    screenshot(bobs, "two-people-talk")
