"""What the layer counts: plain numbers, which anything may read and publish.

They are added to in the hub's loop only, so nothing locks; a delivery costs none of them, a batch of deliveries two.
"""

from __future__ import annotations

import asyncio
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rooms.live.frames import Frame

if TYPE_CHECKING:
    from rooms.live.hub import Hub

LOOP_INTERVAL = 1.0
"""Seconds between two looks at how late the event loop is."""

counters: Counter[str] = Counter()
"""How often what happened since the process started.

- `bell_rung`, `bell_lost` (the channel layer did not take it), `bell_missed` (the sweep found what no bell had told);
- `deliveries` (frames of changes written to sockets), `delivered_bytes` (as they left);
- `resync_<cause>`: pages that had to catch up on what passed them by; `outbox_dropped`: because they read too slowly;
- `presence_frames`, `whispered`: frames that said who is here, or what is true for a moment;
- `refused_<cause>`: sockets that were not let in, or had to go;
- `<what>_failed` and `bad_frame`: what went wrong without hurting anyone.
"""


class Histogram:
    """Counts of durations, in seconds, by upper bound; the last count is of those above every bound."""

    def __init__(self, *bounds: float) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def observe(self, seconds: float) -> None:
        self.counts[bisect_left(self.bounds, seconds)] += 1
        self.sum += seconds

    @contextmanager
    def timing(self) -> Iterator[None]:
        """Observe how long the block takes, however it ends."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self.observe(time.perf_counter() - started)


histograms = {
    # From the commit that rang to the last write of it in this process; what came by sweep has no bell to count from.
    "lag": Histogram(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
    "loop": Histogram(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1),
    "sweep": Histogram(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
}


def note_delivery(sent: Mapping[Frame, int], commits: Iterable[float] = (), besides: int = 0) -> None:
    """Count one batch: to how many sockets each frame went, and when its commits were (as `time.time()`).

    `besides` are the bytes of what single pages were sent along with it.

    Clocks of different machines differ: what looks like arriving before its commit arrived at once.
    """
    counters["deliveries"] += sum(sent.values())
    counters["delivered_bytes"] += sum(count * frame.size for frame, count in sent.items()) + besides
    now = time.time()
    for committed in commits:
        histograms["lag"].observe(max(0.0, now - committed))


async def watch_loop() -> None:
    """Measure, for as long as the hub lives, how much later than asked the event loop comes back."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + LOOP_INTERVAL
        await asyncio.sleep(LOOP_INTERVAL)
        histograms["loop"].observe(max(0.0, loop.time() - due))


def figures(hubs: Iterable[Hub]) -> dict[str, Any]:
    """All that this process has counted, as JSON would have it. Callable from any thread.

    `counters` by name; `histograms` by name, each `{"bounds": […], "counts": […], "sum": seconds}`;
    `listeners` (sockets that follow a feed) and `watches` (different feeds among them) by the name of the feed.
    """
    listeners: Counter[str] = Counter()
    watches: Counter[str] = Counter()
    # The hub goes on meanwhile: a list of a dict's values is made in one step.
    for watch in [watch for hub in list(hubs) for watch in list(hub.watches.values())]:
        listeners[watch.feed.name] += len(watch.listeners)
        watches[watch.feed.name] += 1
    return {
        "counters": dict(counters),
        "histograms": {
            name: {"bounds": list(histogram.bounds), "counts": list(histogram.counts), "sum": histogram.sum}
            for name, histogram in histograms.items()
        },
        "listeners": dict(listeners),
        "watches": dict(watches),
    }
