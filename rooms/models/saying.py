"""The text of a message as it is kept: as HTML beside what was written."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, Any
from zlib import crc32

from django.db import OperationalError

from rooms import markup
from rooms.models.following import ACTION

if TYPE_CHECKING:
    from rooms.models.message import Message

LOOKED_AT = 500
"""How many of a text's @ may stand in code before those that name somebody."""

CHECK_BITS = 23
"""Of a version's 31, those that stand for the text; its rules have the others."""

logger = logging.getLogger(__name__)


def draw_text(body: str, spans: Sequence[Sequence[int]]) -> dict[str, Any]:
    """The columns of a text's HTML. One that fails to render is posted all the same, and tried again when shown."""
    try:
        return {"html": draw_html(body, spans), "html_version": find_version(body)}
    except Exception:
        logger.exception("A text of %d characters failed to render", len(body))
        return {"html": "", "html_version": 0}


def find_version(body: str) -> int:
    """What `html_version` is where the HTML was made by our rules, and of this text.

    A version of the program that knows of no HTML may edit the text, as one does that runs on while we take over.
    """
    return markup.VERSION << CHECK_BITS | crc32(body.encode()) >> 32 - CHECK_BITS


def find_said(body: str, ats: Iterable[int]) -> list[int]:
    """The offsets, of these, at which somebody may be named: nobody is in code, in an address or in what is quoted."""
    ats = list(islice(ats, LOOKED_AT))
    try:
        return markup.in_text(body, ats) if ats else []
    except Exception:
        logger.exception("A text of %d characters failed to be read", len(body))
        return ats


def draw_html(body: str, spans: Sequence[Sequence[int]]) -> str:
    """A text as HTML; of what somebody does (`/me waves`), what follows their name."""
    skipped = len(ACTION) if body.startswith(ACTION) else 0
    return markup.render(body[skipped:], [(start - skipped, end - skipped) for start, end in spans])


def get_html(message: Message) -> str:
    """A message's text as HTML, made anew where it is kept as other rules made it, or of an earlier text.

    Asks the database nothing.
    """
    if message.html_version == find_version(message.body):
        return message.html
    return draw_html(message.body, message.mention_spans)


def renew_html(messages: Iterable[Message]) -> None:
    """Keep the HTML of those whose HTML older rules made, or that were edited without it.

    Where nothing can be written now, another page will do it.
    """
    with suppress(OperationalError):
        for message in messages:
            if is_stale(message):
                renew(message, draw_text(message.body, message.mention_spans))


def is_stale(message: Message) -> bool:
    newer = message.html_version >> CHECK_BITS > markup.VERSION
    return not newer and not message.erased_at and message.html_version != find_version(message.body)


def renew(message: Message, columns: dict[str, Any]) -> None:
    if not columns["html_version"]:
        return
    # Not where it was edited meanwhile: then the HTML is that of another text.
    same = type(message).objects.filter(pk=message.pk, clock=message.clock, html_version=message.html_version)
    same.update(**columns)
    message.html, message.html_version = columns["html"], columns["html_version"]
