"""Prometheus, and two processes that answer it in turn."""

from __future__ import annotations

import http.client
import re
from collections.abc import Callable
from itertools import pairwise

from playwright.sync_api import expect

from e2e.browsers import OpenPage
from e2e.server import Server
from e2e.services import PostgreSQL, Redis, wait_until
from e2e.steps import connected, found_team, message, say
from e2e.workers import workers

TOKEN = "a token that is long enough"
MESSAGES = 8
SCRAPES = 4


def scrape(server: Server, token: str = TOKEN) -> str:
    """One scrape on a connection of its own: whichever process accepts it answers."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request("GET", "/metrics", headers={"Authorization": f"Bearer {token}"})
    response = connection.getresponse()
    text = response.read().decode()
    connection.close()
    assert response.status == 200, text
    return text


def read(text: str, name: str) -> dict[str, float]:
    """The values by worker, added up over their other labels."""
    found: dict[str, float] = {}
    for labels, value in re.findall(rf"^{name}\{{(.*)\}} (\S+)$", text, re.MULTILINE):
        worker = re.search(r'worker="([^"]*)"', labels)
        assert worker
        found[worker[1]] = found.get(worker[1], 0) + float(value)
    return found


def test_two_processes_answer_as_one(start_server: Callable[..., Server], redis: Redis, open_page: OpenPage) -> None:
    server = start_server(WEB_CONCURRENCY="2", REDIS_URL=redis.url, METRICS_TOKEN=TOKEN)
    pids = workers(server)
    wait_until(lambda: len(read(scrape(server), "rooms_deliveries_total")) == 2, "Not every process answers")
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    hers, his = alice.open(), bob.open()
    connected(hers)
    connected(his)
    seen: list[dict[str, float]] = []

    for number in range(MESSAGES):
        say(hers, f"Message {number}")
        seen += [read(scrape(server), "rooms_deliveries_total") for _ in range(SCRAPES)]
    expect(message(his, f"Message {MESSAGES - 1}")).to_be_visible()

    assert {int(worker.rpartition(":")[2]) for worker in seen[0]} == set(pids)
    for before, after in pairwise(seen):
        assert before.keys() == after.keys()
        assert all(before[worker] <= after[worker] for worker in before), "a counter went back"

    # Each message goes to both rooms, and moves both lists.
    wait_until(lambda: total(server, "rooms_deliveries_total") >= 2 * MESSAGES, f"Deliveries: {scrape(server)}")
    wait_until(lambda: total(server, "rooms_listeners") == 4, f"Open pages: {scrape(server)}")
    assert total(server, "rooms_bells_rung_total") >= MESSAGES
    assert total(server, "rooms_bells_lost_total") == 0
    assert total(server, "rooms_delivery_lag_seconds_count") >= MESSAGES


def test_while_the_database_is_away_a_process_answers_for_itself(
    start_server: Callable[..., Server], redis: Redis, postgresql: PostgreSQL
) -> None:
    url = postgresql.new_database()
    server = start_server(WEB_CONCURRENCY="2", REDIS_URL=redis.url, DATABASE_URL=url, METRICS_TOKEN=TOKEN)
    wait_until(lambda: len(read(scrape(server), "rooms_deliveries_total")) == 2, "Not every process answers")

    postgresql.kill()
    text = scrape(server)
    assert "\nrooms_figures_complete 0.0" in text
    assert len(read(text, "rooms_deliveries_total")) == 1

    postgresql.start()
    wait_until(lambda: "\nrooms_figures_complete 1.0" in scrape(server), "The database is back, the figures are not")
    wait_until(lambda: len(read(scrape(server), "rooms_deliveries_total")) == 2, "Not every process answers")


def total(server: Server, name: str) -> float:
    return sum(read(scrape(server), name).values())
