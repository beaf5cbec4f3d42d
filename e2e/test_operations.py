"""The page of figures, live: a feed beside the chat."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from e2e.browsers import OpenPage, screenshot
from e2e.conftest import StartServer
from e2e.elsewhere import SOON
from e2e.line import Line
from e2e.looks import SCREENS, sticks_out
from e2e.server import Server
from e2e.services import Redis
from e2e.steps import OUTAGE, connected, found_team, say

PATH = "/operations/"
PATIENCE = 20_000
"""Milliseconds; a sample is taken every five seconds."""

AN_HOUR_OF_TWO_PROCESSES = """
import math, time
from datetime import UTC, datetime
from rooms.live.metrics import histograms
from rooms.operations.models import Sample

def figures(worker, step):
    beat = step + 7 * worker
    posts = sum(3 + 3 * math.sin(past / 9) + past % 5 for past in range(beat))
    lag = [int(posts * part) for part in (0.02, 0.2, 0.4, 0.25, 0.1, 0.02, 0.005, 0.001, 0, 0, 0, 0)]
    return {
        "counters": {"bell_rung": int(posts), "bell_missed": step // 40, "deliveries": int(posts * 41),
                     "delivered_bytes": int(posts * 41 * 900), "resync_gap": step // 9, "resync_slow": step // 25,
                     "outbox_dropped": step // 25, "refused_origin": 3, "something_new": 1},
        "histograms": {
            name: {"bounds": list(histograms[name].bounds), "counts": counts, "sum": 1.0}
            for name, counts in {"lag": lag, "loop": [step * 25, step * 4, step, step // 8, *[0] * 7]}.items()
        },
        "listeners": {"room": int(180 + 60 * math.sin(beat / 15)), "inbox": 240, "operations": 1},
        "watches": {"room": 31, "inbox": 204, "operations": 1},
        "process": {"cpu": posts / 20, "memory": 140e6 + 2e5 * beat},
    }

last = time.time() // 30 * 30
for worker, name in enumerate(("harbour:4171", "harbour:4172")):
    for step in range(119):
        moment = datetime.fromtimestamp(last - 30 * (118 - step), UTC)
        Sample.objects.create(worker=name, period=moment, taken_at=moment, figures=figures(worker, step))
"""


def value(page: Page, chart: str) -> Any:
    return page.locator(f"#chart-{chart} .chart__value").first


def live(page: Page) -> None:
    """Wait until the page's socket has answered."""
    expect(page.locator("main .live__watchdog[hx-trigger*='delay:45s']")).to_have_count(1)


def test_the_figures_move_by_themselves(server: Server, open_page: OpenPage) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    page = alice.open(PATH)
    live(page)
    expect(page.get_by_role("heading", name="Operations")).to_be_visible()
    expect(value(page, "sockets")).to_have_text(
        "2", timeout=PATIENCE
    )  # The figures', and that of the list of rooms beside them.

    bobs = bob.open()
    connected(bobs)
    expect(page.locator("#watched-room td").first).to_have_text("1", timeout=PATIENCE)
    expect(value(page, "sockets")).to_have_text("4", timeout=PATIENCE)
    say(bobs, "hello")
    expect(page.get_by_role("row", name="Deliveries")).to_have_text(re.compile(r"[1-9]"), timeout=PATIENCE)
    expect(page.locator("#chart-lag path.chart__line").first).to_have_attribute("d", re.compile("^M"), timeout=PATIENCE)
    bobs.close()
    expect(value(page, "sockets")).to_have_text("2", timeout=PATIENCE)
    expect(page.locator("#watched-room")).to_have_count(0, timeout=PATIENCE)


def test_every_process_is_on_the_page(start_server: StartServer, redis: Redis, open_page: OpenPage) -> None:
    server = start_server(WEB_CONCURRENCY="2", REDIS_URL=redis.url)
    (alice,) = found_team(server, open_page, Alice={})
    page = alice.open(PATH)

    expect(page.get_by_role("group", name="Processes").locator("tbody tr")).to_have_count(2, timeout=PATIENCE)


def test_members_have_no_such_page(server: Server, open_page: OpenPage) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    page = alice.open("/people/")
    page.get_by_role("link", name="Operations").click()
    expect(page).to_have_url(re.compile(f"{PATH}$"))

    page = bob.open("/people/")
    expect(page.get_by_role("heading", name="People")).to_be_visible()
    expect(page.get_by_role("link", name="Operations")).to_have_count(0)


def test_who_is_no_administrator_any_more_sees_no_more(server: Server, open_page: OpenPage) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={"role": "administrator"})
    bobs = bob.open(PATH)
    live(bobs)

    page = alice.open("/people/")
    page.get_by_role("button", name="Make member").click()

    expect(bobs.get_by_text("This page is not available to you")).to_be_visible(timeout=SOON)
    expect(bobs.locator(".chart")).to_have_count(0)


def test_where_sockets_are_blocked_the_figures_move_too(
    server: Server, line: Line, open_page: OpenPage, console: Any
) -> None:
    console.expect(OUTAGE)
    (alice,) = found_team(server, open_page, Alice={})
    line.cut("sockets")
    page = alice.start(line.url)
    page.goto(PATH)
    first = page.locator("#process-1 td").last.inner_text()

    expect(page.locator("#process-1 td").last).not_to_have_text(first, timeout=PATIENCE)


def test_it_is_a_page_without_javascript(server: Server, open_page: OpenPage) -> None:
    (alice,) = found_team(server, open_page, Alice={})
    page = alice.open(PATH, java_script_enabled=False)

    expect(value(page, "sockets")).to_have_text("0")
    expect(page.locator("meta[http-equiv=refresh]")).to_have_count(1)


def test_it_is_read_out_and_reached_by_keyboard(server: Server, open_page: OpenPage) -> None:
    (alice,) = found_team(server, open_page, Alice={})
    server.shell(AN_HOUR_OF_TWO_PROCESSES)
    page = alice.open(PATH)

    drawing = page.get_by_role("figure", name="From commit to the sockets").get_by_role("img")
    expect(drawing).to_have_accessible_name(
        re.compile(r"half of them within from [\d.]+ to [\d.]+ ms; 99 of 100 within from")
    )
    expect(page.get_by_role("table")).to_have_count(3)
    table = page.get_by_role("group", name="Processes")
    table.focus()
    expect(table).to_be_focused()  # Where it is too wide, the arrow keys move it.


@pytest.mark.parametrize("name", SCREENS)
def test_it_fits(server: Server, open_page: OpenPage, name: str) -> None:
    (alice,) = found_team(server, open_page, Alice={"language": "ja"} if name == "small-phone" else {})
    server.shell(AN_HOUR_OF_TWO_PROCESSES)
    page = alice.open(PATH, **SCREENS[name])
    live(page)

    assert sticks_out(page) == 0
    screenshot(page, f"operations-{name}")
    page.locator(".figures").first.scroll_into_view_if_needed()
    screenshot(page, f"operations-{name}-processes")
    page.locator(".figures").last.scroll_into_view_if_needed()
    screenshot(page, f"operations-{name}-end")
