"""Sending what is due to one target, once.

A sender has the target's lease, so there is one at a time. What it is about to send it writes down as sent, in one
transaction, and then sends: a process that dies in between has sent nothing, and nobody will. The other order would
send twice. One that dies before has done nothing that another would not do again when the lease is over.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, Value
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from rooms.live.failpoints import reach
from rooms.outside.digest import Digest
from rooms.outside.gathering import Fresh, digest, gather, reading_as
from rooms.outside.http import push, webhook
from rooms.outside.mail import email
from rooms.outside.models import Burst, Target, Told
from rooms.outside.quiet import held_until
from rooms.outside.trouble import Permanent, Temporary, Trouble

logger = logging.getLogger("rooms.outside")

LEASE = timedelta(seconds=30)
"""Longer than a sender waits in line and takes together."""

FAILURES = 10
"""In a row, after which a target is disabled."""

AT_ONCE = 5000
"""Rows of one statement."""

REMEMBERED = timedelta(days=90)
"""How long it is kept what was told: a message that names somebody anew after that is news."""

FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(hours=3)

SENDERS: dict[str, Callable[[Target, Digest], None]] = {
    Target.Kind.EMAIL: email,
    Target.Kind.PUSH: push,
    Target.Kind.WEBHOOK: webhook,
}


def lease_due(limit: int) -> list[tuple[int, datetime]]:
    """Take the targets for which something is due, at most so many; return their ids and leases."""
    now = timezone.now()
    free = Q(busy_until=None) | Q(busy_until__lte=now)
    rested = Q(retry_at=None) | Q(retry_at__lte=now)
    due = Target.objects.working().filter(free, rested, bursts__due_at__lte=now, user__is_active=True)
    taken = []
    for pk in list(due.order_by("pk").values_list("pk", flat=True).distinct()[:limit]):
        if Target.objects.filter(free, pk=pk).update(busy_until=now + LEASE):
            taken.append((pk, now + LEASE))
    return taken


def deliver(target_id: int, lease: datetime) -> None:
    """Send a target what is due, if the lease is still ours."""
    target = Target.objects.working().select_related("user").filter(pk=target_id, busy_until=lease).first()
    if target is None:
        return
    try:
        hold_or_send(target)
    finally:
        Target.objects.filter(pk=target.pk, busy_until=target.busy_until).update(busy_until=None)


def hold_or_send(target: Target) -> None:
    now = timezone.now()
    if not target.is_confirmed:
        Burst.objects.filter(target=target, due_at__lte=now).update(due_at=None)
        return
    until = held_until(target.user, now)
    if until:
        Burst.objects.filter(target=target, due_at__lte=now).update(due_at=until)
        return
    with reading_as(target.user):
        gathered = gather(target, now)
        if gathered and claim(target, gathered, now):
            reach("outside.claimed")
            send(target, gathered)


@transaction.atomic
def claim(target: Target, gathered: list[Fresh], now: datetime) -> bool:
    """Write down as sent what is about to be. False where the lease was over."""
    lease = timezone.now() + LEASE
    if not Target.objects.filter(pk=target.pk, busy_until=target.busy_until).update(busy_until=lease):
        return False
    target.busy_until = lease
    for fresh in gathered:
        burst = Burst.objects.filter(pk=fresh.burst.pk)
        burst.update(sent_at=now, **fresh.marks)
        Told.objects.bulk_create(
            [Told(burst=fresh.burst, message_id=pk, sent_at=now) for pk in fresh.message_ids], batch_size=AT_ONCE
        )
        # What came since we looked is still due.
        burst.filter(events=fresh.burst.events).update(due_at=None)
    return True


def send(target: Target, gathered: list[Fresh]) -> None:
    try:
        SENDERS[target.kind](target, digest(target, gathered))
    except Permanent as trouble:
        logger.info("Target %s is disabled: %s", target.pk, trouble)
        target.disable(str(trouble))
    except Temporary as trouble:
        retry_later(target, gathered, trouble)
    except Exception:
        # A fault of ours: it was written down as sent, and nothing says that it was.
        logger.exception("Target %s was not reached", target.pk)
        retry_later(target, gathered, Temporary(_("an error of this installation"), ours=True))
    else:
        good = {"failures": 0, "outages": 0, "retry_at": None, "trouble": ""}
        Target.objects.filter(pk=target.pk).update(sent_at=timezone.now(), **good)


def retry_later(target: Target, gathered: list[Fresh], trouble: Temporary) -> None:
    """Let it be due again: what was written down as sent was not."""
    tries = count(target, trouble)
    logger.info("Target %s was not reached (%s times in a row): %s", target.pk, tries, trouble.__cause__ or trouble)
    if tries >= FAILURES and not trouble.ours:
        target.disable(str(trouble))
        return
    retry_at = timezone.now() + max(back_off(tries), trouble.wait or timedelta())
    counts = {"failures": target.failures, "outages": target.outages}
    with transaction.atomic():
        Target.objects.filter(pk=target.pk).update(**counts, retry_at=retry_at, trouble=str(trouble)[:200])
        for fresh in gathered:
            before = fresh.burst
            again = {mark: getattr(before, mark) for mark in fresh.marks}
            due_at = Coalesce("due_at", Value(retry_at))
            Burst.objects.filter(pk=before.pk).update(due_at=due_at, sent_at=before.sent_at, **again)
            told = Told.objects.filter(burst=before)
            (told.filter(sent_at__gt=before.sent_at) if before.sent_at else told).delete()


def count(target: Target, trouble: Temporary) -> int:
    """Count one more; return how many there were in a row. What we could not do says nothing of the target."""
    if trouble.ours:
        target.outages = min(target.outages + 1, FAILURES)
        return target.outages
    target.outages, target.failures = 0, target.failures + 1
    return target.failures


def back_off(failures: int) -> timedelta:
    """Twice as long each time, give or take a quarter: those who failed together do not come back together."""
    wait = min(FIRST_WAIT * 2 ** (failures - 1), LONGEST_WAIT)
    return wait * random.uniform(0.75, 1.25)  # noqa: S311 (nobody gains by guessing it)


def forget_told() -> None:
    """Let go of what was told long ago, AT_ONCE rows at most. Their ids are in the order of their times, or nearly."""
    oldest = Told.objects.order_by("pk").values("pk")[:AT_ONCE]
    Told.objects.filter(pk__in=oldest, sent_at__lt=timezone.now() - REMEMBERED).delete()


def test(target: Target) -> str:
    """Send a target something that says it is a test, now; return what went wrong, or nothing."""
    from rooms.outside.trial import trial

    try:
        with reading_as(target.user):
            SENDERS[target.kind](target, trial())
    except Trouble as trouble:
        return str(trouble)
    return ""
