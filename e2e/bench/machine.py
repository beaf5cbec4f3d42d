"""The machine: who runs where, what a process has used, and how quiet it is."""

from __future__ import annotations

import contextlib
import os
import platform
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil

SERVER_CORE = {0}
CLIENT_CORE = {1}
PROCESS_CLOCK = 2
"""CPUCLOCK_SCHED: all threads of a process, ended ones too, in nanoseconds. /proc/<pid>/stat counts in 10 ms."""


@contextlib.contextmanager
def on_core(core: set[int]) -> Iterator[None]:
    """Start what is started here on one core.

    Afterwards would be too late: a process's affinity is that of its first thread, and those it has made since stay
    where they are.
    """
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, core)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def cpu_seconds(pids: Sequence[int]) -> float:
    """Seconds of CPU that these processes have used."""
    return sum(time.clock_gettime((~pid << 3) | PROCESS_CLOCK) for pid in pids)


def unshared_bytes(pids: Sequence[int]) -> int:
    """Memory that would be free if these processes ended: what each has for itself alone (USS)."""
    return sum(int(psutil.Process(pid).memory_full_info().uss) for pid in pids)


def resident_bytes(pids: Sequence[int]) -> int:
    return sum(int(psutil.Process(pid).memory_info().rss) for pid in pids)


def family(pid: int) -> list[int]:
    """A process and all its descendants."""
    return [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]


def suits() -> bool:
    return sys.platform == "linux" and {*SERVER_CORE, *CLIENT_CORE} <= os.sched_getaffinity(0)


def open_files() -> None:
    """Allow this process, and those it starts, as many open files as it may allow itself."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def describe() -> dict[str, str]:
    model = next((line for line in read("/proc/cpuinfo") if line.startswith("model name")), ": unknown")
    return {
        "processor": f"{os.cpu_count()} x {model.partition(': ')[2]}",
        "system": f"{platform.system()} {platform.release()}, Python {platform.python_version()}",
        "open files": f"{resource.getrlimit(resource.RLIMIT_NOFILE)[0]:,} for each process",
        "load at the start": ", ".join(f"{load:.2f}" for load in os.getloadavg()),
    }


def read(path: str) -> list[str]:
    return Path(path).read_text().splitlines() if Path(path).exists() else []


def others_seconds() -> float:
    """Seconds of CPU that all but us have used so far: but this process, and those it has started and seen end."""
    fields = [int(field) for field in next(iter(read("/proc/stat")), "cpu 0").split()[1:]]
    user, nice, system, _, _, irq, softirq = fields[:7]
    used = (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")
    for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
        ours = resource.getrusage(whose)
        used -= ours.ru_utime + ours.ru_stime
    return used


def stolen_seconds() -> float:
    """Seconds that the hypervisor has kept from this machine, all cores."""
    fields = next(iter(read("/proc/stat")), "").split()
    return int(fields[8]) / os.sysconf("SC_CLK_TCK") if len(fields) > 8 else 0.0


def spin() -> float:
    """Milliseconds of CPU for a fixed piece of work on the server's core: how much the machine itself varies."""
    with on_core(SERVER_CORE):
        begin = time.thread_time()
        sum(number * number for number in range(300_000))
        return (time.thread_time() - begin) * 1000


class Noise:
    """What else went on during a run."""

    def __init__(self) -> None:
        self.spins = [spin()]
        self.begin = time.monotonic(), others_seconds(), stolen_seconds()

    def values(self) -> dict[str, float]:
        """Shares are in per cent of a core; so far."""
        self.spins.append(spin())
        now = time.monotonic(), others_seconds(), stolen_seconds()
        seconds, others, stolen = (after - before for before, after in zip(self.begin, now, strict=True))
        return {
            "seconds": seconds,
            "others": others / seconds * 100,
            "stolen": stolen / seconds * 100,
            "quickest spin": min(self.spins),
            "slowest spin": max(self.spins),
        }


NOISE = (
    "{seconds:.0f} s. Others on this machine used {others:.0f} % of a core meanwhile, its hypervisor kept "
    "{stolen:.0f} %; the same piece of work took between {quickest spin:.1f} and {slowest spin:.1f} ms of CPU."
)
