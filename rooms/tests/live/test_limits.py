"""Who is one too many, and that nobody is counted who has left."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from rooms.live import limits
from rooms.live.limits import ADDRESS, PROCESS, USER, Limit, Places, SocketLimits, find_address
from rooms.live.metrics import counters


@pytest.fixture(autouse=True)
def nobody_left() -> Iterator[None]:
    yield
    assert not (PROCESS.taken or ADDRESS.taken or USER.taken)


@pytest.fixture
def doors(settings: Settings) -> Limit:
    settings.LIVE_DOORS = 2
    return Limit("doors", "LIVE_DOORS", 1, "Refused %(key)s, who holds %(highest)s: raise DOORS")


def test_each_has_a_number_of_their_own(doors: Limit) -> None:
    with Places() as places:
        assert [doors.take(key, places) for key in ("alice", "alice", "alice", "bob")] == [True, True, False, True]
    assert not doors.taken


def test_a_place_that_is_given_back_is_the_next_ones(doors: Limit) -> None:
    with Places() as first, Places() as second:
        assert doors.take("alice", first)
        assert doors.take("alice", second)
        first.close()
        assert doors.take("alice", second)


def test_a_limit_says_so_once_a_minute(
    doors: Limit, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = counters["refused_doors"]
    with Places() as places:
        for _ in range(10):
            doors.take("alice", places)
        assert caplog.messages == ["Refused alice, who holds 2: raise DOORS"]
        doors.warned_at -= limits.WARNING_INTERVAL
        doors.take("alice", places)
    assert len(caplog.messages) == 2
    assert counters["refused_doors"] - before == 9


def test_descriptors_are_left_for_all_else(settings: Settings) -> None:
    settings.LIVE_SOCKETS_PER_PROCESS = 10**9
    descriptors, _ = resource.getrlimit(resource.RLIMIT_NOFILE)

    assert PROCESS.highest == descriptors * 3 // 4


@pytest.mark.parametrize(
    ("client", "address"),
    [
        (("192.0.2.7", 4711), "192.0.2.7"),
        (("::ffff:192.0.2.7", 4711), "192.0.2.7"),
        (("2001:db8:1:2:3:4:5:6", 0), "2001:db8:1:2::/64"),
        (("2001:db8:1:2:ffff::1", 0), "2001:db8:1:2::/64"),
        (("unix socket", 0), ""),
        (("", 0), ""),
        (None, ""),
    ],
)
def test_an_address_is_a_customers(client: tuple[str, int] | None, address: str) -> None:
    assert find_address({"client": client}) == address


async def knock(app: Any, **scope: Any) -> list[dict[str, Any]]:
    answers: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        answers.append(message)

    await SocketLimits(app)({"type": "websocket", "client": ("192.0.2.7", 1), **scope}, None, send)
    return answers


async def test_a_socket_that_breaks_gives_its_place_back() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert ADDRESS.taken["192.0.2.7"] == PROCESS.taken[""] == 1
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError):
        await knock(app)


async def test_the_answer_names_its_reason(settings: Settings) -> None:
    async def unreachable(scope: Any, receive: Any, send: Any) -> None:
        raise AssertionError("Nobody should have come through")

    extensions = {"extensions": {"websocket.http.response": {}}}
    settings.LIVE_SOCKETS_PER_ADDRESS = 0
    assert [answer.get("status") for answer in await knock(unreachable, **extensions)] == [429, None]
    settings.LIVE_SOCKETS_PER_PROCESS = 0
    assert [answer.get("status") for answer in await knock(unreachable, **extensions)] == [503, None]
    assert await knock(unreachable) == [{"type": "websocket.close"}]
