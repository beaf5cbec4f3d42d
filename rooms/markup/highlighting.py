"""Code in colours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from html import escape

from pygments.lexer import Lexer
from pygments.lexers import get_all_lexers, get_lexer_by_name
from pygments.token import STANDARD_TYPES, _TokenType

CLASSES = frozenset({"c", "cp", "gd", "gh", "gi", "k", "m", "na", "nb", "nc", "nf", "nt", "s", "se"})
"""Pygments' own short names. What has none of these is shown as its parent is."""

# Others can be brought to a standstill by a page of nonsense, and all of them together by asking which there are.
LANGUAGES = (
    "bash c cpp csharp css diff docker elixir go haskell html ini java javascript json kotlin lua make "
    "nginx perl php powershell python ruby rust scala sql swift toml typescript xml yaml"
)
LETTERS = 2_000
"""Letters of one message's code that get colours, in most languages. Longer code is read elsewhere."""
LETTERS_OF = {"csharp": 500, "java": 1_000, "make": 1_000, "diff": 1_500, "scala": 1_500, "typescript": 1_500}
"""In languages whose rules look ahead far."""

monotonous = re.compile(r"\s{60}|([^\w\s])\1{60}|\d{60}")
"""Rules go over such parts again and again."""


class Highlighter:
    """For one message. `left`: the share of its effort that its Markdown left over."""

    def __init__(self, left: float) -> None:
        self.left = left

    def highlight(self, code: str, alias: str) -> str:
        """Code as HTML."""
        language = read_aliases().get(alias.lower())
        if language is None or monotonous.search(code):
            return escape(code)
        self.left -= len(code) / LETTERS_OF.get(language, LETTERS)
        return "".join(colour(code, find_lexer(language))) if self.left >= 0 else escape(code)


@cache
def read_aliases() -> dict[str, str]:
    """Languages by what they are called after the fence."""
    languages = {*LANGUAGES.split()}
    found = [aliases for _, aliases, _, _ in get_all_lexers(plugins=False)]
    return {alias: language for aliases in found for language in languages & {*aliases} for alias in aliases}


@cache
def find_lexer(language: str) -> Lexer:
    return get_lexer_by_name(language, stripnl=False, ensurenl=False)


@lru_cache(1_000)
def find_class(kind: _TokenType) -> str:
    names = (STANDARD_TYPES.get(kind, "") for kind in reversed(kind.split()))
    return next((name for name in names if name in CLASSES), "")


def colour(code: str, lexer: Lexer) -> Iterator[str]:
    for kind, text in lexer.get_tokens(code):
        name = find_class(kind)
        yield f'<span class="{name}">{escape(text)}</span>' if name and not text.isspace() else escape(text)
