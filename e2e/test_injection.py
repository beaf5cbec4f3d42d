"""What people write, and call themselves, their rooms and their files, is text in a real browser and nothing else.

Nothing runs, nothing is asked for, nothing is swapped, and the policy is never asked to forbid anything.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from playwright.sync_api import expect

from e2e.browsers import Console, OpenPage
from e2e.inert import Watch
from e2e.mallory import ACT, WRITE, run
from e2e.server import Server
from e2e.services import wait_until
from e2e.steps import assert_live_equals_reload, composer, connected, found_team, message, say
from e2e.vectors import HTML, MARKDOWN, NAMES, REACTIONS

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


def test_harm_would_be_noticed(server: Server, open_page: OpenPage, console: Console) -> None:
    alice, _ = found_team(server, open_page, Alice={}, Mallory={})
    watch = Watch(page := alice.start())
    page.goto("/rooms/lobby/")
    connected(page)
    watch.assert_inert()
    console.expect("policy|Policy|tripwire|404")
    page.locator("#messages").evaluate("(log, html) => { log.innerHTML = html; htmx.process(log) }", HARMFUL)
    wait_until(lambda: unnoticed(watch, console) == [], f"Not noticed: {unnoticed(watch, console)}")


def unnoticed(watch: Watch, console: Console) -> list[str]:
    """The signs of harm that nobody has seen by now: what asks for something does so a moment later."""
    said = "\n".join(watch.find_harm())
    policy = [line for line in console.complaints if "policy: script-src" in line]
    return [sign for sign in SIGNS if sign not in said] + ([] if policy else ["policy"])


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
    said = watch.read_back()
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
    watch.visit(*(f"/messages/{edited}/{path}/" for path in paths))
    watch.visit("/notifications/", "/bookmarks/", "/rooms/lobby/pins/", "/search/", "/rooms/")
    watch.visit(*(f"/search/?q={quote(text)}" for text in ["tripwire", "<img src=/tripwire", *texts[::12]]))


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
