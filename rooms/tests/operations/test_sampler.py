"""How often processes write down what they do, and that an installation at rest writes nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from rooms.live.hub import Hub
from rooms.live.metrics import counters
from rooms.live.testing import captured_bells
from rooms.operations import sampler
from rooms.operations.models import FRESH, KEPT, PERIOD, Journal, Sample
from rooms.operations.sampler import Sampler, take_figures
from rooms.tests.live.conftest import until


@pytest.fixture
async def sampling(hub: Hub) -> Sampler:
    return Sampler(hub)


def later(sampling: Sampler, seconds: float) -> None:
    sampling.taken_at -= seconds


async def test_nothing_is_written_where_nothing_happens(sampling: Sampler) -> None:
    sampling.said = take_figures()
    await sampling.hub.run(sampling.tick)
    later(sampling, 86_400)

    def tick() -> list[str]:
        with CaptureQueriesContext(connection) as queries:
            sampling.tick()
        return [query["sql"] for query in queries]

    statements = await sampling.hub.run(tick)
    assert len(statements) == 1
    assert statements[0].startswith("SELECT")
    assert await sampling.hub.run(Sample.objects.count) == 0


async def test_what_happens_is_written_once_a_minute(sampling: Sampler) -> None:
    counters["deliveries"] += 1
    await sampling.hub.run(sampling.tick)
    assert await sampling.hub.run(Sample.objects.count) == 0

    later(sampling, 60)
    await sampling.hub.run(sampling.tick)
    assert await sampling.hub.run(Sample.objects.count) == 1


async def test_what_is_wanted_is_written_each_time(sampling: Sampler) -> None:
    await sampling.hub.run(Journal.want, 60)

    await sampling.hub.run(sampling.tick)
    await sampling.hub.run(sampling.tick)

    journal = await sampling.hub.run(Journal.current)
    assert journal.clock == 2
    assert await sampling.hub.run(Sample.objects.count) in {1, 2}  # Two where a period ended in between.


async def test_it_goes_on_when_the_database_is_back(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampler, "INTERVAL", 0.05)
    failed = counters["sample_failed"]
    await hub.run(Journal.want, 60)
    await hub.run(rename, "operations_sample", "elsewhere")
    task = hub.spawn(sampler.sample(hub))
    await until(lambda: counters["sample_failed"] > failed)
    await hub.run(rename, "elsewhere", "operations_sample")
    clock = (await hub.run(Journal.current)).clock
    while (await hub.run(Journal.current)).clock == clock:
        assert not task.done()


def rename(table: str, name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} RENAME TO {name}")


@pytest.mark.django_db(transaction=True)
def test_a_sample_rings() -> None:
    with captured_bells() as bells:
        Journal.record("a:1", dict)

    assert [(heard["topic"], heard["clock"]) for heard in bells] == [("operations.all", 1)]


@pytest.mark.django_db
def test_a_process_has_one_sample_a_period_the_last() -> None:
    Journal.record("a:1", lambda: {"count": 1})
    Sample.objects.update(period=timezone.now() - PERIOD * 2)

    for count in (2, 3):
        Journal.record("a:1", lambda count=count: {"count": count})
    Journal.record("b:2", lambda: {"count": 9})

    newest = {name: sample.figures["count"] for name, sample in Sample.objects.fresh().items()}
    assert newest == {"a:1": 3, "b:2": 9}
    assert Sample.objects.filter(worker="a:1").count() in {2, 3}


@pytest.mark.django_db
def test_samples_are_kept_for_an_hour() -> None:
    Journal.record("a:1", dict)
    Sample.objects.update(period=timezone.now() - KEPT - timedelta(seconds=1))

    Journal.record("b:2", dict)

    assert [sample.worker for sample in Sample.objects.all()] == ["b:2"]


@pytest.mark.django_db
def test_who_is_silent_is_not_counted_in() -> None:
    Journal.record("a:1", dict)
    Sample.objects.update(taken_at=timezone.now() - FRESH - timedelta(seconds=1))

    assert Sample.objects.fresh() == {}


@pytest.mark.django_db
def test_what_is_wanted_already_is_not_written_again(django_assert_num_queries: Any) -> None:
    Journal.want(60)

    with django_assert_num_queries(1):
        Journal.want(60)
