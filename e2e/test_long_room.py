"""However far one reads, and however much is said: a browser holds 300 messages, and nobody loses their place."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from e2e.browsers import OpenPage, screenshot
from e2e.server import Server
from e2e.services import wait_until
from e2e.steps import Person, assert_live_equals_reload, connected, found_team, message, said, say
from e2e.test_scrolling import TOP_OF, first_in_sight, held_back, lines, wheel

SAID = 360
SHOWN = 300

MEASURED = """() => {
  const messages = document.getElementById("messages"), count = () => messages.querySelectorAll("article").length
  window.most = count()
  new MutationObserver(() => window.most = Math.max(window.most, count())).observe(messages, {childList: true})
}"""
"""Keeps count of the most messages that the page has held at any time."""

MANY = """
from django.db import transaction
from django.utils import timezone
from rooms.models import Message, Room
room = Room.objects.get(slug="lobby")
with transaction.atomic():
    ticks = range(room.clock + 1, room.clock + {count} + 1)
    rows = [Message(room=room, author_id={author}, key=f"line-{{n}}", body=f"line {{n}}", position=tick, clock=tick,
                    created_at=timezone.now()) for n, tick in enumerate(ticks, {first})]
    Message.objects.bulk_create(rows)
    Room.objects.filter(pk=room.pk).update(clock=ticks[-1])
"""


def fill(person: Person, first: int, count: int) -> None:
    person.server.shell(MANY.format(author=person.id, first=first, count=count))


@pytest.mark.timeout(240)
def test_a_long_room_is_read_up_and_down(server: Server, open_page: OpenPage) -> None:
    alice, bob, chiyo = found_team(server, open_page, Alice={}, Bob={}, Chiyo={})
    fill(chiyo, 1, SAID)
    page, bobs = alice.open(), bob.open()
    connected(page)
    connected(bobs)
    page.evaluate(MEASURED)

    while edges(page)[0] != "line 1":
        scroll(page, -1)
    assert said(page) == lines(1, len(said(page)))
    screenshot(page, "long-room-start")
    say(bobs, "while you read")
    expect(message(bobs, "while you read")).to_be_visible()
    assert_live_equals_reload(page)

    while edges(page)[1] != "while you read":
        scroll(page, 1)
    assert said(page) == [*lines(SAID + 2 - len(said(page)), SAID), "while you read"]
    connected(page)
    say(bobs, "and now")
    expect(message(page, "and now")).to_have_count(1)
    assert_live_equals_reload(page)
    assert 200 < page.evaluate("most") <= SHOWN


@pytest.mark.timeout(240)
def test_who_scrolls_as_fast_as_they_can_holds_no_more(server: Server, open_page: OpenPage) -> None:
    """Not even while a page comes before what the one before it pushes out has gone."""
    alice, chiyo = found_team(server, open_page, Alice={}, Chiyo={})
    fill(chiyo, 1, SAID + 15)  # The last of them were said since the last cut.
    page = alice.open()
    connected(page)
    page.evaluate(MEASURED)
    rush(page, "line 1", -3000)
    rush(page, f"line {SAID + 15}", 3000)
    assert 200 < page.evaluate("most") <= SHOWN


def rush(page: Page, text: str, distance: int) -> None:
    edge = message(page, text).filter(has=page.get_by_text(text, exact=True))
    page.locator("#log").hover()

    def turn() -> bool:
        page.mouse.wheel(0, distance)
        return edge.count() > 0

    wait_until(turn, f"{text} has not come", 60)


@pytest.mark.timeout(240)
def test_much_is_said(server: Server, open_page: OpenPage) -> None:
    """Who is at the end stays there; who has scrolled away keeps what they look at, and is led back."""
    alice, bob, chiyo, daiki = found_team(server, open_page, Alice={}, Bob={}, Chiyo={}, Daiki={})
    fill(daiki, 1, 60)
    at_end, away, bobs = alice.open(), chiyo.open(), bob.open()
    for page in (at_end, away, bobs):
        connected(page)
        page.evaluate(MEASURED)
    wheel(away, -700)
    expect(away.locator(".log__place--away")).to_have_count(1)
    anchor = first_in_sight(away)
    top = anchor.evaluate(TOP_OF)
    for burst in range(2):
        fill(daiki, 61 + 150 * burst, 150)
        say(bobs, f"burst {burst}")
        expect(message(at_end, f"burst {burst}")).to_be_in_viewport(ratio=1)
        assert abs(anchor.evaluate(TOP_OF) - top) < 1
    assert len(said(at_end)) >= 200
    expect(at_end.locator("#older")).to_have_count(1)
    screenshot(away, "long-room-away")
    assert_live_equals_reload(at_end)
    assert_live_equals_reload(away)
    assert max(page.evaluate("most") for page in (at_end, away, bobs)) <= SHOWN

    away.get_by_role("link", name="Jump to the newest").click()
    expect(message(away, "burst 1")).to_be_in_viewport(ratio=1)
    assert_live_equals_reload(away)


def scroll(page: Page, direction: int) -> None:
    """Turn the wheel until a page of messages has come at the edge; hold the browser to what is promised."""
    before, edge = edges(page), page.locator("#older" if direction < 0 else "#newer")
    with held_back(page, "**/messages/?*"):
        while not page.locator(":is(#older, #newer).htmx-request").count():
            if edges(page) != before or not edge.count():
                break
            wheel(page, -700 if direction < 0 else 300)
        anchor = first_in_sight(page)
        top = anchor.evaluate(TOP_OF)
    page.wait_for_function("() => document.querySelectorAll('.htmx-request').length === 0")
    page.wait_for_function("() => document.querySelectorAll('.htmx-swapping').length === 0")
    assert abs(anchor.evaluate(TOP_OF) - top) < 1.5, "what is in sight has moved"


def edges(page: Page) -> tuple[str, str]:
    texts = said(page)
    return texts[0], texts[-1]
