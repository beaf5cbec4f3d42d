"""The bells of one transaction: each rings once, whatever the number of changes that rang it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import transaction

Message = dict[str, Any]
"""A bell, `{"type": "bell", "topic": str, "clock": int}`, or `{"type": "revoke", "user": int, "topic": str | None}`."""

Send = Callable[[list[Message]], None]


class Rung:
    """One call of `ring`. Django drops it with the savepoint that it was made in; what is committed joins the peal."""

    def __init__(self, peal: Peal, message: Message) -> None:
        self.peal = peal
        self.message: Message | None = message

    def __call__(self) -> None:
        message, self.message = self.message, None  # A test may run the hooks of a transaction, and run them again.
        if message:
            self.peal.add(message)


class Release:
    """Sends the peal. One stands behind each call of `ring`, outside of every savepoint; the last of them acts."""

    def __init__(self, peal: Peal) -> None:
        self.peal = peal
        peal.last = self

    def __call__(self) -> None:
        if self.peal.last is self:
            self.peal.ring()


class Peal:
    """A bell for each topic, with the highest clock that was rung and committed."""

    def __init__(self, send: Send) -> None:
        self.send = send
        self.bells: dict[tuple[object, ...], Message] = {}
        self.last: Release | None = None

    def add(self, message: Message) -> None:
        key = (message["type"], message["topic"], message.get("user"))
        known = self.bells.setdefault(key, message)
        if known.get("clock", 0) < message.get("clock", 0):
            self.bells[key] = message

    def ring(self) -> None:
        messages, self.bells = list(self.bells.values()), {}
        if messages:
            self.send(messages)


def on_commit(message: Message, send: Send, using: str | None = None) -> None:
    """Have `send` called with the transaction's bells when it commits; at once where there is no transaction."""
    connection = transaction.get_connection(using)
    if not connection.in_atomic_block:
        return transaction.on_commit(lambda: send([message]), using=using)
    hooks = connection.run_on_commit
    peal = next((hook.peal for _, hook, _ in reversed(hooks) if isinstance(hook, Release)), None) or Peal(send)
    transaction.on_commit(Rung(peal, message), using=using)
    # Not by on_commit: the rollback of this savepoint would take the bells with it that were rung before.
    hooks.append((set(), Release(peal), False))
