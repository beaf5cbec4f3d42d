"""Workers are replaced one after the other, under load: pages move over, and nobody's words are lost or doubled."""

from __future__ import annotations

import signal

import pytest

from e2e.conftest import StartServer
from e2e.faults.figures import counted
from e2e.faults.history import History
from e2e.faults.rehearsal import rehearsal
from e2e.server import Server
from e2e.services import Redis, wait_until
from e2e.workers import pids, workers

SOCKETS = 300
PEOPLE = 30


@pytest.mark.timeout(120)
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_three_hundred_pages_move_over(
    start_server: StartServer, redis: Redis, request: pytest.FixtureRequest, database: str
) -> None:
    settings = {"WEB_CONCURRENCY": "2", "REDIS_URL": redis.url}
    if database == "postgresql":
        settings["DATABASE_URL"] = request.getfixturevalue("database_url")
    server = start_server(**settings)
    workers(server)
    with rehearsal(server, witnesses=SOCKETS, people=PEOPLE) as stage:
        with stage.talk(people=8):
            stage.fault("SIGHUP")
            restart(server)
            stage.heal("the last of the old workers has ended")
            stage.crowd.wait_until_live(15)
        stage.check()

    closed, answers = (counted(stage.history, *what) for what in (("close", "code"), ("post", "status")))
    assert closed[1012] >= SOCKETS, f"Every page was told: {closed}"
    assert set(closed) <= {1012, 1006}, f"What was refused knocked again: {closed}"
    assert not [status for status in answers if isinstance(status, int) and status >= 500], answers
    assert unanswered(stage.history) == []


def restart(server: Server) -> None:
    """Have the supervisor replace both workers, and wait until it has."""
    before = len(pids(server))
    server.signal(signal.SIGHUP)
    wait_until(lambda: len(pids(server)) == before + 2, f"Not all workers were replaced:\n{server.log}", 40)
    ended = "Finished server process"
    wait_until(lambda: server.log.count(ended) >= before, f"The old workers are still there:\n{server.log}", 20)


def unanswered(history: History) -> list[str]:
    """The messages that nobody accepted in the end, however often they were sent."""
    keys = {event["key"] for event in history.of("post", "invoke")}
    return sorted(keys - {event["key"] for event in history.of("post", "ok")})
