"""The composer: nothing typed is lost, nothing sent is doubled, and the next message never waits for the last."""

from __future__ import annotations

import re

from playwright.sync_api import Page, Route, expect

from e2e.browsers import Console, OpenPage, screenshot
from e2e.server import Server
from e2e.steps import composer, connected, found_team, log, message, post, said, say


def hold_posts(page: Page, milliseconds: int) -> None:
    """Let every request of the page take this long, as a connection across the world would."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": milliseconds, "downloadThroughput": -1, "uploadThroughput": -1},
    )


def test_ten_messages_in_a_row_arrive_whole_and_in_order(server: Server, open_page: OpenPage) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    alices, bobs = alice.open(), bob.open()
    connected(alices)
    connected(bobs)
    expect(composer(alices)).to_be_focused()
    alices.wait_for_load_state("networkidle")
    hold_posts(alices, 300)
    words = [f"say {number} ok" for number in range(10)]
    for word in words:
        alices.keyboard.type(word, delay=100)
        alices.keyboard.press("Enter", delay=100)
    expect(message(bobs, words[-1])).to_be_visible()
    assert said(bobs) == words
    expect(message(alices, words[-1])).to_be_visible()
    expect(alices.locator(".composer")).to_have_count(1)
    assert said(alices) == words


def test_a_message_too_long_comes_back_with_its_text(server: Server, open_page: OpenPage, console: Console) -> None:
    console.expect("422")
    (alice,) = found_team(server, open_page, Alice={})
    page = alice.open()
    connected(page)
    page.locator(".composer__field").evaluate("field => field.removeAttribute('maxlength')")
    say(page, "x" * 10_001)
    refused = page.locator(".composer--refused")
    expect(refused.get_by_role("alert")).to_contain_text("10000")
    assert len(refused.get_by_role("textbox").input_value()) == 10_001
    refused.get_by_role("textbox").fill("short enough")
    screenshot(page, "composer-refused")
    refused.get_by_role("button", name="Retry").click()
    expect(message(page, "short enough")).to_have_count(1)
    expect(page.locator(".composer")).to_have_count(1)


def test_a_message_that_fails_can_be_sent_again_once(server: Server, open_page: OpenPage, console: Console) -> None:
    console.expect("ERR_FAILED|Failed to fetch")
    (alice,) = found_team(server, open_page, Alice={})
    page = alice.open()
    connected(page)
    page.route("**/messages/", lambda route: route.abort())
    say(page, "do not lose me")
    retry = page.get_by_role("button", name="Retry")
    expect(retry).to_be_visible()
    composer(page).type("typed meanwhile")
    expect(page.get_by_text("Not sent").first).to_be_visible()
    screenshot(page, "composer-failed")
    page.unroute("**/messages/")
    retry.click()
    expect(message(page, "do not lose me")).to_have_count(1)
    expect(page.locator(".composer")).to_have_count(1)
    expect(composer(page)).to_have_value("typed meanwhile")


def test_an_answer_that_is_lost_makes_no_second_message(server: Server, open_page: OpenPage, console: Console) -> None:
    console.expect("ERR_FAILED|Failed to fetch")
    (alice,) = found_team(server, open_page, Alice={})
    page = alice.open()
    connected(page)

    def lose_the_answer(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route("**/messages/", lose_the_answer, times=1)
    say(page, "once is enough")
    page.get_by_role("button", name="Retry").click()
    expect(page.locator(".composer")).to_have_count(1)
    expect(message(page, "once is enough")).to_have_count(1)


def test_too_many_messages_say_when_to_go_on(server: Server, open_page: OpenPage, console: Console) -> None:
    console.expect("429")
    (alice,) = found_team(server, open_page, Alice={})
    page = alice.open()
    connected(page)
    for number in range(10):  # Not by hand: the first may not be ten seconds old when the last is said.
        post(page, f"word {number}")
    say(page, "word 10")
    refused = page.locator(".composer--refused")
    expect(refused.get_by_role("alert")).to_have_text(re.compile(r"Wait \d+ seconds?, then send this again\."))
    expect(refused.get_by_role("textbox")).to_have_value("word 10")
    expect(log(page).get_by_role("article")).to_have_count(10)


def test_a_longer_message_has_room_for_lines(server: Server, open_page: OpenPage) -> None:
    (alice,) = found_team(server, open_page, Alice={})
    page = alice.open()
    connected(page)
    page.keyboard.type("begun on one line")
    page.get_by_role("button", name="Longer message").click()
    expect(composer(page)).to_have_js_property("tagName", "TEXTAREA")
    expect(composer(page)).to_have_value("begun on one line")
    expect(composer(page)).to_be_focused()
    composer(page).fill("one\n\ntwo\nthree")
    screenshot(page, "composer-long")
    page.get_by_role("button", name="Send").click()
    expect(message(page, "three").locator("p")).to_have_count(2)
    expect(page.locator(".composer")).to_have_count(1)
    expect(composer(page)).to_be_focused()
