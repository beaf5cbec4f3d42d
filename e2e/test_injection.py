"""What people write, and call themselves, their rooms and their files, is text in a real browser and nothing else.

Nothing runs, nothing is asked for, nothing is swapped, and the policy is never asked to forbid anything.
"""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote, urljoin
from xml.etree import ElementTree as ET

from playwright.sync_api import FilePayload, Page, expect

from e2e.browsers import Console, OpenPage
from e2e.elsewhere import open_at, toasts
from e2e.inert import Watch
from e2e.server import Server
from e2e.steps import assert_live_equals_reload, composer, connected, found_team, log, message, say
from e2e.vectors import FILES, HTML, MARKDOWN, NAMES, REACTIONS
from rooms.tests.files.pictures import picture

CALM = [f"Calm {number}, as ever" for number in range(len(HTML + MARKDOWN) // 10)]
"""Said among the others: what is wrong with one message is not the next one's."""

MANY = "\n\n".join(HTML)

HARMFUL = """<article class=message><p class=message__body>
<i id=messages hx-get=/tripwire hx-trigger=load style=color:red onclick=tripwire()></i>
<img src=/tripwire onerror=tripwire()><a href=//tripwire.example>x</a><a href=https://a@b.example>x</a></p></article>"""

SIGNS = [
    "tag",
    "attribute style",
    "hx-get",
    "onclick",
    "src",
    "link",
    "rel",
    "id twice: messages",
    "\nhttp://127.0.0.1",
]

BEGIN = """
import json
from rooms.models import Draft, Message, Room, User
given = json.loads(GIVEN)
alice, mallory = User.objects.order_by("pk")[:2]
lobby = Room.objects.get(slug="lobby")
"""

WRITE = """
said = None
for number, text in enumerate(given["texts"]):
    said = lobby.post(mallory, text, f"text-{number}", said if number % 3 else None)
"""

ACT = """
texts, many, first = given["texts"], given["many"], lobby.messages.order_by("pk").first()
said = lobby.post(alice, texts[0], "edited")
for text in [*texts[1:40:3], many]:
    said.edit(text)
for content in given["reactions"]:
    said.react(alice, content)
    said.react(mallory, content)
lobby.post(mallory, "/me " + texts[-1], "action", said)
for number, text in enumerate(texts):
    if number % 4 == 0:
        message = lobby.post(mallory, f"@Alice {text}", f"mention-{number}", said)
        alice.bookmarks.create(message=message)
        if number % 16 == 0:
            message.pin(mallory)
            alice.recent_searches.create(text=" ".join(text.split())[:200])
Draft.objects.keep(alice, lobby, "draft-1", given["many"], long=True, reply_to=said)
Draft.objects.keep(alice, lobby, "other-1", given["names"][11], reply_to=said)
print(said.pk)
"""

NAME = """
paths = {"rooms": [], "people": []}
for number, name in enumerate(given["names"]):
    person = User(email=f"m{number}@example.org", name=name, password=mallory.password)
    person.full_clean()
    User.objects.welcome(person)
    room = Room(name=name, topic=(name + " ") * (250 // (len(name) + 1)), kind="closed", slug="x", creator=person)
    room.clean_fields(exclude=["slug"])
    room = Room.objects.open_up("closed", name=room.name, topic=room.topic, creator=person, people=[alice, mallory])
    room.post(person, f"@{alice.name} @{name} look", f"room-{number}")
    direct = Room.objects.direct_between([alice, person])
    direct.post(person, name, f"direct-{number}")
    lobby.post(person, f"@{given['names'][number - 1]} [x](javascript:tripwire())", f"name-{number}")
    paths["rooms"].append(room.get_absolute_url())
    paths["people"].append(person.pk)
    paths["direct"] = direct.get_absolute_url()
from rooms.outside.models import Subscription
paths["feed"] = f"/outside/feed/{Subscription.renew(alice).token}/"
print(json.dumps(paths))
"""

SHOW = """
from django.db import transaction
from django.utils import timezone
from django.utils.html import escape
from rooms.links import parsing
from rooms.links.models import Card, Preview
from rooms.links.showing import describe
for number, text in enumerate(given["texts"]):
    page = f'<meta property="og:title" content="{escape(text)}"><meta name=description content="{escape(text)}">'
    facts = parsing.parse(page.encode(), "text/html")
    url = f"https://shown.example/{number}?<img/src=/tripwire>'onclick='tripwire()"
    said = lobby.post(mallory, f"Preview {number} and <{url}>", f"preview-{number}")
    about = {"title": facts.title, "description": facts.description, "read_at": timezone.now()}
    card = Card.objects.create(url=url, address=url, **about)
    Preview.objects.create(message=said, card=card, place=0, told=True)
    with transaction.atomic():
        said._lock()
        # As if these names had got past what normalises them.
        said.files = [{"id": 1, "kind": kind, "name": text, "size": 1} for kind in ("other", "audio")]
        said.previews = describe(said)
        said._stamp("files", "previews")
"""


def run(server: Server, code: str, **given: Any) -> str:
    return server.shell(BEGIN.replace("GIVEN", repr(json.dumps(given))) + code).strip().rpartition("\n")[2]


def visit(watch: Watch, *paths: str) -> None:
    for path in paths:
        answer = watch.page.goto(path)
        assert answer and answer.status == 200, path
        watch.page.wait_for_load_state("networkidle")
        watch.assert_inert()


def read_bodies(page: Page) -> list[str]:
    found: list[str] = log(page).locator(".message__body").evaluate_all("all => all.map(one => one.textContent.trim())")
    return found


def read_back(watch: Watch) -> list[str]:
    """The whole room, page by page, from its end."""
    visit(watch, "/rooms/lobby/")
    texts = read_bodies(watch.page)
    while path := watch.page.locator("#older").evaluate_all("all => all.map(one => one.getAttribute('href'))"):
        visit(watch, urljoin(watch.page.url, path[0]))
        texts += read_bodies(watch.page)
    return texts


def test_harm_would_be_noticed(server: Server, open_page: OpenPage, console: Console) -> None:
    alice, _ = found_team(server, open_page, Alice={}, Mallory={})
    watch = Watch(page := alice.start())
    page.goto("/rooms/lobby/")
    connected(page)
    watch.assert_inert()
    console.expect("policy|Policy|tripwire|404")
    page.locator("#messages").evaluate("(log, html) => { log.innerHTML = html; htmx.process(log) }", HARMFUL)
    page.wait_for_load_state("networkidle")
    said = "\n".join(watch.find_harm())
    assert [sign for sign in SIGNS if sign not in said] == []
    assert any("policy: script-src" in line for line in console.complaints)


def test_what_people_say_is_inert(server: Server, open_page: OpenPage) -> None:
    alice, _ = found_team(server, open_page, Alice={}, Mallory={})
    watch = Watch(page := alice.start())
    page.goto("/rooms/lobby/")
    connected(page)
    texts = [*HTML, *MARKDOWN]
    for number, text in enumerate(CALM):
        texts.insert(number * 10, text)
    run(server, WRITE, texts=[*texts, "That is all"])
    expect(message(page, "That is all")).to_have_count(1)
    watch.assert_inert()
    assert watch.frames > 0
    assert_live_equals_reload(page)
    said = read_back(watch)
    assert [text for text in [*HTML, *CALM] if text not in said] == []
    assert len({*said}) > len(HTML + MARKDOWN)


def test_what_people_do_with_it_is_inert(server: Server, open_page: OpenPage) -> None:
    alice, _ = found_team(server, open_page, Alice={}, Mallory={})
    watch = Watch(page := alice.start(viewport={"width": 1280, "height": 2400}))
    page.goto("/rooms/lobby/")
    connected(page)
    texts = [*HTML, *MARKDOWN]
    edited = run(server, ACT, texts=texts, many=MANY, reactions=REACTIONS, names=NAMES)
    expect(message(page, "Alice").last).to_be_visible()
    watch.assert_inert()
    assert_live_equals_reload(page)

    page.goto(f"/messages/{edited}/")
    connected(page)
    expect(page.locator("#composers textarea")).to_have_value(MANY)
    expect(page.locator("#composers input.composer__field").first).to_have_value(NAMES[11])
    mine = page.locator(f"#message-{edited}")
    mine.hover()
    mine.locator(".reaction").first.hover()
    expect(mine.locator(".reaction__who").first).to_contain_text("Mallory")
    mine.get_by_role("button", name="More").click()
    expect(page.locator("#acts .acts__message")).to_contain_text("hx-get=/tripwire")
    watch.assert_inert()
    page.locator("#acts").get_by_role("button", name="Quote").click()
    expect(page.locator("#composers .composer:last-child textarea")).to_have_value(re.compile("^> <div hx-get="))
    watch.assert_inert()
    for tool, field in (("(edited)", "#editor .wordings"), ("Edit", "#editing textarea")):
        mine.get_by_role("link", name=tool, exact=True).click()
        expect(page.locator(field)).to_be_visible()
        watch.assert_inert()

    paths = ["menu", "reactions", "wordings", "editing", "readers", "erasure", "unreading"]
    visit(watch, *(f"/messages/{edited}/{path}/" for path in paths))
    visit(watch, "/notifications/", "/bookmarks/", "/rooms/lobby/pins/", "/search/", "/rooms/")
    visit(watch, *(f"/search/?q={quote(text)}" for text in ["tripwire", "<img src=/tripwire", *texts[::12]]))


def test_commands_and_refusals_are_inert(server: Server, open_page: OpenPage, console: Console) -> None:
    alice, _ = found_team(server, open_page, Alice={}, Mallory={})
    watch = Watch(page := alice.start())
    page.goto("/rooms/lobby/")
    connected(page)
    console.expect("status of 422")
    for name in NAMES[:3]:
        say(page, f"/topic {name}")
        expect(page.locator("#answer")).to_contain_text(name)
        expect(page.locator("#room-title .room-header__topic")).to_have_text(name)
        watch.assert_inert()
    for call in ("/invite @<img src=/tripwire>", "/tripwire <svg/onload=tripwire()>"):
        composer(page).fill(call)
        composer(page).press("Enter")
        expect(page.locator(".composer--refused").last).to_be_visible()
        watch.assert_inert()
    token = page.locator("input[name=csrfmiddlewaretoken]").first.input_value()
    for number, body in enumerate(["a%00<script>tripwire()</script>", "%ED%A0%80<img src=/tripwire>", "x" * 10_001]):
        form = f"csrfmiddlewaretoken={token}&key=raw-{number}&body={body}"
        headers = {"Content-Type": "application/x-www-form-urlencoded", "HX-Request": "true", "Referer": page.url}
        answer = page.request.post("/rooms/lobby/messages/", data=form, headers=headers)
        assert answer.status in {200, 422}
        assert "<script>tripwire" not in answer.text() and "<img src=/tripwire" not in answer.text()
    watch.assert_inert()


def test_what_people_call_things_is_inert(server: Server, open_page: OpenPage) -> None:
    alice, _ = found_team(server, open_page, Alice={}, Mallory={})
    page = open_at(alice, "/people/")
    watch = Watch(page)
    visit(watch, "/people/")
    paths = json.loads(run(server, NAME, names=NAMES))
    expect(toasts(page).first).to_be_visible()
    expect(page.locator("#rooms .room-link")).to_have_count(2 * len(NAMES) + 1)
    watch.assert_inert()
    page.locator("#bell").click()
    expect(page.locator(".notification").first).to_be_visible()
    watch.assert_inert()
    for path in (paths["rooms"][0], paths["rooms"][-1], paths["rooms"][1], paths["direct"]):
        visit(watch, path)
    for path, name in zip(paths["rooms"], NAMES, strict=True):
        page.goto(path)
        assert name in page.title()
        expect(page.locator("#room-title h1")).to_have_text(name)
    watch.assert_inert()
    read_back(watch)
    connected(page)
    composer(page).press_sequentially("@<")
    expect(page.locator(".mentions button").first).to_be_visible()
    watch.assert_inert()
    settings = ["", "settings/", "presence/", "pins/", "involvement/"]
    visit(watch, *(f"/rooms/lobby/{path}" for path in settings))
    visit(watch, "/notifications/", "/rooms/", "/rooms/new/", "/directs/", "/hidden-rooms/", "/people/", "/search/")
    visit(watch, *(f"/search/?q={quote(f'{kind}:{NAMES[2]!r}')}" for kind in ("from", "in")))

    feed = ET.fromstring(page.request.get(paths["feed"]).text())
    assert {element.tag.partition("}")[2] for element in feed.iter()} <= {
        *("feed", "title", "link", "id", "updated", "published", "entry", "author", "name", "summary", "subtitle"),
    }
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
    visit(watch, "/rooms/lobby/", "/search/?q=has:file", "/previews/1/removal/")

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
    visit(watch, images.first.locator("xpath=..").get_attribute("href") or "")
