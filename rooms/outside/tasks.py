"""Outward work as Django's tasks: they stand in the database until a worker does them."""

from datetime import datetime

from django.tasks import task

from rooms.outside import delivery


@task
def deliver(target_id: int, lease: str) -> None:
    """Send a target what is due. `lease` is the end of the one that whoever enqueued this has taken."""
    delivery.deliver(target_id, datetime.fromisoformat(lease))
