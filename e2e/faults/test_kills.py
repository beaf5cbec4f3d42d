"""A process dies in the middle of a post: at each place where that could lose or double a message."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from e2e.conftest import StartServer
from e2e.faults.orders import Orders
from e2e.faults.posters import Poster
from e2e.faults.rehearsal import rehearsal
from e2e.services import Redis
from e2e.sockets import LOBBY

COUNT = "from rooms.models import Message; print(Message.objects.filter(key='last-words').count())"
SWEEP = 2.4
"""Seconds between two sweeps, at most."""


@pytest.mark.parametrize(("point", "rows"), [("before_commit", 0), ("after_commit", 1), ("after_bell", 1)])
def test_a_death_in_a_post(
    point: str, rows: int, any_database: dict[str, str], start_server: StartServer, redis: Redis, orders: Orders
) -> None:
    settings = {"WEB_CONCURRENCY": "2", "REDIS_URL": redis.url, "FAILPOINTS": str(orders.folder)}
    server = start_server(**settings, **any_database)
    with (
        rehearsal(server) as stage,
        closing(Poster(stage.history, stage.people[0], LOBBY)) as poster,
        ThreadPoolExecutor(1) as thread,
    ):
        orders.give(point, "wait")
        said = thread.submit(poster.say, "last-words")
        orders.wait_until_taken(point)

        assert server.shell(COUNT).strip() == str(rows)
        orders.kill(point)
        stage.fault(f"kill -9 at {point}")

        def heard_by_all() -> bool:
            return all(witness.screen.rows for witness in stage.crowd.witnesses)

        stage.crowd.wait_until(heard_by_all, "Not everybody heard it", 2 * SWEEP + 1)
        assert said.result(10)
        assert [event["type"] for event in stage.history.of("post")] == ["invoke", "info", "invoke", "ok"]
        stage.crowd.wait_until_live()
        stage.check()
        assert server.shell(COUNT).strip() == "1"
