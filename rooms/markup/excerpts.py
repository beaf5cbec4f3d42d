"""A text without its markup."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator

from markdown_it.token import Token

from rooms.markup.parsing import parse
from rooms.markup.placeholders import hide

LONGEST_LINE = 2_000
"""Letters that are read to the end of a line: an address that is cut off is none."""

logger = logging.getLogger(__name__)


def to_text(body: str, length: int = 0) -> str:
    """What a text says, for places that show no HTML; of a long one at least the first `length` letters, if given.

    One that cannot be read is given as it was written: others stand on the same page.
    """
    body = cut(body, 4 * length) if length else body
    try:
        return "".join(read(parse(hide(body, ())))).strip()
    except Exception:
        logger.exception("A text of %d characters failed to be read", len(body))
        return body.strip()


def cut(body: str, length: int) -> str:
    """The lines that begin in the first `length` letters."""
    end = body.find("\n", length, length + LONGEST_LINE)
    return body[: end if end >= 0 else length + LONGEST_LINE]


def read(tokens: Iterable[Token]) -> Iterator[str]:
    for token in tokens:
        if token.children:
            yield from read(token.children)
        elif token.type in {"softbreak", "hardbreak"} or (token.nesting < 0 and token.block):
            yield "\n"
        else:
            yield token.content
