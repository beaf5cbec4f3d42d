"""What one does with files before they are sent: by touch, in Japanese, by keys, and when there is no room for them."""

from __future__ import annotations

import random
import re

from playwright.sync_api import FilePayload, Page, expect

from e2e.browsers import Console, OpenPage, screenshot
from e2e.conftest import StartServer
from e2e.languages import JAPANESE, in_japanese
from e2e.server import Server
from e2e.steps import composer, connected, found_team, message
from e2e.test_files import attach, chips, expect_dialogs, file, line_cut
from e2e.test_keyboard import focused, walk
from rooms.tests.files.pictures import picture

PHONE = {"width": 360, "height": 740}


def noise(kilobytes: int) -> bytes:
    return random.Random(kilobytes).randbytes(kilobytes * 1024)


def test_on_a_phone_files_are_tapped_in_and_out_in_japanese(
    start_server: StartServer, open_page: OpenPage, console: Console
) -> None:
    console.expect("ERR_FAILED|Failed to fetch")
    hina, mia = found_team(start_server(FILE_QUOTA_MEGABYTES="1"), open_page, Hina=JAPANESE, Mia={})
    page, mias = hina.open(viewport=PHONE, has_touch=True, is_mobile=True), mia.open()
    connected(page)
    connected(mias)

    tap_in(page, [file("図面.png", picture()), file("持ち物.txt", b"rope"), file("空.txt", b"")])
    expect(page.locator(".chip--failed")).to_contain_text(in_japanese("This file is empty."))
    expect(page.locator(".chip")).to_have_count(3)
    screenshot(page, "attaching-phone-ja")
    page.get_by_role("button", name="持ち物.txt を外す").tap()
    expect(page.locator(".chip")).to_have_count(1)

    tap_in(page, [file("長い記録.bin", noise(1020))])
    expect(page.locator(".chip--failed")).to_contain_text("空き容量がありません。")
    screenshot(page, "attaching-quota-phone-ja")
    name = page.locator(".chip--failed .chip__name").bounding_box()
    assert name and name["height"] < 40  # In one line, and not a letter a line beside what is said of it.

    with line_cut(page):
        tap_in(page, [file("短い記録.txt", b"brief")])
    screenshot(page, "attaching-failed-phone-ja")
    page.locator(".attach").get_by_role("button", name=in_japanese("Retry")).tap()
    expect(page.locator(".chip")).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360

    composer(page).fill("添付します")
    page.get_by_role("button", name=in_japanese("Send"), exact=True).tap()
    sent = message(mias, "添付します")
    expect(sent.get_by_role("img", name="図面.png")).to_be_visible()
    expect(sent.get_by_role("link", name="短い記録.txt")).to_be_visible()
    expect(page.locator(".chip")).to_have_count(0)
    screenshot(page, "attached-phone-ja")


def tap_in(page: Page, files: list[FilePayload]) -> None:
    expect_dialogs(page)
    with page.expect_file_chooser() as chooser:
        page.get_by_label(in_japanese("Attach files")).last.tap()
    chooser.value.set_files(files)


def test_files_are_attached_removed_and_tried_again_by_keys(
    server: Server, open_page: OpenPage, console: Console
) -> None:
    console.expect("ERR_FAILED|Failed to fetch")
    (alice,) = found_team(server, open_page, Alice={})
    page = alice.open()
    connected(page)
    expect_dialogs(page)
    composer(page).focus()
    walk(page, "Shift+Tab", to="Attach files")
    choose(page, "one.txt", "two.txt", "three.png")
    expect(page.locator(".chip")).to_have_count(3)
    assert focused(page) == "Attach files"

    walk(page, "Shift+Tab", to="Remove two.txt")
    screenshot(page, "attaching-keys")
    page.keyboard.press("Enter")
    expect(page.locator(".chip")).to_have_count(2)
    assert walk(page, "Tab", to="Attach files") == ["Attach files"]  # Goes on from there, not from the top.

    with line_cut(page):
        choose(page, "four.txt")
    assert walk(page, "Tab", to="Retry") == ["Retry"]
    page.keyboard.press("Enter")
    expect(page.locator(".chip")).to_have_count(3)
    assert walk(page, "Tab", to="Message") == ["Message"]
    page.keyboard.type("By keys")
    page.keyboard.press("Enter")

    sent = message(page, "By keys")
    expect(sent.get_by_role("img", name="three.png")).to_be_visible()
    expect(sent.locator(".files bdi")).to_have_text(["one.txt", "four.txt"])


def choose(page: Page, *names: str) -> None:
    """Open the dialog by a key and choose files."""
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files([file(name, picture() if name.endswith("png") else name.encode()) for name in names])


def test_where_there_is_no_room_one_is_told_and_may_make_some(start_server: StartServer, open_page: OpenPage) -> None:
    (alice,) = found_team(start_server(FILE_QUOTA_MEGABYTES="1"), open_page, Alice={})
    page = alice.open()
    connected(page)
    attach(page, file("first.bin", noise(600)))
    expect(page.locator(".chip")).to_have_count(1)
    composer(page).fill("With the second")
    attach(page, file("second.bin", noise(601)))
    refused = page.locator(".chip--failed")
    expect(refused).to_contain_text(re.compile(r"second\.bin .*your files take 600\.0\sKB of 1\.0\sMB"))
    expect(page.get_by_text("Not uploaded")).to_be_hidden()
    assert chips(page) == ["first.bin"]
    screenshot(page, "attaching-quota")

    page.get_by_role("button", name="Remove first.bin").click()
    expect(page.locator(".chip")).to_have_count(0)
    attach(page, file("second.bin", noise(601)))
    expect(page.locator(".chip bdi")).to_have_text("second.bin")
    expect(refused).to_have_count(0)
    composer(page).press("Enter")
    expect(message(page, "With the second").locator(".files bdi")).to_have_text("second.bin")
