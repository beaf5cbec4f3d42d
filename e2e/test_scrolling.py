"""Where the reader is: at the end, somewhere above it, or at a message that somebody linked to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import ElementHandle, Page, Route, expect

from e2e.browsers import OpenPage, screenshot
from e2e.server import Server
from e2e.steps import assert_live_equals_reload, connected, found_team, log, message, said, say

TOP_OF = "article => article.getBoundingClientRect().top"


def test_the_end_stays_in_sight(server: Server, open_page: OpenPage) -> None:
    alice, bob, chiyo = found_team(server, open_page, Alice={}, Bob={}, Chiyo={})
    chiyo.has_said("line", 60)
    page, bobs = alice.open(), bob.open()
    connected(page)
    connected(bobs)
    expect(message(page, "line 60")).to_be_in_viewport(ratio=1)
    for number in range(5):
        say(bobs, f"push {number}")
        expect(message(page, f"push {number}")).to_be_in_viewport(ratio=1)
    say(page, "my own")
    expect(message(page, "my own")).to_be_in_viewport(ratio=1)


def test_the_end_stays_in_sight_when_the_composer_grows(server: Server, open_page: OpenPage) -> None:
    alice, chiyo = found_team(server, open_page, Alice={}, Chiyo={})
    page = alice.open()
    connected(page)
    for last in range(41, 44):  # Of another height each, in fractions of a pixel.
        chiyo.has_said("line", last, first=1 if last == 41 else last)
        expect(message(page, f"line {last}")).to_be_in_viewport(ratio=1)
        wheel(page, 400)
        message(page, f"line {last}").hover()
        message(page, f"line {last}").get_by_role("link", name="Reply").click()
        expect(page.locator(".composer__reply")).to_be_visible()
        expect(message(page, f"line {last}")).to_be_in_viewport(ratio=1)
        page.get_by_role("button", name="Cancel reply").click()
        expect(page.locator(".composer__reply")).to_have_count(0)


def test_the_reader_is_not_moved(server: Server, open_page: OpenPage) -> None:
    alice, bob, chiyo = found_team(server, open_page, Alice={}, Bob={}, Chiyo={})
    chiyo.has_said("line", 60)
    page, bobs = alice.open(), bob.open()
    connected(page)
    connected(bobs)
    wheel(page, -400)
    anchor = first_in_sight(page)
    top = anchor.evaluate(TOP_OF)
    for number in range(5):
        say(bobs, f"push {number}")
    expect(message(page, "push 4")).to_have_count(1)
    assert abs(anchor.evaluate(TOP_OF) - top) < 1
    expect(message(page, "push 4")).not_to_be_in_viewport()
    screenshot(page, "scrolled-up")
    assert_live_equals_reload(page)


def test_older_pages_load_as_one_scrolls(server: Server, open_page: OpenPage) -> None:
    alice, chiyo = found_team(server, open_page, Alice={}, Chiyo={})
    chiyo.has_said("line", 200)
    page = alice.open()
    connected(page)
    assert said(page) == lines(161, 200)
    for loaded in (80, 120, 160, 200):
        with held_back(page, "**/messages/?before=*"):
            while not page.locator("#older.htmx-request").count():
                wheel(page, -300)
            anchor = first_in_sight(page)
            top = anchor.evaluate(TOP_OF)
        expect(log(page).get_by_role("article")).to_have_count(loaded)
        assert abs(anchor.evaluate(TOP_OF) - top) < 1
    assert said(page) == lines(1, 200)
    expect(page.get_by_role("link", name="Older messages")).to_have_count(0)
    screenshot(page, "history")
    assert_live_equals_reload(page)


def test_a_link_to_a_message_opens_at_it_and_leads_to_the_present(server: Server, open_page: OpenPage) -> None:
    alice, bob, chiyo = found_team(server, open_page, Alice={}, Bob={}, Chiyo={})
    chiyo.has_said("line", 200)
    page, bobs = alice.start(), bob.open()
    connected(bobs)
    page.goto(message_url(server, "line 100"))
    linked = message(page, "line 100")
    expect(linked).to_be_in_viewport(ratio=1)
    box, frame = linked.bounding_box(), page.locator("#log").bounding_box()
    assert box and frame
    assert abs((box["y"] + box["height"] / 2) - (frame["y"] + frame["height"] / 2)) < frame["height"] / 4
    assert linked.evaluate("article => article.matches(':target')")
    expect(page.get_by_role("link", name="Jump to the newest")).to_be_in_viewport(ratio=1)
    screenshot(page, "permalink")
    say(bobs, "far below")
    expect(message(bobs, "far below")).to_be_visible()
    while not message(page, "far below").count():
        wheel(page, 600)
    assert said(page)[-1] == "far below"
    assert said(page) == [*lines(int(said(page)[0].split()[1]), 200), "far below"]
    connected(page)
    say(bobs, "live again")
    expect(message(page, "live again")).to_have_count(1)
    assert_live_equals_reload(page)


def test_one_jumps_to_the_newest(server: Server, open_page: OpenPage) -> None:
    alice, chiyo = found_team(server, open_page, Alice={}, Chiyo={})
    chiyo.has_said("line", 200)
    page = alice.start()
    page.goto(message_url(server, "line 50"))
    page.get_by_role("link", name="Jump to the newest").click()
    expect(message(page, "line 200")).to_be_in_viewport(ratio=1)
    connected(page)
    assert said(page) == lines(161, 200)
    assert_live_equals_reload(page)


def test_who_speaks_from_the_past_is_taken_to_the_present(server: Server, open_page: OpenPage) -> None:
    alice, chiyo = found_team(server, open_page, Alice={}, Chiyo={})
    chiyo.has_said("line", 200)
    page = alice.start()
    page.goto(message_url(server, "line 50"))
    connected(page)
    say(page, "I was reading up")
    expect(message(page, "I was reading up")).to_be_in_viewport(ratio=1)
    assert said(page) == [*lines(162, 200), "I was reading up"]
    assert_live_equals_reload(page)


@contextmanager
def held_back(page: Page, url: str) -> Iterator[None]:
    """Let answers from a URL wait until the block is over."""
    routes: list[Route] = []
    page.route(url, lambda route: routes.append(route))
    yield
    for route in routes:
        route.continue_()
    page.unroute(url)


def wheel(page: Page, distance: int) -> None:
    """Turn the wheel over the log, and wait until that has been drawn."""
    page.locator("#log").hover()
    page.mouse.wheel(0, distance)
    page.evaluate("() => new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve)))")


def first_in_sight(page: Page) -> ElementHandle:
    script = """() => {
      const top = document.querySelector("#log").getBoundingClientRect().top
      return [...document.querySelectorAll("article")].find(article => article.getBoundingClientRect().top >= top)
    }"""
    article = page.evaluate_handle(script).as_element()
    assert article
    return article


def message_url(server: Server, body: str) -> str:
    code = f"from rooms.models import Message; print(Message.objects.get(body={body!r}).get_absolute_url())"
    return server.shell(code).strip()


def lines(first: int, last: int) -> list[str]:
    return [f"line {number}" for number in range(first, last + 1)]
