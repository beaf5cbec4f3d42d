"""Files: put into the composer, sent, seen by everybody in the room, and by nobody else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import FilePayload, Locator, Page, Route, expect

from e2e.browsers import Console, OpenPage, screenshot
from e2e.conftest import StartServer
from e2e.elsewhere import SOON, open_at
from e2e.looks import SCREENS, sticks_out
from e2e.server import Server
from e2e.steps import act, assert_live_equals_reload, composer, connected, found_team, log, message, open_room, post
from rooms.tests.files.pictures import HARMFUL, animated_gif, picture

MEGABYTE = 1024 * 1024


def file(name: str, content: bytes) -> FilePayload:
    return FilePayload(name=name, mimeType="application/octet-stream", buffer=content)


def attach(page: Page, *files: FilePayload) -> None:
    page.get_by_label("Attach files").last.set_input_files(list(files))


def expect_dialogs(page: Page) -> None:
    """From here on. To expect one alone tells the browser of it at the same time as what opens the dialog."""
    page.on("filechooser", lambda chooser: None)
    page.evaluate("1")


def chips(page: Page) -> list[str]:
    return page.locator(".composer").last.locator(".chip__name bdi").all_inner_texts()


def fetch(page: Page, path: str) -> int:
    return page.request.get(path).status


def test_files_are_sent_and_seen_by_those_in_the_room(server: Server, open_page: OpenPage) -> None:
    alice, bob, charlie = found_team(server, open_page, Alice={}, Bob={}, Charlie={})
    path = open_room("closed", "Den", alice, bob)
    bobs, alices = bob.open(path), alice.open(path)
    for page in (alices, bobs):
        connected(page)
    held: list[Route] = []
    bobs.route("**/thumbnail/", lambda route: held.append(route))

    composer(alices).type("The plan")
    attach(alices, file("Plan.png", picture()), file("notes.txt", b"Bring rope"))
    expect(alices.locator(".chip")).to_have_count(2)
    expect(composer(alices)).to_be_focused()
    screenshot(alices, "files-composer")
    alices.get_by_role("button", name="Longer message").click()
    expect(alices.locator(".chip")).to_have_count(2)
    alices.get_by_role("button", name="Send").click()

    # Its place is kept before it is there: nothing moves when it comes.
    image = message(bobs, "The plan").get_by_role("img", name="Plan.png")
    expect(image).to_be_visible()
    before = image.bounding_box()
    assert before and (before["width"], before["height"]) == (360, 225)
    assert image.evaluate("image => image.naturalWidth") == 0
    for route in held:
        route.continue_()
    bobs.unroute("**/thumbnail/")
    expect(image).not_to_have_js_property("naturalWidth", 0)
    assert image.bounding_box() == before
    screenshot(bobs, "files")
    assert_live_equals_reload(bobs)

    address = message(bobs, "The plan").locator(".files__image").get_attribute("href") or ""
    address = address.removesuffix("look/")
    with bobs.expect_download() as download:
        message(bobs, "The plan").get_by_role("link", name="notes.txt").click()
    assert Path(download.value.path()).read_bytes() == b"Bring rope"
    assert fetch(bobs, address) == fetch(alices, address) == 200
    outside = charlie.start()
    assert fetch(outside, address) == fetch(outside, f"{address}thumbnail/") == 404

    bobs.goto(f"{path}leaving/")
    bobs.get_by_role("button", name="Leave").click()
    bobs.wait_for_url(lambda url: "leaving" not in url)
    assert fetch(bobs, address) == fetch(bobs, f"{address}thumbnail/") == 404
    assert fetch(alices, address) == 200
    alices.on("dialog", lambda dialog: dialog.accept())
    act(alices, "The plan", "Erase")
    expect(log(alices).get_by_text("Message erased")).to_be_visible()
    assert fetch(alices, address) == 404


PICTURE = """
from django.core.files.uploadedfile import SimpleUploadedFile
from rooms.files.uploading import upload
from rooms.models import Room, User
from rooms.tests.files.pictures import picture
room, alice = Room.objects.get(slug="lobby"), User.objects.get(name="Alice")
shown = upload(alice, room, "k-1", SimpleUploadedFile("Plan.png", picture()))
room.post(alice, "The plan", "k-1", attachments=[shown.pk])
print(f"/files/{shown.pk}/look/")
"""


@pytest.mark.parametrize(("screen", "language"), [("desk", "ja"), ("small-phone", "en")])
def test_who_looks_at_a_picture_hears_of_what_is_elsewhere(
    server: Server, open_page: OpenPage, screen: str, language: str
) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={"language": language})
    page = open_at(bob, server.shell(PICTURE).strip(), **SCREENS[screen], locale=language)
    post(alice.open(), "@Bob, look")

    expect(page).to_have_title("(2) Plan.png", timeout=SOON)
    image = page.get_by_role("img", name="Plan.png")
    expect(image).to_be_in_viewport(ratio=1)
    expect(image).not_to_have_js_property("naturalWidth", 0)
    assert sticks_out(page) == 0
    screenshot(page, f"picture-{screen}-{language}")


def test_files_need_no_text_and_can_be_taken_out_again(server: Server, open_page: OpenPage) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    alices, bobs = alice.open(), bob.open(viewport={"width": 360, "height": 740}, color_scheme="dark")
    for page in (alices, bobs):
        connected(page)
    attach(alices, file("one.gif", animated_gif()), file("two.txt", b"2"), file("empty.txt", b""))
    expect(alices.locator(".chip--failed")).to_have_text("empty.txt This file is empty.")
    attach(alices, file("three.png", picture("PNG", (200, 800))))
    expect(alices.locator(".chip")).to_have_count(3)
    alices.get_by_role("button", name="Remove two.txt").click()
    expect(alices.locator(".chip")).to_have_count(2)

    alices.reload()  # What was not sent is there again.
    connected(alices)
    assert chips(alices) == ["one.gif", "three.png"]
    composer(alices).press("Enter")

    expect(bobs.get_by_role("img", name="three.png")).to_be_visible()
    expect(bobs.get_by_role("img", name="one.gif")).to_be_visible()
    expect(alices.locator(".composer")).to_have_count(1)
    assert chips(alices) == []
    assert bobs.evaluate("document.documentElement.scrollWidth") <= 360
    screenshot(bobs, "files-phone")


@contextmanager
def line_cut(page: Page) -> Iterator[None]:
    """Let no file arrive that is put into the composer meanwhile, and the page say so."""

    def abort(route: Route) -> None:
        expect(page.locator(".attach__pending")).to_be_visible()  # What was never drawn, no style remembers.
        route.abort()

    page.route(re.compile(r"/files/\?"), abort)
    yield
    expect(page.locator(".attach__failed > span")).to_be_visible()
    page.unroute_all()


def test_what_fails_says_why_and_can_be_tried_again(
    start_server: StartServer, open_page: OpenPage, console: Console
) -> None:
    console.expect("ERR_FAILED|Failed to fetch|413")
    (alice,) = found_team(start_server(FILE_MEGABYTES="1"), open_page, Alice={})
    page = alice.open()
    connected(page)
    retry = page.locator(".attach").get_by_role("button", name="Retry")
    expect(retry).to_be_hidden()

    composer(page).type("typed before")
    with line_cut(page):
        attach(page, file("Plan.png", picture()))
    expect(page.locator(".attach__failed > span")).to_have_text("Not uploaded")
    screenshot(page, "files-failed")
    retry.click()
    expect(page.locator(".chip")).to_have_count(1)
    expect(page.get_by_text("Not uploaded")).to_be_hidden()
    expect(composer(page)).to_have_value("typed before")

    attach(page, file("large.bin", bytes(2 * MEGABYTE)))
    expect(page.locator(".chip--failed")).to_contain_text("This file is larger than 1.0")
    attach(page, file("huge.bin", bytes(12 * MEGABYTE)))
    expect(page.locator(".tray").get_by_role("alert").last).to_contain_text("Send less at once")
    assert chips(page) == ["Plan.png"]
    composer(page).press("Enter")
    expect(page.get_by_role("img", name="Plan.png")).to_be_visible()


@contextmanager
def storage_away(server: Server) -> Iterator[None]:
    """Where files are kept, there is meanwhile something else."""
    folder, away = server.folder / "data" / "files", server.folder / "data" / "away"
    folder.mkdir(exist_ok=True)
    folder.rename(away)
    folder.write_text("no folder")
    yield
    folder.unlink()
    away.rename(folder)


def test_what_the_server_cannot_keep_for_the_moment_is_sent_again(server: Server, open_page: OpenPage) -> None:
    (alice,) = found_team(server, open_page, Alice={})
    page = alice.open()
    connected(page)
    attach(page, file("before.txt", b"before"))
    expect(page.locator(".chip")).to_have_count(1)
    with storage_away(server):
        attach(page, file("Plan.png", picture()), file("notes.txt", b"Bring rope"))
        expect(page.locator(".chip--failed")).to_have_count(2)
        expect(page.get_by_text("Not uploaded")).to_be_visible()
        screenshot(page, "files-away")
        page.get_by_role("button", name="Remove before.txt").click()
        expect(page.locator(".chip")).to_have_count(0)
    page.locator(".attach").get_by_role("button", name="Retry").click()

    expect(page.locator(".chip")).to_have_count(2)
    expect(page.get_by_text("Not uploaded")).to_be_hidden()
    composer(page).press("Enter")
    expect(page.get_by_role("img", name="Plan.png")).to_be_visible()


@pytest.mark.parametrize("options", [{}, {"viewport": {"width": 360, "height": 740}, "has_touch": True}])
def test_the_clip_asks_for_files(server: Server, open_page: OpenPage, options: dict[str, Any]) -> None:
    (alice,) = found_team(server, open_page, Alice={})
    page = alice.open(**options)
    connected(page)
    press = page.touchscreen.tap if "has_touch" in options else page.mouse.click
    expect_dialogs(page)
    box = page.locator(".attach__icon").bounding_box()
    assert box
    with page.expect_file_chooser() as chooser:
        press(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert chooser.value.is_multiple()


def hold_up(page: Page, speed: int) -> None:
    """Let the page send so many bytes a second; -1 is as many as it can."""
    conditions = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": speed}
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", conditions)


def test_while_files_are_on_their_way_nothing_is_sent_without_them(server: Server, open_page: OpenPage) -> None:
    (alice,) = found_team(server, open_page, Alice={})
    page = alice.open()
    connected(page)
    hold_up(page, 150_000)
    attach(page, file("Plan.png", picture()), file("large.bin", bytes(2 * MEGABYTE)))
    expect(page.locator(".attach").get_by_role("status")).to_have_text("Uploading…")
    progress = page.locator(".attach progress")
    expect(progress).to_have_attribute("max", re.compile(r"^2\d{6}$"))
    assert 0 <= progress.evaluate("progress => progress.position") < 1
    screenshot(page, "files-uploading")
    composer(page).fill("With a plan")
    composer(page).press("Enter")
    expect(page.get_by_role("button", name="Send")).to_be_disabled()
    expect(composer(page)).to_have_value("With a plan")
    hold_up(page, -1)
    expect(page.locator(".chip")).to_have_count(2, timeout=20_000)
    composer(page).press("Enter")

    expect(message(page, "With a plan").get_by_role("img", name="Plan.png")).to_be_visible()


def drop_file(page: Page, path: Path) -> None:
    """Drag a file in from another window, and let it go over the text field."""
    box = composer(page).bounding_box()
    assert box
    session = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(path)], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        place = {"type": kind, "x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2, "data": data}
        session.send("Input.dispatchDragEvent", place)


def test_files_are_dropped_on_the_text(server: Server, open_page: OpenPage, tmp_path: Path) -> None:
    (alice,) = found_team(server, open_page, Alice={})
    page = alice.open()
    connected(page)
    dropped = tmp_path / "dropped.png"
    dropped.write_bytes(picture())
    drop_file(page, dropped)
    expect(page.locator(".chip")).to_have_count(1)
    assert chips(page) == ["dropped.png"]

    page.mouse.move(600, 300)  # The pointer is back: from now on a click is meant for the text.
    composer(page).click()
    page.keyboard.type("A drop")
    page.keyboard.press("Enter")
    expect(message(page, "A drop").locator(".files img")).to_have_count(1)


def test_without_a_script_files_come_with_the_message(server: Server, open_page: OpenPage, console: Console) -> None:
    console.expect("422")
    (alice,) = found_team(server, open_page, Alice={})
    page = alice.open(java_script_enabled=False)
    composer(page).fill("Look")
    attach(page, file("Plan.png", picture()), file("empty.txt", b""))
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_have_text("empty.txt: This file is empty.")
    screenshot(page, "files-no-script")
    page.get_by_role("button", name="Send").click()

    expect(message(page, "Look").get_by_role("img", name="Plan.png")).to_be_visible()


def test_nothing_in_a_file_acts_in_a_browser(server: Server, open_page: OpenPage) -> None:
    """No dialog, no script, no violation of the policy: the console is watched."""
    (alice,) = found_team(server, open_page, Alice={})
    page = alice.open()
    connected(page)
    page.on("dialog", lambda dialog: pytest.fail(f"a file has said {dialog.message}"))
    wicked = '"><img src=x onerror=alert(1)>{{7*7}}.png'
    harmful = [file(wicked, picture() + b"<script>alert(1)</script>")]
    harmful += [file(f"{number}-{name}", content) for number, (name, content) in enumerate(HARMFUL.values())][:9]
    attach(page, *harmful)
    expect(page.locator(".chip")).to_have_count(10)
    composer(page).press("Enter")
    expect(log(page).locator(".files > *")).to_have_count(10)
    assert log(page).locator(".files [onerror]").count() == 0
    for link in log(page).locator(".files a").all():
        look_at(page, link)
    screenshot(page, "files-harmful")


def look_at(page: Page, link: Locator) -> None:
    if link.get_attribute("target"):
        with page.expect_popup() as shown:
            link.click()
        expect(shown.value.get_by_role("img")).to_be_visible()
        shown.value.close()
        return
    with page.expect_download() as download:
        link.click()
    assert download.value.failure() is None
