"""Reading of pages as Django's tasks, in a line of their own: notifications do not wait behind them."""

from datetime import datetime

from django.tasks import task

from rooms.links import reading
from rooms.outside.duty import Duty

QUEUE = "links"


@task(queue_name=QUEUE)
def unfurl(card_id: int, lease: str) -> None:
    """Read the page of a card. `lease` is the end of the one that whoever enqueued this has taken."""
    reading.unfurl(card_id, datetime.fromisoformat(lease))


def enqueue(limit: int) -> None:
    for card_id, lease in reading.lease_due(limit):
        unfurl.enqueue(card_id, lease.isoformat())


PREVIEWS = Duty(QUEUE, threads=2, lease=reading.LEASE, is_due=reading.is_due, enqueue=enqueue)
