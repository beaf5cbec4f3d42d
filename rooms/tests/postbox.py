"""A real SMTP server, and what came to it."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from e2e.services import free_port

# aiosmtpd ends without closing what it had open.
UNCLOSED = [
    pytest.mark.filterwarnings("ignore:unclosed <StreamWriter"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


class Postbox:
    """Takes what is sent, or answers RCPT and DATA as it is told."""

    def __init__(self) -> None:
        self.envelopes: list[Any] = []
        self.recipient = self.data = ""

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self.recipient:
            return self.recipient
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if not self.data:
            self.envelopes.append(envelope)
        return self.data or "250 OK"

    def read(self) -> EmailMessage:
        (envelope,) = self.envelopes
        return email.message_from_bytes(envelope.content, _class=EmailMessage, policy=email.policy.default)  # type: ignore[return-value]


def configure(settings: Any, port: int, **options: Any) -> None:
    settings.EMAIL_URL = "smtp://…"
    options = {"host": "127.0.0.1", "port": port, "timeout": 10, **options}
    settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": options}}
    settings.DEFAULT_FROM_EMAIL = "Rooms <rooms@chat.example.org>"


@pytest.fixture
def postbox(settings: Any) -> Iterator[Postbox]:
    postbox = Postbox()
    controller = Controller(postbox, hostname="127.0.0.1", port=free_port(), ready_timeout=30)
    controller.start()
    try:
        configure(settings, controller.port)
        yield postbox
    finally:
        controller.stop()


def parts(mail: EmailMessage) -> tuple[str, str]:
    text, html = mail.iter_parts()
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    return text.get_content(), html.get_content()  # type: ignore[attr-defined]
