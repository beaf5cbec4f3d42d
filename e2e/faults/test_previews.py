"""Links whose reader dies: the page is asked once, and the message gets its preview all the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from e2e.browsers import Console, OpenPage
from e2e.conftest import StartServer
from e2e.faults.orders import Orders
from e2e.services import wait_until
from e2e.steps import OUTAGE, assert_live_equals_reload, connected, found_team, message, say
from rooms.links.reading import LEASE
from rooms.tests.outside.zoo import says, serving


@pytest.mark.long
@pytest.mark.timeout(300)
def test_a_reader_killed_with_the_page_in_hand_is_followed_by_another(
    start_server: StartServer, open_page: OpenPage, console: Console, tmp_path: Path
) -> None:
    console.expect(OUTAGE)
    with serving(says(200, "Content-Type: text/html", body=b"<title>Tide tables</title>")) as elsewhere:
        place = f"127.0.0.1:{elsewhere.port}"
        server = start_server(LINK_PREVIEWS="on", LINK_PREVIEWS_ALLOWED=place, FAILPOINTS=str(tmp_path))
        (alice,) = found_team(server, open_page, Alice={})
        page = alice.open()
        connected(page)
        Orders(tmp_path).give("links.read", "kill")
        say(page, f"Look at http://{place}/tides")
        wait_until(lambda: server.process is not None and server.process.poll() is not None, "the server lives")
        server.start()

        card = message(page, "Look at").get_by_role("link", name="Tide tables")
        expect(card).to_be_visible(timeout=(LEASE.total_seconds() + 30) * 1000)
        assert len(elsewhere.requests) == 1
        assert_live_equals_reload(page)
