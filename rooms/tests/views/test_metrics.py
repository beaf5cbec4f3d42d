"""What Prometheus gets, and who is it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from rooms.live.metrics import counters
from rooms.operations.models import Journal, Sample
from rooms.operations.sampler import take_figures, worker_name

TOKEN = "a token that is long enough"


@pytest.fixture
def token(settings: Any) -> str:
    settings.METRICS_TOKEN = TOKEN
    return TOKEN


@pytest.fixture
def several_processes(settings: Any) -> None:
    settings.REDIS_URLS = ["redis://127.0.0.1:1/0"]


def scrape(token: str = TOKEN, **headers: str) -> HttpResponse:
    return Client().get("/metrics", headers={"Authorization": f"Bearer {token}", **headers})


def read(response: HttpResponse) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """The samples by name and labels."""
    assert response.status_code == 200
    families = text_string_to_metric_families(response.content.decode())
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def value(response: HttpResponse, name: str, **labels: str) -> float:
    return read(response)[name, tuple(sorted(labels.items()))]


def workers(response: HttpResponse) -> set[str]:
    return {dict(labels)["worker"] for name, labels in read(response) if name == "rooms_deliveries_total"}


@pytest.mark.parametrize("verb", ["get", "post", "head"])
def test_without_a_token_there_is_no_such_address(client: Client, db: None, verb: str) -> None:
    assert getattr(client, verb)("/metrics").status_code == 404
    assert getattr(client, verb)("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Bearer wrong", f"Bearer {TOKEN}x", f"Basic {TOKEN}", "Bearer ключ"]
)
def test_another_token_is_refused(client: Client, token: str, header: str) -> None:
    response = client.get("/metrics", headers={"Authorization": header})

    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Bearer"
    assert b"rooms_" not in response.content


def test_it_only_reads(client: Client, token: str) -> None:
    assert client.post("/metrics", headers={"Authorization": f"Bearer {token}"}).status_code == 405


def test_neighbours_are_not_sent_to_https(client: Client, token: str, settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True

    assert client.get("/metrics").status_code == 401


def test_it_tells_what_the_layer_counts(token: str) -> None:
    counters["deliveries"] += 3
    counters["resync_gap"] += 1
    counters["read_failed"] += 1
    response, own = scrape(), worker_name()

    assert value(response, "rooms_deliveries_total", worker=own) == counters["deliveries"]
    assert value(response, "rooms_resyncs_total", worker=own, cause="gap") == counters["resync_gap"]
    assert value(response, "rooms_troubles_total", worker=own, kind="read_failed") == counters["read_failed"]
    assert value(response, "rooms_bells_late_total", worker=own) == counters["bell_missed"]
    assert value(response, "rooms_memory_bytes", worker=own) > 1_000_000
    assert value(response, "rooms_tasks", worker=own) >= 0
    assert value(response, "rooms_delivery_lag_seconds_bucket", worker=own, le="+Inf") == value(
        response, "rooms_delivery_lag_seconds_count", worker=own
    )


def test_it_speaks_openmetrics_to_who_asks_for_it(token: str) -> None:
    response = scrape(Accept="application/openmetrics-text; version=1.0.0")

    assert response["Content-Type"].startswith("application/openmetrics-text")
    assert response.content.endswith(b"# EOF\n")


def test_one_process_needs_no_database(token: str, django_db_blocker: Any) -> None:
    with django_db_blocker.block():
        assert workers(scrape()) == {worker_name()}


@pytest.mark.django_db
def test_all_processes_are_in_each_answer(token: str, several_processes: None) -> None:
    Journal.record("another:7", take_figures)
    Journal.record("gone:8", take_figures)
    Sample.objects.filter(worker="gone:8").update(taken_at=timezone.now() - timedelta(minutes=5))

    response = scrape()

    assert workers(response) == {worker_name(), "another:7"}
    assert value(response, "rooms_figures_complete") == 1
    assert Journal.current().wanted


@pytest.mark.django_db
def test_a_process_of_another_version_disturbs_nobody(token: str, several_processes: None) -> None:
    other = take_figures()
    other["histograms"] = {"lag": {"bounds": [1, 10], "counts": [3, 2, 1], "sum": 20.5}}
    Journal.record("another:7", lambda: other)

    response = scrape()

    assert value(response, "rooms_delivery_lag_seconds_bucket", worker="another:7", le="10.0") == 5
    assert value(response, "rooms_delivery_lag_seconds_count", worker="another:7") == 6
    assert ("rooms_sweep_seconds_count", (("worker", "another:7"),)) not in read(response)


@pytest.mark.django_db
def test_a_counter_is_the_same_whoever_answers(token: str, several_processes: None) -> None:
    counters["deliveries"] += 1
    value(scrape(), "rooms_deliveries_total", worker=worker_name())

    kept = Sample.objects.fresh()[worker_name()].figures["counters"]["deliveries"]

    assert kept == counters["deliveries"]


@pytest.fixture
def no_tables(transactional_db: None) -> Iterator[None]:
    rename("operations_journal", "elsewhere")
    yield
    rename("elsewhere", "operations_journal")


def rename(table: str, name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} RENAME TO {name}")


def test_without_the_database_a_process_answers_for_itself(
    token: str, several_processes: None, no_tables: None
) -> None:
    response = scrape()

    assert workers(response) == {worker_name()}
    assert value(response, "rooms_figures_complete") == 0
