"""Somebody follows a room and may not any longer: not a word said afterwards reaches any of their sockets."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pytest

from e2e import server as servers
from e2e import services
from e2e.conftest import StartServer
from e2e.server import Server
from e2e.services import PostgreSQL, Redis
from e2e.sockets import LOBBY, Caller, Socket, call_up, dial
from e2e.steps import open_room
from e2e.workers import paused, workers

SECRET = "a long enough secret"
DEN = "/rooms/den/"


@dataclass
class Team:
    """Alice, who decides; somebody new for each story; and people who talk in the Lobby and in the closed room Den."""

    server: Server
    alice: Caller
    others: list[Caller]
    speakers: list[Caller]

    def tabs(self, person: Caller, room: str) -> list[Socket]:
        """Two tabs of a person on each worker."""
        if "WEB_CONCURRENCY" not in self.server.settings:
            return [person.open(room).socket for _ in range(2)]
        sockets = []
        for pid in workers(self.server):
            with paused(pid):
                sockets += [person.open(room).socket for _ in range(2)]
        return sockets


class Ending(NamedTuple):
    """How somebody's rights end: by which act, where, and what their sockets are closed with."""

    act: Callable[[Team, Caller], object]
    codes: set[int]
    room: str = LOBBY


def remove(team: Team, person: Caller) -> None:
    stay = [other.id for other in (*team.others, *team.speakers) if other is not person]
    team.alice.post("/rooms/den/settings/", name="Den", topic="", kind="closed", people=stay)


def leave(team: Team, person: Caller) -> None:
    person.post("/rooms/den/leaving/")


def sign_out(team: Team, person: Caller) -> None:
    person.post("/accounts/sign-out/")


def change_password(team: Team, person: Caller) -> None:
    person.post("/accounts/password/", current=SECRET, password="another long enough secret")


def deactivate(team: Team, person: Caller) -> None:
    team.alice.post(f"/people/{person.id}/deactivation/")


ENDINGS = {
    "removed": Ending(remove, {4403}, DEN),
    "left": Ending(leave, {4403}, DEN),
    "signed out": Ending(sign_out, {4401}),
    "password changed": Ending(change_password, {4401}),
    "deactivated": Ending(deactivate, {4401, 4403}),
}


@pytest.fixture(scope="module", params=["one worker", "two workers"])
def team(request: pytest.FixtureRequest, prepared: Path, postgresql_cluster: PostgreSQL) -> Iterator[Team]:
    with ExitStack() as stack:
        settings = {}
        if request.param == "two workers":
            redis = stack.enter_context(services.redis())
            database = postgresql_cluster.new_database()
            settings = {"WEB_CONCURRENCY": "2", "REDIS_URL": redis.url, "DATABASE_URL": database}
        yield gather(stack.enter_context(servers.server(prepared, **settings)))


def gather(server: Server) -> Team:
    alice, *others = call_up(server, "Alice", *(f"Bob {name}" for name in ENDINGS), "Sayid", "Selma", "Suki")
    open_room("closed", "Den", alice, *others)
    for caller in (alice, *others):
        caller.get_token()  # Not in the second that counts.
    return Team(server, alice, others[:-3], others[-3:])


@pytest.mark.parametrize("ending", ENDINGS.values(), ids=ENDINGS)
def test_every_tab_on_every_worker_falls_silent(team: Team, ending: Ending) -> None:
    person, speaker = team.others[0], team.speakers[0]
    tabs, witness = team.tabs(person, ending.room), team.alice.open(ending.room).socket
    speaker.say("the last one reads", ending.room)
    for socket in tabs:
        socket.until("the last one reads")

    ending.act(team, person)
    ended = time.monotonic()  # A second from here is promised; another one is for a busy machine.
    speaker.say("now that we are alone", ending.room)

    for socket in tabs:
        frames = socket.rest(ended + 2 - time.monotonic())
        assert "alone" not in "".join(frames)
        assert "delete" in frames[-1]
        assert socket.code in ending.codes
    witness.until("now that we are alone")
    team.others.remove(person)
    team.speakers.append(team.speakers.pop(0))  # Nobody may talk too fast.


def test_a_cookie_that_no_database_stores_is_no_session(team: Team) -> None:
    socket = dial(team.server, "/live/rooms/1/", 'session="an escaped NUL: \\000"')

    assert len(socket.rest()) == 1
    assert socket.code == 4401


@pytest.fixture
def two_workers(start_server: StartServer, redis: Redis, database_url: str) -> Server:
    return start_server(WEB_CONCURRENCY="2", REDIS_URL=redis.url, DATABASE_URL=database_url)


def test_without_redis_the_sweep_finds_them(two_workers: Server, redis: Redis) -> None:
    """The worker that hears of it closes at once; the other one at the next sweep, and removed people read no more."""
    team = gather(two_workers)
    removed, signed_out, *_ = team.others
    first, second = workers(two_workers)
    with paused(second):
        near = [removed.open(DEN).socket, signed_out.open().socket]
    with paused(first):
        far = [removed.open(DEN).socket, signed_out.open().socket]
    redis.kill()

    with paused(second):
        remove(team, removed)
        sign_out(team, signed_out)
        for socket in near:
            socket.rest(2)
        team.alice.say("now that we are alone", DEN)
    for socket in far:
        socket.rest(6)

    assert "alone" not in "".join(near[0].frames + far[0].frames)
    assert [socket.code for socket in near + far] == [4403, 4401] * 2
