"""Links: what they lead to is shown below the message, for everybody, and asked for by nobody but the server."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from e2e.browsers import OpenPage, screenshot
from e2e.conftest import StartServer
from e2e.languages import in_japanese
from e2e.looks import LOOKS, SCREENS, Look, sticks_out
from e2e.ntfy import ntfy
from e2e.sending import add_phone, working
from e2e.steps import assert_live_equals_reload, connected, found_team, message, say
from e2e.test_keyboard import walk
from rooms.tests.files.pictures import picture
from rooms.tests.outside.zoo import Server as Elsewhere
from rooms.tests.outside.zoo import says, serving

TITLES = {"en": "Tide tables for the harbour", "ja": "港の潮見表"}
PAGE = """<title>{title}</title>
<meta property="og:description" content="<img src=/owned onerror=alert(1)> High water at six, low water at noon.">
<meta property="og:image" content="/tide.png">"""


@contextmanager
def harbour(title: str = TITLES["en"]) -> Iterator[tuple[Elsewhere, threading.Event]]:
    """Serve pages of this title, with an image each, elsewhere: as soon as one lets it, or four seconds later."""
    go_on = threading.Event()

    def answer(line: Any) -> None:
        image = b"GET /tide.png" in elsewhere.requests[-1]
        go_on.wait(4)
        page = PAGE.format(title=title).encode()
        kind, body = ("image/png", picture()) if image else ("text/html; charset=utf-8", page)
        says(200, f"Content-Type: {kind}", body=body)(line)

    with serving(answer) as elsewhere:
        yield elsewhere, go_on


def height(page: Page) -> float:
    box = message(page, "Look at").bounding_box()
    assert box
    return box["height"]


def pictured(page: Page, text: str) -> None:
    """Wait for the picture: one that is on its way when it goes is complained of in the console."""
    image = message(page, text).locator(".preview img")
    expect(image).to_have_js_property("complete", True)
    expect(image).not_to_have_js_property("naturalWidth", 0)


@pytest.mark.timeout(120)
@LOOKS
def test_a_link_gets_a_preview_which_its_author_takes_away(
    start_server: StartServer, open_page: OpenPage, look: Look
) -> None:
    title = TITLES[look.language]
    with harbour(title) as (elsewhere, go_on):
        place = f"127.0.0.1:{elsewhere.port}"
        server = start_server(LINK_PREVIEWS="on", LINK_PREVIEWS_ALLOWED=place)
        alice, bob = found_team(server, open_page, Alice=look.preferences, Bob=look.preferences)
        alices, bobs = alice.open(**look.options), bob.open(**look.options)
        connected(alices)
        connected(bobs)
        asked: list[str] = []
        bobs.on("request", lambda request: asked.append(request.url))

        say(alices, f"Look at http://{place}/tides before you go out")
        reading = look.says("Reading <bdi>%(host)s</bdi>…", host=place)
        expect(message(bobs, "Look at").get_by_text(reading)).to_be_visible()
        look.show(bobs, "preview-reading")
        kept = height(bobs)
        go_on.set()
        for page in (alices, bobs):
            card = message(page, "Look at").get_by_role("link", name=title)
            expect(card).to_have_attribute("href", f"http://{place}/tides")
            expect(card).to_contain_text("<img src=/owned onerror=alert(1)> High water")
            pictured(page, "Look at")
            assert_live_equals_reload(page)
        assert height(bobs) == kept
        assert {url.split("/")[2] for url in asked} == {server.url.removeprefix("http://")}
        look.show(bobs, "preview")
        look.show(alices, "preview-own")
        remove = look.says("Remove preview of %(host)s", host=place)
        expect(bobs.get_by_role("link", name=remove)).to_have_count(0)

        if look.by_hand:
            look.press(alices.get_by_role("link", name=remove))
        else:
            walk(alices, "Shift+Tab", to=remove)
            alices.keyboard.press("Enter")
        for page in (alices, bobs):
            expect(message(page, "Look at").locator(".preview")).to_have_count(0)
            assert_live_equals_reload(page)


def test_without_a_script_its_author_takes_it_away_on_a_page(start_server: StartServer, open_page: OpenPage) -> None:
    with harbour() as (elsewhere, go_on):
        go_on.set()
        place = f"127.0.0.1:{elsewhere.port}"
        server = start_server(LINK_PREVIEWS="on", LINK_PREVIEWS_ALLOWED=place)
        alice, bob = found_team(server, open_page, Alice={"language": "ja"}, Bob={})
        alice.has_said(f"And http://{place}/tides", 1)
        bobs = bob.open()
        connected(bobs)
        pictured(bobs, "And")
        plain = alice.open(java_script_enabled=False, **SCREENS["small-phone"])
        plain.get_by_role("link", name=in_japanese("Remove preview of %(host)s") % {"host": place}).click()
        screenshot(plain, "preview-removal-no-script-ja")
        assert sticks_out(plain) == 0
        plain.get_by_role("button", name=in_japanese("Remove")).click()
        expect(plain.get_by_text("And")).to_be_visible()
        expect(plain.locator(".preview")).to_have_count(0)
        expect(message(bobs, "And").locator(".preview")).to_have_count(0)
        assert_live_equals_reload(bobs)


def test_a_worker_of_its_own_reads_pages_and_notifies_meanwhile(start_server: StartServer, open_page: OpenPage) -> None:
    """Pages that take their time hold up nobody's phone."""
    go_on = threading.Event()

    def answer(line: Any) -> None:
        go_on.wait(4.5)
        page = PAGE.format(title=TITLES["en"]).encode()
        says(200, "Content-Type: text/html; charset=utf-8", body=page)(line)

    with serving(answer) as elsewhere, ntfy() as phone:
        place = f"127.0.0.1:{elsewhere.port}"
        server = start_server(
            LINK_PREVIEWS="on", LINK_PREVIEWS_ALLOWED=place, TARGETS_ALLOWED=phone.address, WORKER="separate"
        )
        alice, bob = found_team(server, open_page, Alice={}, Bob={})
        add_phone(bob, phone).close()
        alices = alice.open()
        connected(alices)
        with working(server):
            say(alices, f"http://{place}/1 http://{place}/2 http://{place}/3")
            elsewhere.wait_for(2)  # As many as are read at once.
            say(alices, "@Bob are you there?")
            phone.wait_for(1, 4)
            assert not go_on.is_set() and alices.locator(".preview__title").count() == 0
            go_on.set()
            expect(alices.get_by_role("link", name="Tide tables for the harbour")).to_have_count(3)
