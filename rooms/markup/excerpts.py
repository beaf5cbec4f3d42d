"""A text without its markup."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from markdown_it.token import Token

from rooms.markup.parsing import parse
from rooms.markup.placeholders import hide


def to_text(body: str, length: int = 0) -> str:
    """What a text says, for places that show no HTML; of a long one at least the first `length` letters, if given."""
    tokens = parse(hide(body[: 4 * length] if length else body, ()))
    return "".join(read(tokens)).strip()


def read(tokens: Iterable[Token]) -> Iterator[str]:
    for token in tokens:
        if token.children:
            yield from read(token.children)
        elif token.type in {"softbreak", "hardbreak"} or (token.nesting < 0 and token.block):
            yield "\n"
        else:
            yield token.content
