"""What people call themselves, their rooms and their files, and what pages elsewhere say, is text and nothing else."""

from __future__ import annotations

import json
from urllib.parse import quote
from xml.etree import ElementTree as ET

from bs4 import BeautifulSoup
from playwright.sync_api import FilePayload, expect

from e2e.browsers import OpenPage
from e2e.elsewhere import open_at, toasts
from e2e.inert import Watch
from e2e.mallory import NAME, SHOW, run
from e2e.server import Server
from e2e.steps import assert_live_equals_reload, composer, connected, found_team, message, say
from e2e.vectors import FILES, HTML, NAMES
from rooms.tests.files.pictures import picture


def test_what_people_call_things_is_inert(server: Server, open_page: OpenPage) -> None:
    alice, _ = found_team(server, open_page, Alice={}, Mallory={})
    page = open_at(alice, "/people/")
    watch = Watch(page)
    watch.visit("/people/")
    paths = json.loads(run(server, NAME, names=NAMES))
    expect(toasts(page).first).to_be_visible()
    expect(page.locator("#rooms .room-link")).to_have_count(2 * len(NAMES) + 1)
    watch.assert_inert()
    page.locator("#bell").click()
    expect(page.locator(".notification").first).to_be_visible()
    watch.assert_inert()
    for path in (paths["rooms"][0], paths["rooms"][-1], paths["rooms"][1], paths["direct"]):
        watch.visit(path)
    for path, name in zip(paths["rooms"], NAMES, strict=True):
        page.goto(path)
        assert name in page.title()
        expect(page.locator("#room-title h1")).to_have_text(name)
    watch.assert_inert()
    watch.read_back()
    connected(page)
    composer(page).press_sequentially("@<")
    expect(page.locator(".mentions button").first).to_be_visible()
    watch.assert_inert()
    settings = ["", "settings/", "presence/", "pins/", "involvement/"]
    watch.visit(*(f"/rooms/lobby/{path}" for path in settings))
    watch.visit("/notifications/", "/rooms/", "/rooms/new/", "/directs/", "/hidden-rooms/", "/people/", "/search/")
    watch.visit(*(f"/search/?q={quote(f'{kind}:{NAMES[2]!r}')}" for kind in ("from", "in")))

    feed = ET.fromstring(page.request.get(paths["feed"]).text())
    assert {element.tag.partition("}")[2] for element in feed.iter()} <= {
        *("feed", "title", "link", "id", "updated", "published", "entry", "author", "name", "summary", "subtitle"),
    }
    mail = BeautifulSoup(paths["mail"], "html.parser")
    assert NAMES[0] in mail.get_text() and paths["subject"].isprintable()
    assert mail.find_all(["script", "svg", "img", "b", "i", "base", "hx-partial", "h1"]) == []
    attributes = {name for element in mail.find_all(True) for name in element.attrs}
    assert attributes <= {"charset", "content", "dir", "href", "lang", "name", "style"}
    for number in paths["people"]:
        picture = ET.fromstring(page.request.get(f"/avatars/{number}/").text())
        assert {element.tag.partition("}")[2] for element in picture.iter()} <= {"svg", "rect", "text", "circle", "g"}


def test_files_and_previews_are_inert(server: Server, open_page: OpenPage) -> None:
    alice, _ = found_team(server, open_page, Alice={}, Mallory={})
    watch = Watch(page := alice.start())
    page.goto("/rooms/lobby/")
    connected(page)
    texts = [*HTML[::2], "<i>\u202eevil</i>"]
    run(server, SHOW, texts=texts)
    expect(page.locator(".preview__title")).to_have_count(len(texts))
    expect(page.locator(".files audio")).to_have_count(len(texts))
    watch.assert_inert()
    assert page.locator(".preview__title").all_inner_texts()[:-1] == texts[:-1]
    assert_live_equals_reload(page)
    watch.visit("/rooms/lobby/", "/search/?q=has:file", "/previews/1/removal/")

    page.goto("/rooms/lobby/")
    connected(page)
    files = [FilePayload(name=f"{name}.png", mimeType="image/png", buffer=picture()) for name in FILES]
    page.get_by_label("Attach files").last.set_input_files(files)
    expect(page.locator(".chip__name")).to_have_count(len(FILES))
    watch.assert_inert()
    say(page, "Look at <b onclick=tripwire()>these</b>")
    images = message(page, "Look at").last.get_by_role("img")
    expect(message(page, "Look at").last.locator(".files__image")).to_have_count(len(FILES))
    watch.assert_inert()
    watch.visit(images.first.locator("xpath=..").get_attribute("href") or "")
