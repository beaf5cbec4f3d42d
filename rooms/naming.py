"""Names in running text: where an @ may begin one, and how names of any script are compared."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

AT = "@＠"
LONGEST = 160
"""How many characters after an @ are looked at: a name of 80, written wide or in pieces."""
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
    """Where a name may stand: the offset of its @, and what follows on the line."""

    at: int
    line: str


def find_places(text: str) -> Iterator[Place]:
    """The places where an @ may begin a name, not those inside of addresses: `a@bob.org`, `https://example/@bob`."""
    found = 0
    for match in single_ats.finditer(text):
        at = match.start()
        if begins_name(text, at):
            line = text[at + 1 : at + 1 + LONGEST].split("\n", 1)[0]
            yield Place(at, line)
            found += 1
        if found == MOST:
            return


def begins_name(text: str, at: int) -> bool:
    """Whether this @ may begin a name, by the letters on both of its sides."""
    before, after = text[at - 1 : at] if at else "", text[at + 1 : at + 2]
    return before not in {*AT, "/"} and not is_part_of_word(before) and not after.isspace()


def is_part_of_word(letter: str) -> bool:
    """Whether a word of a script with spaces goes on with it."""
    return is_word(letter) and not unspaced.match(letter)


def is_word(letter: str) -> bool:
    return letter.isalnum() or letter == "_" or (letter != "" and unicodedata.category(letter)[0] == "M")


def length_of(name: str, line: str) -> int | None:
    """How much of a line is this folded name; None where the line goes on with the same word: `Bob` in `Bobby`."""
    for length in range(1, len(line) + 1):
        if fold(line[:length]) == name:
            after = line[length : length + 1]
            return None if is_part_of_word(after) and not unspaced.match(name[-1]) else length
    return None
