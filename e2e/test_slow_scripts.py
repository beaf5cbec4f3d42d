"""A slow line: the scripts arrive late, and not together."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import Route, expect

from e2e.browsers import OpenPage
from e2e.server import Server
from e2e.steps import connected, found_team, log


def late(route: Route) -> None:
    time.sleep(0.7)
    route.continue_()


@pytest.mark.parametrize("script", ["htmx-*.js", "hx-ws-*.js", "hx-upsert-*.js"])
def test_the_page_waits_for_the_last_script(server: Server, open_page: OpenPage, script: str) -> None:
    (alice,) = found_team(server, open_page, Alice={})
    page = alice.start()
    page.route(f"**/{script}", late)
    page.goto("/rooms/lobby/")
    connected(page)


def test_a_linked_message_stays_in_sight(server: Server, open_page: OpenPage) -> None:
    (alice,) = found_team(server, open_page, Alice={})
    alice.has_said("line", last=200)
    page = alice.start()
    page.route("**/*.js", late)
    page.goto("/messages/50/")
    connected(page)
    expect(log(page).locator("article:target")).to_be_in_viewport()
