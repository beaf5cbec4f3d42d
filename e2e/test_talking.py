"""Two people talk."""

from __future__ import annotations

import time

from playwright.sync_api import expect

from e2e.browsers import OpenPage, screenshot
from e2e.elsewhere import SECOND, SOON
from e2e.server import Server
from e2e.steps import composer, connected, found_team, message, said, say

ARRIVALS = """() => {
  window.arrived = {};
  new MutationObserver(() => {
    for (const body of document.querySelectorAll("#messages .message__body")) arrived[body.innerText] ??= Date.now();
  }).observe(document.querySelector("#messages"), {childList: true, subtree: true});
}"""
"""When each text was first in the page, in milliseconds since 1970."""


def test_two_people_talk(server: Server, open_page: OpenPage) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    alices, bobs = alice.open(), bob.open()
    connected(alices)
    connected(bobs)
    say(alices, "Hello Bob")
    expect(message(bobs, "Hello Bob")).to_be_visible(timeout=SOON)
    say(bobs, "Hello Alice")
    for page in (alices, bobs):
        expect(message(page, "Hello Alice")).to_be_visible(timeout=SOON)
    assert said(alices) == said(bobs) == ["Hello Bob", "Hello Alice"]
    expect(composer(alices)).to_be_focused()
    screenshot(bobs, "two-people-talk")


def test_what_one_says_is_before_the_other_within_a_second(server: Server, open_page: OpenPage) -> None:
    """Measured in the page that it comes to. One of ten may meet a machine that does something else for a second."""
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    alices, bobs = alice.open(), bob.open()
    connected(alices)
    connected(bobs)
    bobs.evaluate(ARRIVALS)
    sent: dict[str, float] = {}
    for number in range(10):
        text = f"word {number}"
        composer(alices).fill(text)
        sent[text] = time.time() * 1_000
        composer(alices).press("Enter")
        expect(message(bobs, text)).to_be_visible()
        expect(composer(alices)).to_have_value("")

    arrived = bobs.evaluate("arrived")
    taken = sorted(arrived[text] - at for text, at in sent.items())
    assert taken[-2] < SECOND, taken
