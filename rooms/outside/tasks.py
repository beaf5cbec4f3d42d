"""Outward work as Django's tasks: they stand in the database until a worker does them."""

from datetime import datetime

from django.tasks import DEFAULT_TASK_QUEUE_NAME, task
from django.utils import timezone

from rooms.outside import delivery
from rooms.outside.duty import Duty
from rooms.outside.models import Burst


@task
def deliver(target_id: int, lease: str) -> None:
    """Send a target what is due. `lease` is the end of the one that whoever enqueued this has taken."""
    delivery.deliver(target_id, datetime.fromisoformat(lease))


def is_due() -> bool:
    return Burst.objects.filter(due_at__lte=timezone.now()).exists()


def enqueue(limit: int) -> None:
    for target_id, lease in delivery.lease_due(limit):
        deliver.enqueue(target_id, lease.isoformat())


# Four at once: one slow target does not hold up the others.
DELIVERIES = Duty(DEFAULT_TASK_QUEUE_NAME, threads=4, lease=delivery.LEASE, is_due=is_due, enqueue=enqueue)
