"""The smallest phone, and a page enlarged four times: nothing has to be scrolled sideways."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from e2e.browsers import OpenPage, screenshot
from e2e.server import Server
from e2e.services import wait_until
from e2e.steps import connected, found_team, message, open_menu, open_room, say

PATHS = [
    "/rooms/lobby/",
    "/rooms/lobby/settings/",
    "/rooms/",
    "/rooms/new/",
    "/directs/",
    "/people/",
    "/notifications/",
    f"/search/?q=in:lobby {'W' * 100}",
    "/search/?q=W from:me",
    "/search/?q=has:file",
    "/search/",
    "/rooms/files/",
    "/accounts/profile/",
    "/accounts/password/",
]
FILES = """
import io
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from rooms.files.uploading import upload
from rooms.models import Room, User
everybody, bob = User.objects.all(), User.objects.get(pk={owner})
room = Room.objects.open_up("open", name="Files", creator=bob, people=everybody)
image = io.BytesIO()
Image.effect_mandelbrot((1600, 300), (-2, -1, 1, 1), 50).save(image, "PNG")
kinds = [("W" * 100 + ".pdf", b"%PDF-1.7"), ("W" * 100 + ".png", image.getvalue()), ("W" * 100 + ".mp3", b"ID3 " * 20)]
files = [upload(bob, room, "page-1", SimpleUploadedFile(name, content)).pk for name, content in kinds]
for number, some in enumerate([files[:1], files[1:2], files[2:]]):
    room.post(bob, "W" * 300 if number else "", f"files-{{number}}", attachments=some)
"""
LONG = "Bartholomew Featherstonehaugh-Cholmondeley of the Ministry of Uninterruptible Nameplates"[:80]

STICKING_OUT = """() => [...document.querySelectorAll("aside *, main *")]
  .filter(element => !element.closest(".visually-hidden, option"))
  .filter(element => element.getBoundingClientRect().right > document.documentElement.clientWidth)
  .map(element => element.outerHTML.slice(0, 120))"""


COVERED = """tools => tools.flatMap(tool => {
  const box = tool.getBoundingClientRect()
  return [...tool.closest(".message").querySelectorAll(".message__author, .message__time")].filter(text => {
    const other = text.getBoundingClientRect()
    return box.left < other.right && other.left < box.right && box.top < other.bottom && other.top < box.bottom
  }).map(text => tool.textContent + " covers " + text.textContent)
})"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_sticks_out_at_320_pixels(server: Server, open_page: OpenPage, scheme: str) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    bob.has_said("W" * 300, last=2)
    server.shell(FILES.format(owner=bob.id))
    server.shell(f"from rooms.models import User; User.objects.filter(pk={bob.id}).update(name={LONG!r})")
    page = alice.start(viewport={"width": 320, "height": 568}, color_scheme=scheme)
    for path in PATHS:
        page.goto(path)
        assert page.evaluate(STICKING_OUT) == [], path
        name = re.sub(r"\W+", "-", path.replace("W" * 100, "long")).strip("-")
        screenshot(page, f"narrow-{scheme}-{name}")


@pytest.mark.parametrize("width", [320, 360])
def test_all_tools_of_a_tapped_message_leave_name_and_time_to_be_seen(
    server: Server, open_page: OpenPage, width: int
) -> None:
    (alice,) = found_team(server, open_page, **{"Alice Featherstonehaugh": {}})
    page = alice.open(viewport={"width": width, "height": 740}, has_touch=True, is_mobile=True)
    for text in ("short", "next", "last"):
        say(page, text)
    expect(message(page, "last")).to_be_visible()  # It moves the other.
    mine = message(page, "short")
    more = mine.get_by_role("button", name="More")
    before = more.bounding_box()
    mine.locator(".message__body").tap()
    tools = mine.locator(".message__tool")
    expect(mine.get_by_role("link", name="Edit")).to_be_visible()
    # The frame may just be taking the place of the answer that brought the message.
    wait_until(lambda: more.bounding_box() == before, "the tools that were there to move away no more")
    wait_until(lambda: tools.evaluate_all(COVERED) == [], f"{tools.evaluate_all(COVERED)}")
    screenshot(page, f"narrow-tools-{width}")
    for name in ("Reply", "Edit"):
        mine.get_by_role("link", name=name).tap(trial=True)
    menu = open_menu(page, "short", "tap")
    expect(menu.get_by_role("button", name="Erase")).to_be_in_viewport(ratio=1)
    assert page.evaluate(STICKING_OUT) == []
    screenshot(page, f"narrow-menu-{width}")
    page.keyboard.press("Escape")

    # What was said right after it shows all of what is above.
    grouped = message(page, "next")
    grouped.locator(".message__body").tap()
    expect(grouped.get_by_role("link", name="Edit")).to_be_visible()
    above = mine.bounding_box()
    boxes = [tool.bounding_box() for tool in grouped.locator(".message__tool:visible").all()]
    assert above and min(box["y"] for box in boxes if box) >= above["y"] + above["height"]
    screenshot(page, f"narrow-grouped-{width}")


@pytest.mark.parametrize("width", [320, 390])
def test_a_room_with_all_its_tools_has_its_name_to_be_seen(server: Server, open_page: OpenPage, width: int) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    path = open_room("closed", "Galley", alice, bob)
    plain = alice.open(path, viewport={"width": width, "height": 568}, java_script_enabled=False)
    page, bobs = alice.open(path, viewport={"width": width, "height": 568}), bob.open(path)
    connected(bobs)
    connected(page)
    expect(page.locator("#room-presence")).to_contain_text("2")
    assert page.locator("#room-header").bounding_box() == plain.locator("#room-header").bounding_box()
    expect(page.get_by_role("navigation", name="This room").locator(".button--icon")).to_have_count(5)
    name = page.get_by_role("heading", level=1)
    assert name.evaluate("name => name.scrollWidth <= name.clientWidth")
    assert page.evaluate(STICKING_OUT) == []
    screenshot(page, f"narrow-header-{width}")
