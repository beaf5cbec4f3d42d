"""What reaches somebody who is away, by how much of a room they want and what it is: every pair of the two."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from rooms.models import Membership, Room, User
from rooms.notifications import notify
from rooms.outside.models import Target
from rooms.tests.outside.conftest import look
from rooms.tests.outside.zoo import Server

Level = Membership.Involvement
Happen = Callable[[], Any]

MINE = {
    Level.EVERYTHING: {"mention", "@room", "reply", "direct", "direct mention", "direct reply", "notify"},
    Level.MENTIONS: {"mention", "@room", "reply", "direct mention", "direct reply", "notify"},
    Level.NOTHING: set(),
    Level.HIDDEN: set(),
}
EVERYTHING = MINE | {Level.EVERYTHING: MINE[Level.EVERYTHING] | {"plain"}}
KINDS = sorted(EVERYTHING[Level.EVERYTHING])


@pytest.fixture
def happen(alice: User, bob: User, den: Room, say: Any) -> dict[str, Happen]:
    direct = Room.objects.direct_between([alice, bob])
    asked = {room: say(bob, room, "Where is it?") for room in (den, direct)}
    template, context = "outside/_disabled.html", {"kind": "email", "trouble": "x"}
    return {
        "plain": lambda: say(alice, den, "Good morning"),
        "mention": lambda: say(alice, den, "@Bob Okafor good morning"),
        "@room": lambda: say(alice, den, "@room good morning"),
        "reply": lambda: say(alice, den, "Here", reply_to=asked[den]),
        "direct": lambda: say(alice, direct, "Good morning"),
        "direct mention": lambda: say(alice, direct, "@Bob Okafor good morning"),
        "direct reply": lambda: say(alice, direct, "Here", reply_to=asked[direct]),
        "notify": lambda: notify(bob, "told", "one", template=template, context=context, room=den),
    }


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("level", Level)
@pytest.mark.parametrize(("scope", "reaching"), [("mine", MINE), ("everything", EVERYTHING)])
def test_what_reaches_whom(
    scope: str,
    reaching: dict[str, set[str]],
    level: str,
    kind: str,
    target: Target,
    ntfy: Server,
    bob: User,
    happen: dict[str, Happen],
) -> None:
    Target.objects.update(scope=scope)
    for membership in bob.memberships.all():
        membership.involve(level)

    happen[kind]()
    look()

    assert len(ntfy.requests) == (kind in reaching[level])


def test_every_kind_is_tried(happen: dict[str, Happen]) -> None:
    assert {*happen} == {*KINDS}
