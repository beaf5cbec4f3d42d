"""However far one reads, and however much is said meanwhile: a browser holds 300 messages, and nobody loses their place."""

from __future__ import annotations

from playwright.sync_api import ElementHandle, Page, expect

from e2e.browsers import OpenPage, screenshot
from e2e.server import Server
from e2e.steps import Person, assert_live_equals_reload, connected, found_team, message, said, say
from e2e.test_scrolling import TOP_OF, first_in_sight, lines, wheel

SAID = 700
SHOWN = 300

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


def test_a_long_room_is_read_up_and_down(server: Server, open_page: OpenPage) -> None:
    alice, bob, chiyo = found_team(server, open_page, Alice={}, Bob={}, Chiyo={})
    fill(chiyo, 1, SAID)
    page, bobs = alice.open(), bob.open()
    connected(page)
    connected(bobs)

    while not message(page, "line 1").first.is_visible() or said(page)[0] != "line 1":
        scroll(page, -1)
    assert said(page) == lines(1, len(said(page)))
    expect(page.get_by_role("link", name="Jump to the newest")).to_be_in_viewport(ratio=1)
    screenshot(page, "long-room-start")
    say(bobs, "while you read")
    expect(message(bobs, "while you read")).to_be_visible()
    assert_live_equals_reload(page)

    while not message(page, "while you read").count():
        scroll(page, 1)
    assert said(page) == [*lines(SAID + 2 - len(said(page)), SAID), "while you read"]
    connected(page)
    say(bobs, "and now")
    expect(message(page, "and now")).to_have_count(1)
    assert_live_equals_reload(page)


def scroll(page: Page, direction: int) -> None:
    """Turn the wheel, by hand, until a page of messages has come at the edge; hold the browser to what is promised."""
    before = edges(page)
    while edges(page) == before:
        anchor = first_in_sight(page)
        wheel(page, direction * 500)
        assert_in_place(page, anchor, before)
    assert len(said(page)) <= SHOWN


def edges(page: Page) -> tuple[str, str]:
    texts = said(page)
    return texts[0], texts[-1]


def assert_in_place(page: Page, anchor: ElementHandle, before: tuple[str, str]) -> None:
    """What was in sight is still in the page, whatever came and went at its edges."""
    assert anchor.evaluate("article => article.isConnected")
