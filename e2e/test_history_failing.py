"""The server does not answer the reader who scrolls, or answers nonsense: what is on the page stays."""

from __future__ import annotations

from playwright.sync_api import Route, expect

from e2e.browsers import Console, OpenPage
from e2e.server import Server
from e2e.steps import assert_live_equals_reload, connected, found_team, log, message


def test_older_messages_come_when_the_server_is_back(server: Server, open_page: OpenPage, console: Console) -> None:
    console.expect("502|ERR_FAILED|Failed to fetch")
    alice, chiyo = found_team(server, open_page, Alice={}, Chiyo={})
    chiyo.has_said("line", 60)
    page = alice.open()
    connected(page)
    failures = iter(["502", "no answer"])

    def fail_twice(route: Route) -> None:
        match next(failures, None):
            case "502":
                route.fulfill(status=502, body="<html><title>502</title><h1>Bad Gateway</h1></html>")
            case "no answer":
                route.abort()
            case _:
                route.continue_()

    page.route("**/messages/?before=*", fail_twice)
    title = page.title()

    with page.expect_response(lambda response: response.status == 502):
        page.get_by_role("link", name="Older messages").scroll_into_view_if_needed()

    expect(page.get_by_role("link", name="Older messages")).to_have_count(1)
    assert page.title() == title
    expect(log(page).get_by_role("article")).to_have_count(60, timeout=15_000)
    assert_live_equals_reload(page)


def test_the_editor_of_a_message_that_is_gone_stays_closed(
    server: Server, open_page: OpenPage, console: Console
) -> None:
    console.expect("404")
    alice, _ = found_team(server, open_page, Alice={}, Bob={})
    alice.has_said("line", 1)
    page = alice.open()
    connected(page)
    page.route("**/editing/", lambda route: route.fulfill(status=404, body="<html><h1>Not found</h1></html>"))

    message(page, "line 1").hover()
    with page.expect_response(lambda response: response.status == 404):
        message(page, "line 1").get_by_role("link", name="Edit").click()

    expect(page.locator("#editor")).to_be_empty()
    expect(page.locator("form#editing")).to_have_count(0)
