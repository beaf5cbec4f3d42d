"""Takes away what nobody sent and what nobody keeps."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from rooms.files.models import Attachment, Blob

PATIENCE = timedelta(days=2)
"""How long an upload waits to be sent: drafts are returned to."""

DOUBT = timedelta(hours=2)
"""How long bytes may be nobody's: their row is being written."""

MOST_FAILURES = 5
"""After which storage is left alone until the next time."""


def sweep() -> None:
    """Any number of processes may do this at one time. Call outside of transactions."""
    now = timezone.now()
    with transaction.atomic():
        # Locked: one of them may be about to be sent.
        waiting = Attachment.objects.select_for_update().filter(message=None, created_at__lt=now - PATIENCE)
        Attachment.objects.filter(pk__in=list(waiting.values_list("pk", flat=True)), message=None).drop()
    # In any order: some that storage never deletes are not to stand before all others.
    Blob.remove(Blob.objects.filter(kept=False, created_at__lt=now - DOUBT).order_by("?"), MOST_FAILURES)
