"""Workers are killed and stopped under hundreds of pages while people talk."""

from __future__ import annotations

import os
import signal
import time

import pytest

from e2e.conftest import StartServer
from e2e.faults.figures import counted
from e2e.faults.rehearsal import Rehearsal, rehearsal
from e2e.faults.test_kills import SWEEP
from e2e.server import Server
from e2e.services import Redis, wait_until
from e2e.workers import paused, pids, workers
from project.serve import web_command

BACK_SECONDS = 15
"""In which all pages are back."""


@pytest.fixture
def crowded(start_server: StartServer, redis: Redis) -> Server:
    return start_server(WEB_CONCURRENCY="2", REDIS_URL=redis.url)


def lost(stage: Rehearsal) -> int:
    """How many pages have lost their socket so far."""
    return sum(count for code, count in counted(stage.history, "close", "code").items() if code == 1006)


@pytest.mark.timeout(120)
def test_a_killed_worker_is_replaced_and_its_pages_lack_nothing(crowded: Server) -> None:
    with rehearsal(crowded, witnesses=500, people=60) as stage:
        first, second = workers(crowded)
        with stage.talk(4):
            time.sleep(2)
            os.kill(first, signal.SIGKILL)
            stage.crowd.wait_until(lambda: lost(stage) > 50, "Nobody notices")
            stage.crowd.wait_until_live(BACK_SECONDS)
            time.sleep(2)

        stage.check(settle_in=SWEEP + 1)
        assert len(stage.crowd.remaining) == 500
        wait_until(lambda: len(pids(crowded)) == 3, "The killed worker is not replaced")
        assert second in pids(crowded)
        assert f"Child process [{second}] died" not in crowded.log


@pytest.mark.timeout(120)
def test_a_worker_that_hangs_is_replaced(crowded: Server) -> None:
    """uvicorn asks each worker for a sign of life, and gives it as long as the Procfile says."""
    patience = int(web_command().partition("--timeout-worker-healthcheck ")[2].split()[0])
    with rehearsal(crowded, witnesses=60) as stage:
        hanging, _ = workers(crowded)
        with stage.talk(4):
            time.sleep(2)
            os.kill(hanging, signal.SIGSTOP)
            wait_until(lambda: len(pids(crowded)) == 3, "The worker that hangs is not replaced", patience + 5)
            stage.crowd.wait_until_live(BACK_SECONDS)
        stage.check(settle_in=SWEEP + 1)


def test_a_worker_that_was_stopped_for_a_moment_sends_nothing_stale(crowded: Server) -> None:
    with rehearsal(crowded, witnesses=60) as stage:
        first, _ = workers(crowded)
        with stage.talk(4):
            for _ in range(3):
                with paused(first):
                    time.sleep(3)
                time.sleep(1)
        stage.check(settle_in=SWEEP + 1)
        assert workers(crowded)[0] == first
        assert lost(stage) == 0


@pytest.mark.long
@pytest.mark.timeout(180)
def test_a_server_of_one_process_that_was_stopped_goes_on(server: Server) -> None:
    with rehearsal(server, witnesses=60) as stage:
        (only,) = pids(server)
        with paused(only):
            stage.people[0].has_said("from another process", 20)
            time.sleep(30)
        stage.check(settle_in=BACK_SECONDS)
        assert all(len(witness.screen.rows) == 20 for witness in stage.crowd.witnesses)
