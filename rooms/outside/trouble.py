"""What can go wrong with sending."""

from __future__ import annotations

from datetime import timedelta


class Trouble(Exception):
    """It was not sent. `str` says why, in the language of the person whose target it is."""


class Temporary(Trouble):
    """It may work later: not before `wait`, if that is said. `ours`: the installation's own fault, not the target's."""

    def __init__(self, text: str, wait: timedelta | None = None, *, ours: bool = False) -> None:
        super().__init__(text)
        self.wait = wait
        self.ours = ours


class Permanent(Trouble):
    """It will never work."""
