"""Ten minutes of coming, going and talking: nothing grows that does not shrink again (F39 in small).

`SOAK_SECONDS=180 pytest -m long e2e/faults/test_soak.py -s` for another length.
"""

from __future__ import annotations

import os
import re
import time
import urllib.request
from collections.abc import Callable
from statistics import mean

import psutil
import pytest
from redis import Redis as Client

from e2e.conftest import StartServer
from e2e.faults.churn import churning
from e2e.faults.rehearsal import rehearsal
from e2e.server import Server
from e2e.services import Redis, wait_until
from e2e.sockets import call_up, hang_up
from e2e.steps import open_room
from e2e.workers import workers

SECONDS = float(os.environ.get("SOAK_SECONDS", "600"))
WARM_UP = min(200.0, SECONDS / 3)
"""Seconds. Memory rises by what some 2,000 visits leave behind, until Python looks through its oldest generation."""
INTERVAL = 2.0
TOKEN = "a token for the tests, long enough"
ROOMS = 6

Sample = dict[str, float]


@pytest.mark.long
@pytest.mark.timeout(SECONDS + 300)
def test_nothing_grows_with_time(start_server: StartServer, redis: Redis, database_url: str) -> None:
    server = start_server(
        WEB_CONCURRENCY="2", REDIS_URL=redis.url, DATABASE_URL=database_url, METRICS_TOKEN=TOKEN,
        SOCKETS_PER_USER="1000",
    )  # fmt: skip
    look = observer(server, redis)
    with rehearsal(server, witnesses=12) as play:
        visitors = call_up(server, *(f"Visitor {number}" for number in range(20)))
        rooms = [open_room("closed", f"Den {number}", *visitors) for number in range(ROOMS)]
        paths = [visitors[0].open(room).path for room in rooms]
        hang_up.close()
        before = look()
        with churning(visitors, [*paths, "/live/inbox/"]) as churn, play.talk(people=3, pace=1.5):
            time.sleep(WARM_UP)
            samples = collect(look, SECONDS - WARM_UP)
        outcomes = churn.outcomes
        play.check()
        after = settle(look, before)
    report(samples, before, after, outcomes)
    assert set(outcomes) == {"left"}
    for name in before:
        early, late = drift(samples, name)
        assert late <= early * 1.1, f"{name} grew from {early:.1f} to {late:.1f}"
    for name in ("descriptors", "tasks", "channels"):
        assert after[name] <= before[name] * 1.1 + 2, f"{name} stays at {after[name]}, it was {before[name]}"


def observer(server: Server, redis: Redis) -> Callable[[], Sample]:
    """A function that says what the workers and Redis hold now."""
    processes = [psutil.Process(pid) for pid in workers(server)]
    client = Client.from_url(redis.url)

    def look() -> Sample:
        return {
            "megabytes": sum(process.memory_info().rss for process in processes) / 1024 / 1024,
            "descriptors": sum(process.num_fds() for process in processes),
            "tasks": count_tasks(server),
            "channels": len(client.pubsub_channels()),
        }

    return look


def count_tasks(server: Server) -> float:
    """Of both workers, as they were within the last six seconds: asked for, they write them down every five."""
    found: list[float] = []

    def fresh() -> bool:
        text = scrape(server)
        found[:] = values(text, "rooms_tasks")
        return len(found) == 2 and max(values(text, "rooms_figures_age_seconds")) < 6

    wait_until(fresh, "The workers do not say what they do", 20)
    return sum(found)


def scrape(server: Server) -> str:
    request = urllib.request.Request(f"{server.url}/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as answer:
        text: str = answer.read().decode()
    return text


def values(text: str, name: str) -> list[float]:
    return [float(value) for value in re.findall(rf"^{name}{{.*}} (\S+)", text, re.MULTILINE)]


def collect(look: Callable[[], Sample], seconds: float) -> list[Sample]:
    samples, deadline = [], time.monotonic() + seconds
    while time.monotonic() < deadline:
        samples.append(look())
        time.sleep(INTERVAL)
    return samples


def settle(look: Callable[[], Sample], before: Sample) -> Sample:
    """What is held when the visitors have gone, as soon as it is no more than before, or after 30 seconds."""
    deadline = time.monotonic() + 30
    while any((now := look())[name] > before[name] for name in ("descriptors", "tasks", "channels")):
        if time.monotonic() > deadline:
            break
        time.sleep(1)
    return now


def report(samples: list[Sample], before: Sample, after: Sample, outcomes: dict[str, int]) -> None:
    print(f"{SECONDS:.0f} s, warm after {WARM_UP:.0f} s; visits: {outcomes}")
    for name in before:
        early, late = drift(samples, name)
        highest = max(each[name] for each in samples)
        print(f"{name:12} before {before[name]:7.1f}, first third {early:7.1f}, last third {late:7.1f}", end=" ")
        print(f"({late / early - 1:+.1%}), highest {highest:7.1f}, after {after[name]:7.1f}")


def drift(samples: list[Sample], name: str) -> tuple[float, float]:
    """The mean of the first third, and that of the last."""
    thirds = len(samples) // 3
    return mean(each[name] for each in samples[:thirds]), mean(each[name] for each in samples[-thirds:])
