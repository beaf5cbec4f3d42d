"""Code in colours."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from html import escape

from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import STANDARD_TYPES, _TokenType
from pygments.util import ClassNotFound

CLASSES = frozenset({"c", "cp", "gd", "gh", "gi", "k", "m", "na", "nb", "nc", "nf", "nt", "s", "se"})
"""Pygments' own short names. What has none of these is shown as its parent is."""

LONGEST = 4_000
"""Letters of one message's code that get colours: what is longer is read elsewhere, and colours cost time."""


@lru_cache(64)
def find_lexer(language: str) -> Lexer | None:
    try:
        return get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None


@lru_cache(1_000)
def find_class(kind: _TokenType) -> str:
    names = (STANDARD_TYPES.get(kind, "") for kind in reversed(kind.split()))
    return next((name for name in names if name in CLASSES), "")


def highlight(code: str, language: str) -> str:
    """Code as HTML."""
    lexer = find_lexer(language) if language and len(code) <= LONGEST else None
    return "".join(colour(code, lexer)) if lexer else escape(code)


def colour(code: str, lexer: Lexer) -> Iterator[str]:
    for kind, text in lexer.get_tokens(code):
        name = find_class(kind)
        yield f'<span class="{name}">{escape(text)}</span>' if name and not text.isspace() else escape(text)
