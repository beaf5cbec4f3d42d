"""Parts of a text that Markdown must not look into, each behind one letter: a name is what it is, `*` and all."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

Span = tuple[int, int]
"""From where to where in a text."""

PRIVATE = range(0xF0000, 0xFFFFE)


class Hidden(NamedTuple):
    text: str
    parts: dict[int, str]
    """What each placeholder stands for, in their order. As `str.translate` wants it."""

    def restore(self, text: str) -> str:
        return text.translate(self.parts) if self.parts else text


def hide(text: str, spans: Iterable[Span]) -> Hidden:
    """A text with a placeholder, a letter that it does not have, for each of these parts."""
    taken = {*text}
    free = (number for number in PRIVATE if chr(number) not in taken)
    pieces, parts, rest = [], {}, 0
    for start, end in spans:
        number = next(free)
        parts[number] = text[start:end]
        pieces += [text[rest:start], chr(number)]
        rest = end
    return Hidden("".join([*pieces, text[rest:]]), parts)
