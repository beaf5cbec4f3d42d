"""Names in running text: where an @ may begin one, and how names of any script are compared."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

AT = "@＠"
LONGEST = 160
"""How many characters after an @ are looked at, as written and as folded: a name of 80, wide or in pieces."""
COMPOSED = 4
"""How many letters an accent that follows may still make one of: `l` with a macron and a dot below is a letter."""
MOST = 50
"""How many of a text's @ are looked at."""

# Thai to Khmer, kana, Han, Hangul: written without spaces, or with what belongs to the sentence hung onto names.
UNSPACED = (
    r"\u0e00-\u109f\u1780-\u17ff\u3005-\u3007\u3041-\u30ff\u31f0-\u31ff"
    r"\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
)
unspaced = re.compile(f"[{UNSPACED}]")
needless_space = re.compile(rf"(?<=[{UNSPACED}])\s+(?=[{UNSPACED}])")
spaces = re.compile(r"\s+")
ats = re.compile(f"[{AT}]")
single_ats = re.compile(rf"(?<![{AT}])[{AT}](?![{AT}\s]|\Z)")


def fold(text: str) -> str:
    """How names are compared: whatever their case and width, and in scripts without spaces whatever the spaces."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return spaces.sub(" ", needless_space.sub("", folded))


fold_name = lru_cache(20_000)(fold)


class Place(NamedTuple):
    """Where a name may stand: the offset of its @, and what follows on the line, as written and as compared."""

    at: int
    line: str
    folded: str


def find_ats(text: str) -> Iterator[int]:
    """Where an @ may begin a name, not inside of addresses: `a@bob.org`, `https://example/@bob`."""
    return (match.start() for match in single_ats.finditer(text) if begins_name(text, match.start()))


def find_places(text: str, at: Iterable[int] | None = None) -> Iterator[Place]:
    """The first of the places where a name may stand: everywhere, or at these offsets of an @."""
    for start in islice(find_ats(text) if at is None else at, MOST):
        line = text[start + 1 : start + 1 + LONGEST].split("\n", 1)[0]
        yield Place(start, line, fold(line)[:LONGEST])


def begins_name(text: str, at: int) -> bool:
    """Whether this @ may begin a name, by the letters on both of its sides."""
    before, after = text[at - 1 : at] if at else "", text[at + 1 : at + 2]
    return before not in {*AT, "/"} and not is_part_of_word(before) and not after.isspace()


def is_part_of_word(letter: str) -> bool:
    """Whether a word of a script with spaces goes on with it."""
    return is_word(letter) and not unspaced.match(letter)


def is_word(letter: str) -> bool:
    return letter.isalnum() or letter == "_" or (letter != "" and unicodedata.category(letter)[0] == "M")


def find_beginnings(line: str, longest: int) -> dict[str, int]:
    """How many letters of a line are what, once folded: its beginnings that fold to `longest` letters or fewer.

    Some letters fold to eighteen. Without an end to that, folding all beginnings of a line would take seconds.
    """
    found: dict[str, int] = {}
    for length in range(1, len(line) + 1):
        folded = fold(line[:length])
        if len(folded) > longest + COMPOSED:
            break
        found.setdefault(folded, length)
    return found


def ends_name(name: str, after: str) -> bool:
    """Whether a name ends before this letter; not where the line goes on with the same word: `Bob` in `Bobby`."""
    return not is_part_of_word(after) or unspaced.match(name[-1]) is not None
