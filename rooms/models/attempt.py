from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from datetime import datetime, timedelta
from math import ceil
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.crypto import salted_hmac

LIMIT = 10
WINDOW = timedelta(minutes=3)


class TooManyAttempts(Exception):
    """There were LIMIT attempts in the last WINDOW; `wait` is when to try again, in seconds."""

    def __init__(self, wait: int) -> None:
        self.wait = wait
        super().__init__(f"try again in {wait} s")


class AttemptManager(models.Manager["Attempt"]):
    def begin(self, keys: Iterable[str]) -> list[Attempt]:
        """Count an attempt for each of these keys. Raises TooManyAttempts, and then counts none."""
        now = timezone.now()
        self.filter(made_at__lte=now - WINDOW).delete()
        # Written first, counted after: of any number at the same moment, each sees all that were written before.
        attempts = self.bulk_create([self.model(key=key, made_at=now) for key in keys])
        wait = max((self._wait(attempt, now) for attempt in attempts), default=0)
        if wait:
            self.forgive(attempts)
            raise TooManyAttempts(wait)
        return attempts

    def forgive(self, attempts: Iterable[Attempt]) -> None:
        self.filter(pk__in=[attempt.pk for attempt in attempts]).delete()

    def _wait(self, attempt: Attempt, now: datetime) -> int:
        """Seconds until the key of this attempt has had fewer than LIMIT others in a window; 0 when it has."""
        others = self.filter(key=attempt.key).exclude(pk=attempt.pk).order_by("-made_at")
        earliest = others.values_list("made_at", flat=True)[LIMIT - 1 : LIMIT].first()
        return max(1, ceil((earliest + WINDOW - now).total_seconds())) if earliest else 0


class Attempt(models.Model):
    """A try at something that is not to be guessed. In the database rather than the cache: there it is counted
    right whatever the number of workers, and a Redis that is away does not open the door.
    """

    key = models.CharField(max_length=80)
    made_at = models.DateTimeField()

    objects: ClassVar[AttemptManager] = AttemptManager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["key", "made_at"], name="attempt_key"),
            models.Index(fields=["made_at"], name="attempt_age"),
        ]

    def __str__(self) -> str:
        return f"{self.key} at {self.made_at}"


def account_key(email: str) -> str:
    """The key of an account, known or not. A digest: what people mistype into this field need not be kept."""
    return f"account.{salted_hmac('rooms.attempt', email.lower(), algorithm='sha256').hexdigest()}"


def address_keys(address: str | None) -> list[str]:
    """The key of a network address: of IPv6 the first half, since the other half is the client's to choose.

    None where the server is not told the address: all people would share its attempts.
    """
    try:
        ip = ipaddress.ip_address(address or "")
    except ValueError:
        return []
    ip = getattr(ip, "ipv4_mapped", None) or ip
    network = ipaddress.ip_network((ip, 32 if ip.version == 4 else 64), strict=False)
    return [f"address.{network.network_address}"]
