"""What the layer counts of what it does."""

from __future__ import annotations

import time

import pytest

from rooms.live import bell, metrics
from rooms.live.access import Refusal
from rooms.live.feed import Position
from rooms.live.frames import Frame
from rooms.live.hub import Hub
from rooms.live.metrics import Histogram, counters, figures, histograms, note_delivery
from rooms.live.sweep import Sweep
from rooms.live.testing import lost_bells
from rooms.live.watch import Watch
from rooms.models import Room, User
from rooms.tests.live.conftest import Follow, RoomFeed, until


@pytest.fixture(autouse=True)
def from_nothing() -> None:
    counters.clear()
    for histogram in histograms.values():
        histogram.counts, histogram.sum = [0] * len(histogram.counts), 0.0


def observed(name: str) -> int:
    return sum(histograms[name].counts)


def test_a_histogram_counts_by_upper_bound() -> None:
    histogram = Histogram(0.1, 1)

    for seconds in (0.05, 0.1, 0.5, 7):
        histogram.observe(seconds)

    assert histogram.counts == [2, 1, 1]
    assert histogram.sum == pytest.approx(7.65)


def test_a_block_is_timed_though_it_fails() -> None:
    histogram = Histogram(60)

    with pytest.raises(ValueError), histogram.timing():
        raise ValueError

    assert histogram.counts == [1, 0]


def test_a_clock_that_is_behind_makes_no_negative_lag() -> None:
    note_delivery({}, [time.time() + 3600])

    assert histograms["lag"].counts[0] == 1
    assert histograms["lag"].sum == 0


async def test_a_change_is_counted_once_for_all_its_listeners(
    hub: Hub, follow: Follow, room: Room, people: dict[str, User]
) -> None:
    listeners = [await follow(RoomFeed(room.pk), people[name]) for name in ("alice", "bob", "alice")]
    before = [len(listener.transport.frames) for listener in listeners]

    await hub.run(room.post, people["alice"], "Hello", "k1")
    await until(lambda: observed("lag"))

    sent = [listener.transport.frames[count:] for listener, count in zip(listeners, before, strict=True)]
    assert counters["bell_rung"] >= 1  # The room's; the lists' of whoever has not seen it, too.
    assert counters["deliveries"] == sum(map(len, sent)) == 3
    assert counters["delivered_bytes"] == sum(len(frame.encode()) for frames in sent for frame in frames)
    assert observed("lag") == 1  # The bell came twice: from this process, and through the layer.
    assert 0 < histograms["lag"].sum < 5


@pytest.mark.parametrize("encoding", ["plain", "deflated"])
def test_bytes_are_counted_as_they_left(encoding: str) -> None:
    frame = Frame("おはよう " * 200)
    left = getattr(frame, encoding)

    note_delivery({frame: 3})

    assert counters["delivered_bytes"] == 3 * len(left)


async def test_what_is_watched_is_counted_by_kind(
    hub: Hub, follow: Follow, room: Room, people: dict[str, User]
) -> None:
    assert figures(bell.hubs)["listeners"] == {}
    await follow(RoomFeed(room.pk), people["alice"])
    listener = await follow(RoomFeed(room.pk), people["bob"])

    assert figures(bell.hubs)["listeners"] == {"room": 2}
    assert figures(bell.hubs)["watches"] == {"room": 1}

    hub.leave(listener)
    assert figures(bell.hubs)["listeners"] == {"room": 1}


async def test_a_lost_bell_is_counted_when_the_sweep_finds_the_change(
    hub: Hub, follow: Follow, room: Room, people: dict[str, User]
) -> None:
    await follow(RoomFeed(room.pk), people["alice"])

    def post() -> None:
        with lost_bells():
            room.post(people["bob"], "Unheard", "k1")

    await hub.run(post)
    await Sweep(hub).once()
    await until(lambda: counters["deliveries"])

    assert counters["bell_missed"] == 1
    assert observed("lag") == 0  # Nobody knows when it was committed.


async def test_slow_readers_are_counted(hub: Hub, follow: Follow, room: Room, people: dict[str, User]) -> None:
    listener = await follow(RoomFeed(room.pk), people["alice"])
    listener.transport.pending = 10**6

    await hub.run(room.post, people["bob"], "Hello", "k1")
    await until(lambda: counters["outbox_dropped"])
    assert counters["resync_slow"] == 0
    listener.drained()

    assert counters["resync_slow"] == 1
    assert counters["deliveries"] == 0


async def test_refusals_are_counted_by_cause(hub: Hub, follow: Follow, room: Room, people: dict[str, User]) -> None:
    listener = await follow(RoomFeed(room.pk), people["bob"])

    hub.rights.refuse(listener, Refusal.NOT_ALLOWED)
    hub.rights.refuse(listener, Refusal.NOT_ALLOWED)

    assert counters["refused_not_allowed"] == 1


async def test_the_loop_is_seen_to_be_late(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "LOOP_INTERVAL", 0.05)
    await until(lambda: observed("loop") >= 10)
    # Idle, it is late by less than 0.2 s, but for when the machine is busy with something else.
    assert sum(histograms["loop"].counts[:-3]) > 0

    before, count = histograms["loop"].sum, observed("loop")
    time.sleep(0.5)  # holds the loop up
    await until(lambda: observed("loop") > count)

    assert histograms["loop"].sum - before > 0.4


def test_commits_are_timed_when_they_are_read_not_when_they_are_heard() -> None:
    watch = Watch(RoomFeed(1))
    watch.position = Position("e", 5)
    for clock, at in ((6, 60.0), (7, 70.0), (7, 71.0), (6, 61.0), (8, 80.0)):
        watch.hear(clock, at)

    watch.move_to(Position("e", 7), target=7)  # 8 was heard of during the reading
    assert watch.take_commits() == [60.0, 70.0]
    watch.move_to(Position("e", 8), target=8)
    assert watch.take_commits() == [80.0]
    assert watch.take_commits() == []
