"""The figures, live, at the listener; the whole of it is in e2e/test_operations.py."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from rooms.live.access import Refusal
from rooms.live.hub import Hub
from rooms.live.sweep import Sweep
from rooms.models import User
from rooms.operations.feed import OperationsFeed
from rooms.operations.models import Journal, Sample
from rooms.operations.report import COUNTED, Report
from rooms.operations.sampler import take_figures, worker_name
from rooms.tests.conftest import SignIn
from rooms.tests.live.conftest import Follow, until

FEED = OperationsFeed("all")


@pytest.fixture
def administrator(people: dict[str, User]) -> User:
    people["alice"].change_role(User.Role.ADMINISTRATOR)
    people["bob"].change_role(User.Role.ADMINISTRATOR)
    return people["alice"]


def record(worker: str = "a:1") -> Callable[[], object]:
    return lambda: Journal.record(worker, take_figures)


async def test_a_sample_of_any_process_is_on_the_page(hub: Hub, follow: Follow, administrator: User) -> None:
    listener = await follow(FEED, administrator)
    await hub.run(record("another:7"))
    await until(lambda: len(listener.transport.frames) > 1)

    assert "another:7" in listener.transport.frames[-1]
    assert 'hx-target="#operations"' in listener.transport.frames[-1]


async def test_everybody_reads_them_in_their_language(
    hub: Hub, follow: Follow, people: dict[str, User], administrator: User
) -> None:
    hers, his = await follow(FEED, people["alice"]), await follow(FEED, people["bob"])
    await hub.run(record())
    await until(lambda: len(hers.transport.frames) > 1 and len(his.transport.frames) > 1)

    assert "Open sockets" in hers.transport.frames[-1]
    assert "接続中のソケット" in his.transport.frames[-1]


async def test_only_administrators_may_follow(hub: Hub, people: dict[str, User], administrator: User) -> None:
    everybody = {person.pk for person in people.values()}

    assert await hub.run(FEED.allowed, everybody) == {people["alice"].pk, people["bob"].pk}
    assert await hub.run(FEED.allowed, [0]) == set()


async def test_who_loses_the_role_loses_the_page(
    hub: Hub, follow: Follow, people: dict[str, User], administrator: User
) -> None:
    listener = await follow(FEED, people["bob"])

    await hub.run(people["bob"].change_role, User.Role.MEMBER)
    await until(lambda: listener.transport.closed)

    assert listener.transport.closed == Refusal.NOT_ALLOWED.value
    assert "このページは利用できません" in listener.transport.frames[-1]


async def test_who_looks_has_samples_taken(hub: Hub, follow: Follow, administrator: User) -> None:
    assert not (await hub.run(Journal.current)).wanted
    await follow(FEED, administrator)

    await Sweep(hub).once()

    assert (await hub.run(Journal.current)).wanted


@pytest.mark.django_db
def test_nobody_has_no_samples_taken() -> None:
    FEED.seen(set(), 1)

    assert not Journal.current().wanted


@pytest.mark.django_db
def test_a_report_of_nothing_is_a_report() -> None:
    report = Report.read()

    assert report.processes == []
    assert "" not in [str(chart.title) for chart in report.charts]


@pytest.mark.django_db
def test_a_counter_that_nobody_named_is_shown() -> None:
    Journal.record("a:1", lambda: {**take_figures(), "counters": {"something_new": 3, "delivered_bytes": 9}})

    counted = {str(what): number for what, number in Report.read().counted}

    assert counted["something_new"] == 3
    assert "delivered_bytes" not in counted


def test_every_counter_of_the_layer_has_a_name(repository: Path) -> None:
    sources = [path.read_text() for path in (repository / "rooms" / "live").rglob("*.py")]
    used = {name for source in sources for name in re.findall(r'counters\["(\w+)"\] \+=', source)}
    causes = {f"refused_{name}" for source in sources for name in re.findall(r'= Limit\(\s+"(\w+)"', source)}
    refusals = {f"refused_{refusal.name.lower()}" for refusal in Refusal}

    assert len(used) > 8 and len(causes) == 4
    assert (used | causes | refusals) - COUNTED.keys() == {"delivered_bytes"}


@pytest.mark.django_db
def test_the_page_shows_its_own_process_at_once(sign_in: SignIn, alice: User) -> None:
    page = sign_in(alice).get("/operations/").content.decode()

    assert worker_name() in page
    assert Sample.objects.count() == 1
    assert Journal.current().wanted
