"""Links: what they lead to is shown below the message, for everybody, and asked for by nobody but the server."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from e2e.browsers import OpenPage, screenshot
from e2e.conftest import StartServer
from e2e.ntfy import ntfy
from e2e.sending import add_phone, working
from e2e.steps import assert_live_equals_reload, connected, found_team, message, say
from rooms.tests.files.pictures import picture
from rooms.tests.outside.zoo import says, serving

PAGE = """<title>Tide tables for the harbour</title>
<meta property="og:description" content="<img src=/owned onerror=alert(1)> High water at six, low water at noon.">
<meta property="og:image" content="/tide.png">"""


def height(page: Page) -> float:
    box = message(page, "Look at").bounding_box()
    assert box
    return box["height"]


@pytest.mark.timeout(120)
def test_a_link_gets_a_preview_which_its_author_takes_away(start_server: StartServer, open_page: OpenPage) -> None:
    go_on = threading.Event()

    def answer(line: Any) -> None:
        go_on.wait(4)
        image = b"GET /tide.png" in elsewhere.requests[-1]
        kind, body = ("image/png", picture()) if image else ("text/html; charset=utf-8", PAGE.encode())
        says(200, f"Content-Type: {kind}", body=body)(line)

    with serving(answer) as elsewhere:
        place = f"127.0.0.1:{elsewhere.port}"
        server = start_server(LINK_PREVIEWS="on", LINK_PREVIEWS_ALLOWED=place)
        alice, bob = found_team(server, open_page, Alice={}, Bob={})
        alices, bobs = alice.open(), bob.open(viewport={"width": 360, "height": 740}, color_scheme="dark")
        connected(bobs)
        asked: list[str] = []
        bobs.on("request", lambda request: asked.append(request.url))

        say(alices, f"Look at http://{place}/tides before you go out")
        expect(message(bobs, "Look at").get_by_text(f"Reading {place}")).to_be_visible()
        kept = height(bobs)
        go_on.set()
        for page in (alices, bobs):
            card = message(page, "Look at").get_by_role("link", name="Tide tables for the harbour")
            expect(card).to_have_attribute("href", f"http://{place}/tides")
            expect(card).to_contain_text("<img src=/owned onerror=alert(1)> High water")
            expect(card.locator("img")).to_have_js_property("complete", True)
            assert card.locator("img").evaluate("image => image.naturalWidth") > 0
        assert height(bobs) == kept
        assert {url.split("/")[2] for url in asked} == {server.url.removeprefix("http://")}
        screenshot(bobs, "preview-phone-dark")
        screenshot(alices, "preview")
        assert_live_equals_reload(bobs)
        expect(bobs.get_by_role("link", name="Remove preview")).to_have_count(0)

        remove = alices.get_by_role("link", name=f"Remove preview of {place}")
        remove.focus()
        alices.keyboard.press("Enter")
        for page in (alices, bobs):
            expect(message(page, "Look at").locator(".preview")).to_have_count(0)

        say(alices, f"And http://{place}/once-more")
        for page in (alices, bobs):  # A picture that is on its way when it goes is complained of in the console.
            picture_of = message(page, "once-more").locator(".preview img")
            expect(picture_of).to_have_js_property("complete", True)
            expect(picture_of).not_to_have_js_property("naturalWidth", 0)
        plain = alice.open(java_script_enabled=False)
        plain.get_by_role("link", name=f"Remove preview of {place}").click()
        plain.get_by_role("button", name="Remove").click()
        expect(plain.get_by_text("once-more")).to_be_visible()
        expect(plain.locator(".preview")).to_have_count(0)
        expect(message(bobs, "once-more").locator(".preview")).to_have_count(0)
        assert_live_equals_reload(bobs)


def test_a_worker_of_its_own_reads_pages_and_notifies_meanwhile(start_server: StartServer, open_page: OpenPage) -> None:
    """Pages that take their time hold up nobody's phone."""
    go_on = threading.Event()

    def answer(line: Any) -> None:
        go_on.wait(4.5)
        says(200, "Content-Type: text/html; charset=utf-8", body=PAGE.encode())(line)

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
