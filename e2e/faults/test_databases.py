"""Databases that are locked, written to by many at once, restarted under load, or that choose a victim."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager

import psycopg
import pytest

from e2e.conftest import StartServer
from e2e.faults.checker import no_worse_than
from e2e.faults.figures import counted
from e2e.faults.orders import Orders
from e2e.faults.posters import Poster
from e2e.faults.rehearsal import rehearsal
from e2e.server import REPOSITORY, Server
from e2e.services import PostgreSQL, Redis
from e2e.sockets import LOBBY
from e2e.workers import workers

WRITERS, EACH = 4, 500

STORM = """
from rooms.models import Room, User
room, author = Room.objects.get(slug="lobby"), User.objects.get(pk={author})
for number in range({each}):
    room.post(author, "storm", f"storm-{author}-{{number}}")
"""


# SQLite


@contextmanager
def write_lock(server: Server) -> Iterator[None]:
    """Let somebody else write to the server's SQLite database while the block runs, as `sqlite3` in a shell could."""
    with closing(sqlite3.connect(server.folder / "data" / "rooms.sqlite3", isolation_level=None)) as shell:
        shell.execute("BEGIN IMMEDIATE")
        yield
        shell.execute("ROLLBACK")


def test_a_write_lock_costs_one_answer_and_no_reader_waits(server: Server) -> None:
    with rehearsal(server) as stage:
        waits = []
        with stage.talk(4):
            stage.crowd.wait_until(lambda: bool(list(stage.history.of("post", "ok"))), "Nobody talks")
            with write_lock(server):
                until = time.monotonic() + 8
                while time.monotonic() < until:
                    began = time.monotonic()
                    assert "Person-1-" in stage.people[5].get(LOBBY)
                    waits.append(time.monotonic() - began)
                    time.sleep(0.2)

        stage.check(no_worse_than(503, times=1))
        assert max(waits) < 1.5, "Readers waited for the writer"
        assert 503 in counted(stage.history, "post", "status")


def test_a_storm_of_writers_finds_no_lock(server: Server) -> None:
    with rehearsal(server) as stage:
        storms = [
            subprocess.Popen(
                [sys.executable, "manage.py", "shell", "--no-imports", "--command", code],
                cwd=REPOSITORY, env=server.settings, stderr=subprocess.PIPE, text=True,
            )
            for code in (STORM.format(author=person.id, each=EACH) for person in stage.people[:WRITERS])
        ]  # fmt: skip
        assert [(storm.communicate()[1], storm.returncode) for storm in storms] == [("", 0)] * WRITERS

        stage.check(settle_in=10)
        positions = [row["position"] for row in stage.history.of("row")]
        assert positions == list(range(1, WRITERS * EACH + 1))
        assert "locked" not in server.log


# PostgreSQL


@pytest.mark.parametrize(
    ("manner", "away"), [(signal.SIGINT, 0), (signal.SIGQUIT, 0), (signal.SIGINT, 8)], ids=["fast", "immediate", "away"]
)
def test_postgresql_is_restarted_under_load(
    manner: signal.Signals, away: int, postgresql_cluster: PostgreSQL, start_server: StartServer, redis: Redis
) -> None:
    """Fast and immediate, as pg_ctl calls them. Nobody restarts the workers for it."""
    url = postgresql_cluster.new_database()
    with psycopg.connect(url, autocommit=True) as shell:
        # For speed the tests' clusters do without; a crash would lose what was accepted last.
        shell.execute(f"ALTER DATABASE {url.rpartition('/')[2]} SET synchronous_commit = on")
    server = start_server(DATABASE_URL=url, WEB_CONCURRENCY="2", REDIS_URL=redis.url)
    pids = workers(server)
    with rehearsal(server, witnesses=24) as stage:
        with stage.talk(8, pace=1.2):
            stage.crowd.wait_until(lambda: len(list(stage.history.of("post", "ok"))) > 8, "Nobody talks")
            postgresql_cluster.end(manner)
            time.sleep(away)
            postgresql_cluster.start()
            stage.crowd.wait_until(lambda: all(server.ready() for _ in range(20)), "The server is not back", 5)
            time.sleep(3)
        stage.check(no_worse_than(503, times=1 + away))
        failed = [event for event in stage.history.of("post", "info")]
        assert len(failed) <= 10 * len(pids) or away
        assert workers(server) == pids


@pytest.mark.parametrize("seconds", [1.0, 3.0])
def test_who_takes_a_tick_is_waited_for(
    seconds: float, any_database: dict[str, str], start_server: StartServer, orders: Orders
) -> None:
    """Later ticks do not become visible first: a page that has seen them would never ask for the earlier one."""
    server = start_server(FAILPOINTS=str(orders.folder), **any_database)
    with rehearsal(server) as stage, ThreadPoolExecutor(4) as threads:
        orders.give("before_commit", "wait")
        posters = [Poster(stage.history, person, LOBBY) for person in stage.people[:4]]
        said = [threads.submit(posters[0].say, "first")]
        orders.wait_until_taken("before_commit")
        said += [threads.submit(poster.say, f"later-{number}") for number, poster in enumerate(posters[1:])]
        time.sleep(seconds)
        assert not any(witness.screen.rows for witness in stage.crowd.witnesses)
        orders.go_on("before_commit")

        assert all(post.result(20) for post in said)
        for poster in posters:
            poster.close()
        stage.check(no_worse_than(503, times=1))
        assert next(stage.history.of("row"))["key"] == "first"


def test_the_victim_of_a_deadlock_tries_again(start_server: StartServer, database_url: str) -> None:
    server = start_server(DATABASE_URL=database_url)
    with (
        rehearsal(server) as stage,
        closing(Poster(stage.history, stage.people[0], LOBBY)) as poster,
        psycopg.connect(database_url) as other,
        psycopg.connect(database_url, autocommit=True) as shell,
        ThreadPoolExecutor(1) as thread,
    ):
        other.execute("SET deadlock_timeout = '5s'")  # It is the post that looks who is in its way, and gives in.
        other.execute("SELECT FROM rooms_user WHERE id = %s FOR UPDATE", [poster.caller.id])
        said = thread.submit(poster.say, "the-victim")
        while not shell.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchone():
            time.sleep(0.02)
        other.execute("UPDATE rooms_room SET clock = clock WHERE slug = 'lobby'")  # The post has locked it.
        other.commit()
        assert said.result(10)

        stage.check(no_worse_than(200, times=0))
        query = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        while shell.execute(query).fetchone() != (1,):  # PostgreSQL counts with a delay.
            time.sleep(0.1)
