"""What a text is indexed by: numbers that stand for pieces of its words, and for what else one may ask of a message.

Words of scripts with spaces are cut into every three letters, and have their first letter and their first two, also
behind a sign within them. Of scripts without spaces it is every letter and every two, so that 院 and 病院 are found
within a sentence: the trigrams of FTS5 and pg_trgm find nothing shorter than three letters, and pg_trgm in some locales
nothing but ASCII at all.

Rules that change want a migration that empties the index: it is taken from it what these rules say that was put in.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from rooms.naming import UNSPACED
from rooms.search.folding import fold
from rooms.search.readings import as_read

if TYPE_CHECKING:
    from functools import _lru_cache_wrapper

# What is composed of jamo, and signs and emoji: they stand by themselves, whatever is beside them.
SINGLE = rf"{UNSPACED}\u1100-\u11ff\u2190-\u2bff\u3099\u309a\U0001f000-\U0001faff"
pieces = re.compile(rf"([{SINGLE}]+)|([^\s{SINGLE}]+)")
link = re.compile(r"https?://\w")

BEGINNING = rf"(?<!(?![\s_{SINGLE}])[\w\u0300-\u1fff])"
"""Where a word begins, for what is short: behind a sign as well, `(ok)` or `a/b`, but not behind the vowels of Indian
and other scripts that `\\w` takes for no letters."""
beginnings = re.compile(rf"{BEGINNING}(?=((\S)\S?))")

MOST = 24
"""Of the terms of what is asked for, so many are looked up. The others would leave out little more."""


REMEMBERED = 32
"""Letters of what is remembered in pieces. A word may be as long as a message: thousands of those fill the memory."""


@lru_cache(100_000)
def term(name: str) -> int:
    """A number of 32 bits, signed. Two names that share one cost time: what is found is looked at again."""
    number = zlib.crc32(name.encode("utf-8", "surrogatepass"))
    return number - (1 << 32) if number >> 31 else number


def facet(kind: str, value: object) -> int:
    """The term of what is no text: a room, an author, what a message has. No piece of a word has a space."""
    return term(f"{kind} {value}")


def terms_of(body: str, room_id: int, author_id: int, files: list[dict[str, Any]]) -> frozenset[int]:
    """What a message is indexed by: its text in both readings, and the names of its files."""
    names = [str(file.get("name", "")) for file in files]
    found = {facet("room", room_id), facet("author", author_id)}
    found.update(facet("has", what) for what in find_kinds(body, files))
    for text in {body, as_read(body), *names}:
        for alone, word in pieces.findall(fold(text)):
            found |= cut(cut_unspaced, alone) if alone else cut(cut_word, word)
    return frozenset(found)


def find_kinds(body: str, files: list[dict[str, Any]]) -> Iterator[str]:
    """What `has:` finds it by."""
    if link.search(body):
        yield "link"
    if files:
        yield "file"
    if any(file.get("kind") == "image" for file in files):
        yield "image"


def cut(cutter: _lru_cache_wrapper[frozenset[int]], letters: str) -> frozenset[int]:
    """Cut up letters, remembering those of the words that people use: what is longer is hardly said twice."""
    return cutter(letters) if len(letters) <= REMEMBERED else cutter.__wrapped__(letters)


@lru_cache(20_000)
def cut_word(word: str) -> frozenset[int]:
    begun = {term(f"^{letters}") for match in beginnings.finditer(word) for letters in match.groups()}
    return frozenset(begun.union(term(word[at : at + 3]) for at in range(len(word) - 2)))


@lru_cache(10_000)
def cut_unspaced(letters: str) -> frozenset[int]:
    pairs = {term(letters[at : at + 2]) for at in range(len(letters) - 1)}
    return frozenset(pairs.union(map(term, letters)))


def terms_for(text: str) -> list[int]:
    """The terms that every message with this text in it has; `text` is folded. What begins it begins a word there, if
    it is a word of one or two letters by itself: see Needle.
    """
    found: dict[int, None] = {}
    for piece in pieces.finditer(text):
        alone, word = piece.groups()
        if piece.start() or alone or len(word) > 2 or text[piece.end() : piece.end() + 1] in {"", " "}:
            found.update(dict.fromkeys(ask_unspaced(alone) if alone else ask_word(word)))
    terms = list(found)
    return terms if len(terms) <= MOST else terms[:: -(-len(terms) // MOST)]


def ask_word(word: str) -> list[int]:
    if len(word) < 3:
        return [term(f"^{word}")]
    # Every other one, and the last: no letter is left out, and each costs a walk through the messages that have it.
    return [term(word[at : at + 3]) for at in sorted({*range(0, len(word) - 2, 2), len(word) - 3})]


def ask_unspaced(letters: str) -> list[int]:
    if len(letters) == 1:
        return [term(letters)]
    return [term(letters[at : at + 2]) for at in range(len(letters) - 1)]
