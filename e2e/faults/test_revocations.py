"""Rights that end in the middle of a flood: not a word said afterwards is seen, and nobody gets back in (F34)."""

from __future__ import annotations

import json
import time

import pytest

from e2e.conftest import StartServer
from e2e.faults.checker import check
from e2e.faults.crowd import Crowd, crowd
from e2e.faults.history import History
from e2e.faults.posters import talking
from e2e.faults.witness import Witness
from e2e.server import Server
from e2e.sockets import Caller, call_up
from e2e.steps import open_room
from e2e.test_socket_rights import DEN, ENDINGS, Ending, Team

SPEAKERS = 12
"""Each says something every second."""

STATE = """
import json
from rooms.models import Message, Room
room = Room.objects.get(slug="den")
fields = ("author__name", "key", "position", "clock")
print(json.dumps([room.access_clock, list(room.messages.order_by("position").values_list(*fields))]))
"""


@pytest.fixture(params=["one worker", "two workers"])
def flooded(request: pytest.FixtureRequest, start_server: StartServer) -> Server:
    if request.param == "one worker":
        return start_server()
    redis, database_url = request.getfixturevalue("redis"), request.getfixturevalue("database_url")
    return start_server(WEB_CONCURRENCY="2", REDIS_URL=redis.url, DATABASE_URL=database_url)


def test_nothing_leaks_from_a_flood(flooded: Server) -> None:
    team, history = gather(flooded), History()
    with crowd(history, flooded.url) as audience:
        stay = audience.join(team.speakers[:4], room=DEN)
        pages = {name: audience.join([person], 3, room=DEN) for name, person in zip(ENDINGS, team.others, strict=True)}
        audience.wait_until_live()
        with talking(history, team.speakers, DEN):
            for (name, ending), person in zip(ENDINGS.items(), list(team.others), strict=True):
                end_rights(team, history, audience, ending, person, pages[name])
                team.others.remove(person)
            wait_for_talk(history, audience)
        assert audience.remaining == stay
        audience.settle(10, DEN)
    for author, key, position, clock in json.loads(flooded.shell(STATE))[1]:
        history.note(author, "row", "ok", key=key, position=position, clock=clock)
    check(history)
    nothing_said_later(history)


def gather(server: Server) -> Team:
    speakers = [f"Speaker {number}" for number in range(SPEAKERS)]
    alice, *others = call_up(server, "Alice", *(f"Bob {name}" for name in ENDINGS), *speakers)
    open_room("closed", "Den", alice, *others)
    for caller in (alice, *others):
        caller.get_token()
    return Team(server, alice, others[:-SPEAKERS], others[-SPEAKERS:])


def end_rights(
    team: Team, history: History, audience: Crowd, ending: Ending, person: Caller, pages: list[Witness]
) -> None:
    """See every page of a person sent away for good while the others talk: at once, or soon on a busy machine."""
    wait_for_talk(history, audience)
    began = time.monotonic()
    ending.act(team, person)
    history.note(person.name, "ended", since=time.monotonic())
    audience.wait_until(lambda: all(page.gone for page in pages), f"{person.name} looks on", 2)
    print(f"{person.name}: gone {time.monotonic() - began:.2f} s after it was asked for")
    if ending.room == DEN:
        history.note(person.name, "revoke", user=person.id, clock=json.loads(team.server.shell(STATE))[0])

    again = person.connect(pages[0].path)
    assert len(again.rest()) == 1
    assert again.code in {4401, 4403}


def wait_for_talk(history: History, audience: Crowd) -> None:
    seen = len(list(history.of("see")))
    audience.wait_until(lambda: len(list(history.of("see"))) > seen + 20, "Nobody talks")


def nothing_said_later(history: History) -> None:
    """Also where rights end without a tick of the room: by signing out, for one."""
    positions = {event["key"]: event["position"] for event in history.of("row")}
    first_asked: dict[str, float] = {}
    for post in history.of("post", "invoke"):
        first_asked.setdefault(post["key"], post["t"])
    for ended in history.of("ended"):
        later = {positions[key] for key, asked in first_asked.items() if asked > ended["since"]}
        assert later, "Nothing was said later"
        for sight in history.of("see"):
            if sight["client"].rpartition("/")[0] == ended["client"]:
                assert not later & set(sight["shown"]), f"{sight['client']} is shown what was said later"
