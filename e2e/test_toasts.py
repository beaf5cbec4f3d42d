"""News that slides in: it stays while it is read, leaves by itself, is said once, and takes nothing from anybody."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from e2e.browsers import Console, OpenPage, screenshot
from e2e.elsewhere import SECOND, SOON, open_at, room_link, toasts
from e2e.line import Line
from e2e.looks import SCREENS, sticks_out
from e2e.server import Server
from e2e.services import wait_until
from e2e.steps import OUTAGE, Person, composer, connected, found_team, open_room, post

STAYS = 8 * SECOND

HEAR = """
window.heard = [];
new MutationObserver(records => {
  for (const node of records.flatMap(record => [...record.addedNodes])) {
    if (node.nodeType === Node.ELEMENT_NODE) heard.push(node.querySelector(".toast__words").innerText.trim());
  }
}).observe(document.querySelector("#toasts[role=status][aria-atomic=false]"), {childList: true, subtree: true});
"""


@pytest.fixture
def team(server: Server, open_page: OpenPage) -> tuple[Person, Person, str]:
    """Alice, who is in the kitchen; Bob, who is not; and where the kitchen is."""
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    return alice, bob, open_room("open", "Kitchen", alice, bob)


def fast_forward(page: Page, milliseconds: int) -> None:
    """Let what is on its way out have been so for this long, however long it took to look at it meanwhile."""
    page.evaluate(
        """passed => document.querySelector("#toasts").getAnimations({subtree: true})
            .filter(animation => animation.playState === "running")
            .forEach(animation => { animation.currentTime = passed })""",
        milliseconds,
    )


def test_it_leaves_by_itself_and_nothing_of_it_is_left(team: tuple[Person, Person, str]) -> None:
    alice, bob, kitchen = team
    alices, page = open_at(alice, kitchen), open_at(bob, "/people/")

    post(alices, "@Bob, soup!", kitchen)
    expect(toasts(page)).to_contain_text("Alice mentioned you in Kitchen", timeout=SOON)
    screenshot(page, "toast")
    fast_forward(page, STAYS - SECOND)
    expect(toasts(page)).to_be_visible()
    fast_forward(page, STAYS)

    expect(toasts(page)).to_be_hidden()
    assert page.evaluate("document.querySelector('#toasts').offsetHeight") == 0
    page.locator("#toasts a").evaluate("link => link.focus()")
    assert page.evaluate("document.activeElement === document.body")


def test_it_stays_while_the_pointer_or_the_focus_is_on_it(team: tuple[Person, Person, str]) -> None:
    alice, bob, kitchen = team
    alices, page = open_at(alice, kitchen), open_at(bob, "/people/")
    post(alices, "@Bob, soup!", kitchen)

    toasts(page).hover()
    fast_forward(page, 2 * STAYS)
    expect(toasts(page)).to_be_visible()

    page.mouse.move(5, 5)
    toasts(page).get_by_role("link").focus()
    fast_forward(page, 2 * STAYS)
    expect(toasts(page)).to_be_visible()

    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("around="))


@pytest.mark.parametrize("way", ["pointer", "keyboard"])
def test_it_can_be_dismissed(team: tuple[Person, Person, str], way: str) -> None:
    alice, bob, kitchen = team
    alices, page = open_at(alice, kitchen), open_at(bob, "/people/")
    post(alices, "@Bob, soup!", kitchen)
    button = toasts(page).get_by_role("dialog", name="Notice").get_by_role("button", name="Dismiss")

    if way == "pointer":
        button.click()
    else:
        toasts(page).get_by_role("link").focus()
        page.keyboard.press("Tab")
        expect(button).to_be_focused()
        page.keyboard.press("Enter")

    expect(toasts(page)).to_be_hidden()
    assert page.url.endswith("/people/")

    post(alices, "@Bob, it gets cold", kitchen)
    expect(toasts(page)).to_contain_text("it gets cold", timeout=SOON)


def test_it_takes_no_focus_and_no_key(team: tuple[Person, Person, str]) -> None:
    alice, bob, kitchen = team
    alices, page = open_at(alice, kitchen), open_at(bob, "/rooms/lobby/")
    connected(page)
    composer(page).press_sequentially("I am wri")

    post(alices, "@Bob, soup!", kitchen)
    expect(toasts(page)).to_be_visible(timeout=SOON)

    expect(composer(page)).to_be_focused()
    composer(page).press_sequentially("ting")
    expect(composer(page)).to_have_value("I am writing")


def test_it_is_said_once_and_the_later_takes_its_place(team: tuple[Person, Person, str]) -> None:
    alice, bob, kitchen = team
    alices, page = open_at(alice, kitchen), open_at(bob, "/people/")
    page.evaluate(HEAR)

    for number in range(3):
        post(alices, f"@Bob, soup {number}", kitchen)
        expect(toasts(page)).to_contain_text(f"soup {number}", timeout=SOON)

    expect(toasts(page)).to_have_count(1)
    heard = [f"Alice mentioned you in Kitchen\n@Bob, soup {number}" for number in range(3)]
    assert page.evaluate("heard") == heard


def test_one_that_holds_the_focus_is_not_taken_away(team: tuple[Person, Person, str]) -> None:
    alice, bob, kitchen = team
    alices, page = open_at(alice, kitchen), open_at(bob, "/people/")
    post(alices, "@Bob, soup!", kitchen)
    toasts(page).get_by_role("link").focus()

    post(alices, "@Bob, it gets cold", kitchen)
    expect(room_link(page, "Kitchen")).to_have_accessible_name("Kitchen 2 mention you", timeout=SOON)

    expect(toasts(page).get_by_role("link")).to_be_focused()
    expect(toasts(page)).to_contain_text("soup!")


def test_three_at_most_are_in_sight(server: Server, open_page: OpenPage) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    paths = [open_room("open", f"Room {number}", alice) for number in range(5)]
    alices, page = open_at(alice, "/rooms/lobby/"), open_at(bob, "/people/")

    for number, path in enumerate(paths):
        post(alices, f"@Bob, {number}", path)
        expect(toasts(page).filter(has_text=f"@Bob, {number}")).to_be_visible(timeout=SOON)

    assert toasts(page).filter(visible=True).locator(".toast__excerpt").all_inner_texts() == [
        "@Bob, 4",
        "@Bob, 3",
        "@Bob, 2",
    ]


def test_one_sees_none_of_the_room_one_is_in(team: tuple[Person, Person, str]) -> None:
    alice, bob, kitchen = team
    alices, page = open_at(alice, kitchen), open_at(bob, kitchen)
    connected(page)

    post(alices, "@Bob, soup!", kitchen)

    expect(page.get_by_role("log").get_by_role("article")).to_contain_text("soup!", timeout=SOON)
    expect(page.locator("#bell")).to_have_accessible_name("Notifications")
    expect(toasts(page)).to_have_count(0)


@pytest.mark.parametrize(("wish", "count"), [("nothing", 0), ("notifications", 1), ("everything", 2)])
def test_one_sees_what_one_asked_for(server: Server, open_page: OpenPage, wish: str, count: int) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={"toasts": wish})
    kitchen, attic = open_room("open", "Kitchen", alice), open_room("open", "Attic", alice)
    alices, page = open_at(alice, kitchen), open_at(bob, "/people/")

    post(alices, "anybody?", attic)
    post(alices, "@Bob, soup!", kitchen)

    expect(page).to_have_title("(2) People", timeout=SOON)
    expect(toasts(page)).to_have_count(count)


def test_a_hundred_missed_messages_are_one(server: Server, open_page: OpenPage, line: Line, console: Console) -> None:
    console.expect(OUTAGE)
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    page = open_at(bob, "/people/", url=line.url)
    page.evaluate(HEAR)

    line.cut("sockets")
    alice.has_said("soup", 100)
    line.mend("sockets")

    expect(toasts(page).get_by_role("link")).to_have_text("100 new in Lobby")
    expect(page).to_have_title("(100) People")
    assert page.evaluate("heard") == ["100 new in Lobby"]
    screenshot(page, "toast-hundred")


def test_nothing_slides_for_those_who_asked(team: tuple[Person, Person, str]) -> None:
    alice, bob, kitchen = team
    alices, page = open_at(alice, kitchen), open_at(bob, "/people/", reduced_motion="reduce")
    post(alices, "@Bob, soup!", kitchen)
    expect(toasts(page)).to_be_visible(timeout=SOON)

    lasting = (
        "document.getAnimations().map(animation => animation.effect.getTiming().duration).filter(time => time > 1)"
    )
    assert page.evaluate(lasting) == []
    fast_forward(page, STAYS + SECOND)
    expect(toasts(page)).to_be_hidden()


PLAYED = "[...document.querySelectorAll('#sound audio')].map(audio => audio.played.length && audio.played.end(0) > 0.1)"


def test_the_sound_is_heard_in_one_tab_by_those_who_want_it(server: Server, open_page: OpenPage) -> None:
    people: dict[str, dict[str, Any]] = {"Alice": {"sound": True}, "Bob": {"sound": True}, "Chiyo": {}}
    alice, bob, chiyo = found_team(server, open_page, **people)
    kitchen = open_room("open", "Kitchen", alice)
    alices, page, chiyos = open_at(alice, kitchen), open_at(bob, "/people/"), open_at(chiyo, "/people/")
    beside = open_at(bob, "/people/", page)
    for each in (alices, page, beside, chiyos):
        each.mouse.click(2, 2)  # Browsers let no page be heard that nobody has touched.

    post(alices, "@Bob @Chiyo, soup!", kitchen)
    for each in (page, beside, chiyos):
        expect(toasts(each)).to_be_visible(timeout=SOON)

    wait_until(lambda: [True] in [tab.evaluate(PLAYED) for tab in (page, beside)], "The sound is not played.")
    assert (page.locator("#sound audio").count(), beside.locator("#sound audio").count()) in {(1, 0), (0, 1)}
    assert chiyos.locator("#sound audio").count() == 0
    assert alices.locator("#sound audio").count() == 0


@pytest.mark.parametrize(
    ("name", "language"),
    [("phone", "ja"), ("phone-dark", "en"), ("small-phone", "en"), ("desk", "en"), ("desk-dark", "ja")],
)
def test_it_is_in_nobodys_way(server: Server, open_page: OpenPage, name: str, language: str) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={"language": language})
    rooms = ["Kitchen", "Attic", "A room whose name is longer than any phone is wide, by far"]
    paths = [open_room("open", room, alice) for room in rooms]
    alices, page = open_at(alice, paths[0]), open_at(bob, "/rooms/lobby/", **SCREENS[name])
    connected(page)
    for path in paths:
        post(
            alices,
            "@Bob, could you look at what is on the table before noon? I have put everything there, twice.",
            path,
        )
    expect(toasts(page)).to_have_count(3)

    field = page.locator(".composer__field")
    expect(field).to_be_in_viewport(ratio=1)
    last = toasts(page).filter(visible=True).last
    wait_until(lambda: bottom(last) < top(field), "The last toast covers the composer.")  # They slide in.
    page.locator(".room-header h1").hover()  # As a hand would: from outside, the composer takes files that are dropped.
    field.click()
    page.locator(".room-header h1").click()
    assert sticks_out(page) == 0
    screenshot(page, f"toasts-{name}-{language}")


def top(element: Locator) -> float:
    box = element.bounding_box()
    assert box
    return box["y"]


def bottom(element: Locator) -> float:
    box = element.bounding_box()
    assert box
    return box["y"] + box["height"]
