"""What Markdown does with a text, counted while it does it, and ended before others have to wait for it.

No look at a text beforehand tells what it costs: the parser alone knows what is code, and which bracket has a partner.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from markdown_it.parser_block import ParserBlock
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline, linkify
from markdown_it.token import Token

BlockRule = Callable[[StateBlock, int, int, bool], bool]

MOST = 40_000
"""Points, each of a microsecond at the most. Not time itself: the same text must become the same every day."""

SIGN, PAIRED, TOKEN, ADDRESS = 2, 4, 5, 60
SCHEME, DESTINATION = 40, 8
"""Letters before a `://`, and after it or a `](`, that are looked at for a point."""
LONGEST_LABEL = 63
"""Letters between the dots of a host's name."""

signs = re.compile(r"[^\w\s.,;?'\"]")
pairs = re.compile(r"[*_~]")
address = re.compile(r"://[\w.~/%#?=&+-]*|[@.](?=[^\W\d])|www\.", re.IGNORECASE)
word = re.compile(r"\S{8,}")
beginning = re.compile(r"[$+<=>^`|]")
unspaced = re.compile(r"[^\0-\x20\x7f]{0,1000}")


class TooMuch(Exception):
    """A text takes more than a text may."""


class Effort:
    """For one text."""

    def __init__(self) -> None:
        self.left = MOST

    def spend(self, points: int) -> None:
        """Raises TooMuch."""
        self.left -= points
        if self.left < 0:
            raise TooMuch


def weigh_destination(text: str, start: int, end: int) -> int:
    """Points for looking where a link leads: of brackets that are never closed each looks through many."""
    found = unspaced.match(text, start, end)
    return len(found[0]) // DESTINATION if found else 0


def weigh_addresses(text: str) -> int:
    """Points for what may be an address. At each of some signs a name may begin that others of them are a part of."""
    found = len(address.findall(text))
    return ADDRESS * found + sum(map(weigh_word, word.findall(text))) if found else 0


def weigh_word(letters: str) -> int:
    beginnings = len(beginning.findall(letters))
    return beginnings * (min(len(letters), LONGEST_LABEL) // 2 + 2 * letters.count("."))


class Block(StateBlock):
    def push(self, *arguments: Any) -> Token:
        self.md.effort.spend(TOKEN)  # type: ignore[attr-defined]
        return super().push(*arguments)


class Blocks(ParserBlock):
    def parse(self, src: str, md: Any, env: Any, outTokens: list[Token]) -> list[Token]:
        state = Block(src, md, env, outTokens)
        self.tokenize(state, state.line, state.lineMax)
        return outTokens


class Inlines(ParserInline):
    """What stands in paragraphs, headings and cells. Each bracket looks, step by step, for the one that closes it."""

    def parse(self, src: str, md: Any, env: Any, tokens: list[Token]) -> list[Token]:
        md.effort.spend(SIGN * len(signs.findall(src)) + PAIRED * len(pairs.findall(src)) + weigh_addresses(src))
        super().parse(src, md, env, tokens)
        md.effort.spend(TOKEN * len(tokens))
        return tokens

    def skipToken(self, state: StateInline) -> None:
        state.md.effort.spend(1)  # type: ignore[attr-defined]
        super().skipToken(state)


def counted(rule: BlockRule) -> BlockRule:
    """A rule for blocks. Each line asks them once for everything that it may end or go on in."""

    def count(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        state.md.effort.spend(1)  # type: ignore[attr-defined]
        return rule(state, start, end, silent)

    return count


def linkify_scheme(state: StateInline, silent: bool) -> bool:
    """Markdown's own rule: at a `://` it looks back through the text before it, and on to where an address may end."""
    if state.src.startswith("://", state.pos):
        points = len(state.pending) // SCHEME + weigh_destination(state.src, state.pos, state.posMax)
        state.md.effort.spend(points)  # type: ignore[attr-defined]
    return linkify(state, silent)
