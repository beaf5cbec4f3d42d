"""Writers of one process reach an SQLite file in the order in which they came."""

import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, closing
from typing import Any

import pytest
from django.db import OperationalError, connections
from django.db.transaction import atomic

from project.sqlite.anchor import anchors
from project.sqlite.base import lines
from project.sqlite.line import Line
from rooms.outages import is_outage

WRITERS = 6
PATIENCE = 60
"""Seconds, so that nobody gives up while a busy machine starts the threads."""

Begin = Callable[..., Future[Any]]


@pytest.fixture
def posts(sqlite_configuration: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Iterator[Line]:
    """The line of a file with a table of posts, which is the database `other` for every thread."""
    sqlite_configuration["OPTIONS"]["timeout"] = PATIENCE
    monkeypatch.setitem(connections.settings, "other", sqlite_configuration)
    execute("CREATE TABLE posts (id INTEGER PRIMARY KEY, body TEXT)")
    path = sqlite_configuration["NAME"]
    yield lines[path]
    connections["other"].close()
    del connections["other"]
    anchors.pop(path).close()


@pytest.fixture
def begin() -> Iterator[Begin]:
    """What starts a job in a thread of its own, as requests are, and returns its future."""
    with ThreadPoolExecutor(WRITERS) as threads:

        def run(job: Callable[..., Any], *args: Any) -> Any:
            try:
                return job(*args)
            finally:
                connections["other"].close()

        yield lambda job, *args: threads.submit(run, job, *args)


def execute(sql: str, *params: Any) -> list[Any]:
    with connections["other"].cursor() as cursor:
        return cursor.execute(sql, params).fetchall()


def post(body: str) -> None:
    execute("INSERT INTO posts (body) VALUES (%s)", body)


def post_in_transaction(body: str) -> None:
    with atomic("other"):
        post(body)


def said() -> list[str]:
    return [body for (body,) in execute("SELECT body FROM posts ORDER BY id")]


def await_turns(line: Line, number: int) -> None:
    """Wait until so many stand in line: bounded by pytest's own limit."""
    while len(line.turns) < number:
        time.sleep(0.001)


def patience_at_begin(left: list[int]) -> AbstractContextManager[None]:
    """Note how many milliseconds SQLite is waited for where this thread's transactions begin."""

    def look(run: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith("BEGIN"):
            left.extend(context["connection"].connection.execute("PRAGMA busy_timeout").fetchone())
        return run(sql, params, many, context)

    return connections["other"].execute_wrapper(look)


@pytest.mark.parametrize("write", [post, post_in_transaction])
def test_whoever_came_first_writes_first(posts: Line, begin: Begin, write: Callable[[str], None]) -> None:
    writers = []
    with atomic("other"):
        for number in range(WRITERS):
            writers.append(begin(write, str(number)))
            await_turns(posts, number + 1)
        post("me")
    for writer in writers:
        writer.result()

    assert said() == ["me", *map(str, range(WRITERS))]


def test_nobody_is_overtaken_by_who_comes_again_at_once(posts: Line, begin: Begin) -> None:
    """With a plain lock, or SQLite's own, whoever leaves is back before others have woken up."""
    with atomic("other"):
        others = begin(post, "other")
        await_turns(posts, 1)
        post("first")
    post("second")
    others.result()

    assert said() == ["first", "other", "second"]


def test_readers_stand_in_no_line(posts: Line, begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    with atomic("other"):
        monkeypatch.setattr(posts, "enter", None)
        assert begin(said).result() == []


@pytest.mark.parametrize("end", ["commit", "roll back", "lose the connection", "fail to begin"])
def test_however_a_transaction_ends_the_next_one_goes_on(posts: Line, begin: Begin, end: str) -> None:
    if end == "fail to begin":
        with closing(sqlite3.connect(connections["other"].settings_dict["NAME"])) as another_process:
            another_process.execute("BEGIN IMMEDIATE")
            execute("PRAGMA busy_timeout = 1")
            with pytest.raises(OperationalError, match="locked"), atomic("other"):
                pass
    else:
        try:
            with atomic("other"):
                post("hello")
                if end == "roll back":
                    raise KeyError
                if end == "lose the connection":
                    connections["other"].close()
        except KeyError:
            pass

    assert not posts.taken
    begin(post_in_transaction, "next").result()
    assert said() == (["hello", "next"] if end == "commit" else ["next"])


def test_whose_turn_does_not_come_hears_it_from_sqlite(
    posts: Line, begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    patiences: list[float] = []
    left: list[int] = []

    def enter(patience: float) -> bool:
        patiences.append(patience)
        return Line.enter(posts, patience)

    def post_impatiently() -> None:
        execute("PRAGMA busy_timeout = 20")
        with (
            patience_at_begin(left),
            pytest.raises(OperationalError, match="locked") as refusal,
        ):
            post_in_transaction("never")
        assert is_outage(refusal.value)
        assert execute("PRAGMA busy_timeout") == [(20,)]

    monkeypatch.setattr(posts, "enter", enter)
    with atomic("other"):
        begin(post_impatiently).result()
        assert patiences == [0.02]
        assert left == [0], "it is waited for twice"
        assert not posts.turns
        post("hello")

    post_in_transaction("again")
    assert said() == ["hello", "again"]


def test_whose_turn_comes_has_the_rest_of_the_patience_for_other_processes(posts: Line, begin: Begin) -> None:
    left: list[int] = []

    def post_patiently() -> None:
        with patience_at_begin(left):
            post_in_transaction("hello")
        assert execute("PRAGMA busy_timeout") == [(PATIENCE * 1000,)]

    with atomic("other"):
        writer = begin(post_patiently)
        await_turns(posts, 1)
    writer.result()

    assert len(left) == 1
    assert 0 < left[0] <= PATIENCE * 1000


def test_who_is_interrupted_in_line_holds_up_nobody(request: pytest.FixtureRequest) -> None:
    """As by Ctrl-C in a shell, while threads write."""

    class Interrupt(BaseException):
        pass

    def interrupt(*args: Any) -> None:
        raise Interrupt

    before = signal.signal(signal.SIGUSR1, interrupt)
    request.addfinalizer(lambda: signal.signal(signal.SIGUSR1, before))
    line, main = Line(), threading.main_thread().ident
    assert line.try_enter()
    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: (await_turns(line, 1), signal.pthread_kill(main, signal.SIGUSR1)))
        with pytest.raises(Interrupt):
            line.enter(PATIENCE)
    line.leave()

    assert not line.taken


def test_many_writers_at_once_lose_nothing(posts: Line, begin: Begin) -> None:
    def write(writer: int) -> None:
        for number in range(20):
            (post if number % 3 else post_in_transaction)(f"{writer}-{number}")

    for done in [begin(write, writer) for writer in range(WRITERS)]:
        done.result()

    assert sorted(said()) == sorted(f"{writer}-{number}" for writer in range(WRITERS) for number in range(20))
    assert not posts.taken
