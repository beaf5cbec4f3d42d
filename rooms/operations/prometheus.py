"""Figures as Prometheus reads them, with a `worker` label: each process counts for itself, from its own start."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate
from typing import Any, NamedTuple

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import choose_encoder

COUNTERS = {
    "bell_rung": ("rooms_bells_rung", "Bells given to the channel layer."),
    "bell_lost": ("rooms_bells_lost", "Bells that the channel layer did not take."),
    "bell_missed": ("rooms_bells_late", "Changes that no bell had told of, found by the sweep."),
    "deliveries": ("rooms_deliveries", "Frames of changes written to sockets."),
    "delivered_bytes": ("rooms_delivered_bytes", "Bytes of these frames, as they left."),
    "whispered": ("rooms_whispers", "Frames of what nobody keeps, as typing, written to sockets."),
    "presence_frames": ("rooms_presence_frames", "Frames that say who is here, written to sockets."),
    "outbox_dropped": ("rooms_outbox_drops", "Outboxes dropped because their readers were too slow."),
}
CAUSES = {
    "resync_": ("rooms_resyncs", "cause", "Pages that had to catch up on what had passed them by."),
    "refused_": ("rooms_sockets_refused", "cause", "Sockets that were not let in, or had to go."),
    "": ("rooms_troubles", "kind", "What went wrong without hurting anyone."),
}
HISTOGRAMS = {
    "lag": ("rooms_delivery_lag_seconds", "From a change's commit until it is written to this worker's sockets."),
    "loop": ("rooms_loop_lag_seconds", "How much later than asked the event loop comes back, measured each second."),
    "sweep": ("rooms_sweep_seconds", "How long the sweep takes that compares all watched positions."),
}
GAUGES = {
    "listeners": ("rooms_listeners", "Sockets that follow a feed: a room's page has two."),
    "watches": ("rooms_feeds_watched", "Different feeds that they follow."),
}


class Worker(NamedTuple):
    """What is known of one process, and how many seconds old that is."""

    figures: Mapping[str, Any]
    age: float


def expose(workers: Mapping[str, Worker], complete: bool, accept: str) -> tuple[bytes, str]:
    """The answer to a scrape and its content type, in the format that the `Accept` header asks for.

    `complete` says whether all processes could be asked, or only the one that answers.
    """
    registry = CollectorRegistry()
    registry.register(Exposition(workers, complete))
    encode, content_type = choose_encoder(accept)
    return encode(registry), content_type


class Exposition:
    """A collector of prometheus_client. Its own metrics would be those of the process that happens to answer."""

    def __init__(self, workers: Mapping[str, Worker], complete: bool) -> None:
        self.workers = workers
        self.complete = complete

    def collect(self) -> Iterable[Metric]:
        yield from self.counters()
        yield from self.causes()
        yield from self.gauges()
        yield from self.histograms()
        yield from self.process()

    def counters(self) -> Iterator[Metric]:
        for kind, (name, text) in COUNTERS.items():
            family = CounterMetricFamily(name, text, labels=["worker"])
            for worker, (figures, _) in self.workers.items():
                family.add_metric([worker], figures["counters"].get(kind, 0))
            yield family

    def causes(self) -> Iterator[Metric]:
        families = {
            prefix: CounterMetricFamily(name, text, labels=["worker", label])
            for prefix, (name, label, text) in CAUSES.items()
        }
        for worker, (figures, _) in self.workers.items():
            for kind, count in sorted(figures["counters"].items()):
                if kind not in COUNTERS:
                    prefix = next(prefix for prefix in CAUSES if kind.startswith(prefix))
                    families[prefix].add_metric([worker, kind.removeprefix(prefix)], count)
        yield from families.values()

    def gauges(self) -> Iterator[Metric]:
        for kind, (name, text) in GAUGES.items():
            family = GaugeMetricFamily(name, text, labels=["worker", "feed"])
            for worker, (figures, _) in self.workers.items():
                for feed, count in sorted(figures[kind].items()):
                    family.add_metric([worker, feed], count)
            yield family

    def histograms(self) -> Iterator[Metric]:
        for kind, (name, text) in HISTOGRAMS.items():
            family = HistogramMetricFamily(name, text, labels=["worker"])
            for worker, (figures, _) in self.workers.items():
                observed = figures["histograms"].get(kind)
                if observed is None:
                    continue  # A process of another version: a deploy is under way.
                bounds = [*(str(float(bound)) for bound in observed["bounds"]), "+Inf"]
                buckets = list(zip(bounds, accumulate(observed["counts"]), strict=True))
                family.add_metric([worker], buckets, observed["sum"])
            yield family

    def process(self) -> Iterator[Metric]:
        memory = GaugeMetricFamily("rooms_memory_bytes", "Memory that the process holds.", labels=["worker"])
        cpu = CounterMetricFamily("rooms_cpu_seconds", "CPU that the process has used.", labels=["worker"])
        tasks = GaugeMetricFamily("rooms_tasks", "Tasks of the event loop: one for each socket.", labels=["worker"])
        age = GaugeMetricFamily("rooms_figures_age_seconds", "How old these figures are.", labels=["worker"])
        for worker, (figures, seconds) in self.workers.items():
            memory.add_metric([worker], figures["process"]["memory"])
            cpu.add_metric([worker], figures["process"]["cpu"])
            # A worker that is being replaced may not have counted them.
            tasks.add_metric([worker], figures["process"].get("tasks", 0))
            age.add_metric([worker], seconds)
        yield from (memory, cpu, tasks, age)
        text = "Whether this answer has all workers (1), or, as the database is away, the one that answers (0)."
        yield GaugeMetricFamily("rooms_figures_complete", text, value=self.complete)
