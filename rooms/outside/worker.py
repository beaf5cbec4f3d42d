"""Does outward work: looks every second what is due, and has a few threads do it while there is something to do.

Any number of these may run, in any number of processes: leases and Django's tasks keep them out of each other's way.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial

from django.db import connections, transaction
from django.db.models import Count
from django.tasks import DEFAULT_TASK_BACKEND_ALIAS
from django.utils import timezone
from django_tasks_db.management.commands import db_worker
from django_tasks_db.models import DBTaskResult

from rooms.files.posters import make_missing
from rooms.files.sweeping import sweep
from rooms.links.reading import sweep as sweep_cards
from rooms.links.tasks import PREVIEWS
from rooms.outages import is_outage
from rooms.outside.delivery import forget_told
from rooms.outside.duty import Duty
from rooms.outside.tasks import DELIVERIES
from rooms.pool import give_back_connections

logger = logging.getLogger("rooms.outside")

INTERVAL = 1.0
"""Seconds between two looks, give or take a tenth. A look is a read of an index for each duty, and one of the lines."""

DUTIES = (DELIVERIES, PREVIEWS)
POSTERS = "posters"

KEPT = timedelta(days=1)
"""How long tasks that are done are kept."""

PRUNE_INTERVAL = 3600.0
"""Seconds between two looks for what nobody needs any more: tasks that are done, what was told, lost files; and for
films without a poster."""


class Worker:
    def __init__(self) -> None:
        self.stopping = threading.Event()
        self.hands: dict[str, list[threading.Thread]] = {}
        self.pruned_at = time.monotonic()
        self.failing = False

    def run(self) -> None:
        """Work until `stop`. A database that is away is waited for."""
        while not self.stopping.wait(INTERVAL * random.uniform(0.9, 1.1)):  # noqa: S311
            try:
                self.look()
                self.failing = False
            except Exception as error:
                self.complain(error)
                connections.close_all()
            finally:
                give_back_connections()
        connections.close_all()

    def complain(self, error: Exception) -> None:
        """Say once what keeps it from looking, not every second."""
        if not self.failing:
            logger.warning("Could not look what is to be sent: %r", error, exc_info=not is_outage(error))
        self.failing = True

    def stop(self) -> None:
        """Begin nothing any more. What is being sent goes on: `wait` for it, or do not."""
        self.stopping.set()

    def wait(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        for hand in [hand for hands in self.hands.values() for hand in hands]:
            hand.join(max(deadline - time.monotonic(), 0))

    def look(self) -> None:
        """Enqueue what is due, and lend a hand where something is in line."""
        for duty in DUTIES:
            # Asked outside of a transaction, since on SQLite any of them is a writer's.
            if duty.is_due():
                enqueue_due(duty)
        ready = DBTaskResult.objects.ready().order_by().values_list("queue_name").annotate(Count("pk"))
        waiting = dict(ready)
        for duty in DUTIES:
            self.lend_hands(duty, waiting.get(duty.queue, 0))
        if time.monotonic() - self.pruned_at > PRUNE_INTERVAL:
            self.pruned_at = time.monotonic()
            DBTaskResult.objects.finished().filter(finished_at__lt=timezone.now() - KEPT).delete()
            forget_told()
            sweep_cards()
            sweep()
            if not self.find_hands(POSTERS):
                self.lend_hand(POSTERS, partial(make_missing, self.stopping))

    def lend_hands(self, duty: Duty, waiting: int) -> None:
        for _ in range(min(waiting, duty.threads - len(self.find_hands(duty.queue)))):
            self.lend_hand(duty.queue, lambda: make_hand(duty.queue).run())

    def find_hands(self, queue: str) -> list[threading.Thread]:
        """Those that are at work there."""
        self.hands[queue] = [hand for hand in self.hands.get(queue, []) if hand.is_alive()]
        return self.hands[queue]

    def lend_hand(self, queue: str, task: Callable[[], object]) -> None:
        hand = threading.Thread(target=self.work, args=[task], daemon=True, name=f"outside-{queue}")
        self.hands[queue].append(hand)
        hand.start()

    def work(self, task: Callable[[], object]) -> None:
        """Do it until nothing of it is left."""
        try:
            task()
        except Exception as error:
            logger.warning("Could not do what is to be done: %r", error, exc_info=not is_outage(error))
        finally:
            connections.close_all()


@transaction.atomic
def enqueue_due(duty: Duty) -> None:
    """Enqueue as much as there is room in line."""
    # Of those that are older the process is gone, and with it the lease.
    lately = timezone.now() - 2 * duty.lease
    under_way = DBTaskResult.objects.filter(
        queue_name=duty.queue, status__in=["READY", "RUNNING"], enqueued_at__gt=lately
    ).count()
    duty.enqueue(max(duty.in_line - under_way, 0))


def make_hand(queue: str) -> db_worker.Worker:
    """The worker of django-tasks-db, which ends when the line is empty."""
    return db_worker.Worker(
        queue_names=[queue],
        excluded_queue_names=[],
        interval=0,
        batch=True,
        backend_name=DEFAULT_TASK_BACKEND_ALIAS,
        startup_delay=False,
        max_tasks=None,
        worker_id=f"outside-{random.getrandbits(64):x}",
    )
