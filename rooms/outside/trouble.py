"""What can go wrong with sending."""

from __future__ import annotations

import socket
import ssl
from datetime import timedelta
from http.client import HTTPException

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

# The first that fits.
REASONS = [
    (TimeoutError, gettext_lazy("no answer in time")),
    (ConnectionRefusedError, gettext_lazy("it refused the connection")),
    (ConnectionError, gettext_lazy("it hung up")),
    (ssl.SSLCertVerificationError, gettext_lazy("its certificate is not valid")),
    (ssl.SSLError, gettext_lazy("no secure connection could be made")),
    (socket.gaierror, gettext_lazy("there is no such host")),
    (HTTPException, gettext_lazy("it does not speak HTTP")),
    (OSError, gettext_lazy("there is no way to it from here")),
]


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


def say_why(error: BaseException) -> str:
    """Why there was no connection, in words for people: those of the system are English, whoever reads them."""
    inner = innermost(error)
    known = (str(words) for kind, words in REASONS if isinstance(inner, kind))
    return next(known, _("it does not answer"))


def innermost(error: BaseException) -> BaseException:
    """What the others were raised for."""
    while error.__cause__ or error.__context__:
        error = error.__cause__ or error.__context__ or error
    return error
