"""Phones and wide screens, light and dark, with motion and without."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from e2e.browsers import OpenPage, screenshot
from e2e.looks import PHONE, SCREENS, sticks_out
from e2e.server import Server
from e2e.steps import assert_live_equals_reload, composer, connected, found_team, message, open_room, say

LONG = "https://example.org/" + "a-very-long-path-without-a-break/" * 6

CONTRAST = """() => {
  const light = color => {
    const canvas = new OffscreenCanvas(1, 1).getContext("2d", {willReadFrequently: true});
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    const channels = [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).map(value => value / 255);
    const [r, g, b] = channels.map(value => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const style = selector => getComputedStyle(document.querySelector(selector));
  return [light(style("main").backgroundColor), light(style(".message__body").color)];
}"""


@pytest.mark.parametrize("name", SCREENS)
def test_a_room_fits(server: Server, open_page: OpenPage, name: str) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    path = open_room("closed", "A room whose name is longer than any phone is wide, by far", alice, bob)
    bob.has_said(
        "Something said a while ago, at some length, so that it needs more than one line on a phone,",
        30,
        slug=path.split("/")[2],
    )
    page, bobs = alice.open(path, **SCREENS[name]), bob.open(path)
    connected(page)
    connected(bobs)
    say(bobs, f"Look at this: {LONG}")
    expect(message(page, "Look at this")).to_be_in_viewport()
    assert sticks_out(page) == 0
    expect(composer(page)).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("button", name="Send")).to_be_in_viewport(ratio=1)
    ground, ink = page.evaluate(CONTRAST)
    assert (ground < ink) == ("dark" in name)
    assert (max(ground, ink) + 0.05) / (min(ground, ink) + 0.05) > 7
    screenshot(page, f"screen-{name}")
    assert_live_equals_reload(page)


def test_a_phone_shows_the_list_or_the_room(server: Server, open_page: OpenPage) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    open_room("open", "Kitchen", alice)
    bob.has_said("soup", 2, slug="kitchen")
    page = alice.open(**PHONE)
    connected(page)
    expect(page.get_by_role("navigation", name="Rooms", exact=True)).to_be_hidden()
    page.get_by_role("link", name="All rooms").tap()
    expect(page.get_by_role("navigation", name="Rooms", exact=True)).to_be_visible()
    screenshot(page, "phone-list")
    assert sticks_out(page) == 0
    page.get_by_role("link", name="Kitchen").tap()
    connected(page)
    expect(message(page, "soup 2")).to_be_in_viewport()
    composer(page).tap()
    say(page, "on my way")
    expect(message(page, "on my way")).to_be_in_viewport()
    message(page, "on my way").locator(".message__body").tap()
    message(page, "on my way").get_by_role("link", name="Edit").tap()
    expect(page.get_by_role("textbox", name="Edit message")).to_be_in_viewport(ratio=1)
    screenshot(page, "phone-editing")
    assert sticks_out(page) == 0


def test_nothing_moves_for_those_who_asked(server: Server, open_page: OpenPage) -> None:
    (alice,) = found_team(server, open_page, Alice={})
    page = alice.open(reduced_motion="reduce")
    connected(page)
    say(page, "stand still")
    expect(message(page, "stand still")).to_be_visible()
    moving = "document.getAnimations().filter(animation => animation.effect.getTiming().duration > 100).length"
    assert page.evaluate(moving) == 0
    screenshot(page, "reduced-motion")
