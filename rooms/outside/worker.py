"""Does outward work: looks every second what is due, and has a few threads send it while there is something to send.

Any number of these may run, in any number of processes: leases and Django's tasks keep them out of each other's way.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from datetime import timedelta

from django.db import connections, transaction
from django.tasks import DEFAULT_TASK_BACKEND_ALIAS, DEFAULT_TASK_QUEUE_NAME
from django.utils import timezone
from django_tasks_db.management.commands import db_worker
from django_tasks_db.models import DBTaskResult

from rooms.files.sweeping import sweep
from rooms.outages import is_outage
from rooms.outside.delivery import LEASE, lease_due
from rooms.outside.models import Burst
from rooms.outside.tasks import deliver

logger = logging.getLogger("rooms.outside")

INTERVAL = 1.0
"""Seconds between two looks, give or take a tenth. A look is two reads of indexes."""

THREADS = 4
"""That send at once: one slow target does not hold up the others."""

IN_LINE = 2 * THREADS
"""Tasks that wait or run: no more than can be done before the first lease is over."""

KEPT = timedelta(days=1)
"""How long tasks that are done are kept."""

PRUNE_INTERVAL = 3600.0
"""Seconds between two looks for what nobody needs any more: tasks that are done, files that were never sent."""


class Worker:
    def __init__(self) -> None:
        self.stopping = threading.Event()
        self.hands: list[threading.Thread] = []
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
        for hand in self.hands:
            hand.join(max(deadline - time.monotonic(), 0))

    def look(self) -> None:
        """Enqueue what is due, and lend a hand where something is in line."""
        # Asked outside of a transaction, since on SQLite any of them is a writer's.
        if Burst.objects.filter(due_at__lte=timezone.now()).exists():
            enqueue_due()
        self.hands = [hand for hand in self.hands if hand.is_alive()]
        waiting = DBTaskResult.objects.ready().count()
        for _ in range(min(waiting, THREADS - len(self.hands))):
            hand = threading.Thread(target=self.work, daemon=True, name="outside")
            self.hands.append(hand)
            hand.start()
        if time.monotonic() - self.pruned_at > PRUNE_INTERVAL:
            self.pruned_at = time.monotonic()
            DBTaskResult.objects.finished().filter(finished_at__lt=timezone.now() - KEPT).delete()
            sweep()

    def work(self) -> None:
        """Do tasks until none is left."""
        try:
            hand().run()
        except Exception as error:
            logger.warning("Could not do what is to be done: %r", error, exc_info=not is_outage(error))
        finally:
            connections.close_all()


@transaction.atomic
def enqueue_due() -> None:
    """Take leases and write the tasks that use them, as many as there is room in line."""
    # Of those that are older the process is gone, and with it the lease.
    lately = timezone.now() - 2 * LEASE
    under_way = DBTaskResult.objects.filter(status__in=["READY", "RUNNING"], enqueued_at__gt=lately).count()
    for target_id, lease in lease_due(max(IN_LINE - under_way, 0)):
        deliver.enqueue(target_id, lease.isoformat())


def hand() -> db_worker.Worker:
    """The worker of django-tasks-db, which ends when the line is empty."""
    return db_worker.Worker(
        queue_names=[DEFAULT_TASK_QUEUE_NAME],
        excluded_queue_names=[],
        interval=0,
        batch=True,
        backend_name=DEFAULT_TASK_BACKEND_ALIAS,
        startup_delay=False,
        max_tasks=None,
        worker_id=f"outside-{random.getrandbits(64):x}",
    )


def give_back_connections() -> None:
    """To the pool, where there is one; an SQLite connection stays open."""
    for connection in connections.all(initialized_only=True):
        if connection.vendor != "sqlite":
            connection.close()
