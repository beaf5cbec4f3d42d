"""Figures for Prometheus."""

import secrets

from django.conf import settings
from django.db import Error
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from rooms.operations.models import Journal, Sample
from rooms.operations.prometheus import Worker, expose
from rooms.operations.sampler import take_figures, worker_name

WANTED_SECONDS = 150
"""For how long a scrape has the processes take samples often: longer than scrapes are apart."""


def metrics(request: HttpRequest) -> HttpResponse:
    """Answer those who have the token. Without one in the settings there is no such address."""
    if not settings.METRICS_TOKEN:
        raise Http404
    token = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
    if not secrets.compare_digest(token.encode(), settings.METRICS_TOKEN.encode()):
        headers = {"WWW-Authenticate": "Bearer"}
        return HttpResponse("Send METRICS_TOKEN as a bearer token.\n", "text/plain", status=401, headers=headers)
    return scrape(request)


@require_safe
def scrape(request: HttpRequest) -> HttpResponse:
    workers, complete = read_workers()
    body, content_type = expose(workers, complete, request.headers.get("Accept", ""))
    return HttpResponse(body, content_type)


def read_workers() -> tuple[dict[str, Worker], bool]:
    """What every process has counted, and whether these are all.

    Whoever answers, all figures come from the one table, its own too: a counter that was fresh in this answer and
    five seconds old in the next, by another process, would seem to go back, and Prometheus take that for a restart.
    """
    if not settings.REDIS_URLS:
        return {worker_name(): Worker(take_figures(), 0.0)}, True  # There cannot be another process.
    try:
        Journal.want(WANTED_SECONDS)
        Journal.record(worker_name(), take_figures)
        return {name: Worker(sample.figures, sample.age) for name, sample in Sample.objects.fresh().items()}, True
    except Error:
        return {worker_name(): Worker(take_figures(), 0.0)}, False
