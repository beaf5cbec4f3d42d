"""A line of the doctor's report, and how a look at something that may hang comes to an end."""

from __future__ import annotations

import enum
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass


class Verdict(enum.Enum):
    WELL = "well"
    NOTE = "note"
    """Not wrong, but worth knowing."""
    AWAY = "FAIL"


@dataclass(frozen=True)
class Finding:
    subject: str
    verdict: Verdict
    text: str
    remedy: str = ""
    """What to do, where there is something to do."""


def well(subject: str, text: str) -> Finding:
    return Finding(subject, Verdict.WELL, text)


def note(subject: str, text: str, remedy: str = "") -> Finding:
    return Finding(subject, Verdict.NOTE, text, remedy)


def away(subject: str, text: str, remedy: str) -> Finding:
    return Finding(subject, Verdict.AWAY, text, remedy)


Look = Callable[[], Iterator[Finding]]


class Examination:
    """One look, in a thread of its own: whatever hangs there, the report does not."""

    def __init__(self, subject: str, look: Look) -> None:
        self.subject = subject
        self.look = look
        self.findings: list[Finding] = []
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self) -> None:
        try:
            for finding in self.look():
                self.findings.append(finding)
        except Exception as error:
            # Whatever is broken breaks in its own way: it is told, and the other looks go on.
            self.findings.append(away(self.subject, describe(error), "Look into the server's log, too."))

    def result(self, seconds: float) -> list[Finding]:
        """What was found, when the look is over or `seconds` have passed."""
        self.thread.join(seconds)
        if self.thread.is_alive():
            problem = "it takes connections, but does not answer"
            return [*self.findings, away(self.subject, problem, "Look whether it is paused or overloaded.")]
        return self.findings


def describe(error: BaseException) -> str:
    """An error as one line, with the first of its own."""
    text = str(error).strip().partition("\n")[0].rstrip(". ")
    return f"{type(error).__name__}: {text}"[:200] if text else type(error).__name__
