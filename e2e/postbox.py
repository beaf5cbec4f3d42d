"""A mail server that keeps what it is given."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller

from e2e.services import free_port, wait_until


class Postbox:
    def __init__(self) -> None:
        self.port = free_port()
        self.mails: list[Message] = []

    @property
    def url(self) -> str:
        """For EMAIL_URL."""
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.mails.append(message_from_bytes(envelope.content, policy=default))
        return "250 OK"

    def take(self) -> EmailMessage:
        """Wait for the one mail that comes, and take it out."""
        wait_until(lambda: len(self.mails) == 1, f"not one mail: {[mail['Subject'] for mail in self.mails]}")
        mail = self.mails.pop()
        assert isinstance(mail, EmailMessage)
        return mail


def read(mail: EmailMessage) -> str:
    """Its plain text."""
    body = mail.get_body(("plain",))
    assert body is not None
    text: str = body.get_content()
    return text


@contextlib.contextmanager
def postbox() -> Iterator[Postbox]:
    box = Postbox()
    controller = Controller(box, hostname="127.0.0.1", port=box.port, ready_timeout=20)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()
