"""What is looked for in a text, and where in it that stands."""

from __future__ import annotations

import re
from typing import NamedTuple

from rooms.search.folding import FOLDING, fold
from rooms.search.terms import BEGINNING, SINGLE, terms_for

short = re.compile(rf"[^\s{SINGLE}]{{1,2}}(?:\s|$)")


class Needle(NamedTuple):
    """A word or a phrase. `pattern` finds it in folded text, whatever its spaces and lines."""

    pattern: re.Pattern[str]
    terms: list[int]

    @classmethod
    def of(cls, text: str) -> Needle | None:
        words = fold(text).split()
        if not words:
            return None
        first, *rest = map(re.escape, words)
        if short.match(words[0]):
            # One or two letters begin a word: amid words they would be everywhere. Looked at once they are there: a
            # pattern that begins with letters passes over the others fifty times as fast.
            first = f"{first}(?<={BEGINNING}{first})"
        return cls(re.compile(r"\s+".join([first, *rest])), terms_for(" ".join(words)))

    def finds(self, folded: str) -> bool:
        """Whether it stands in this text, which is folded: once for all that is looked for."""
        return self.pattern.search(folded) is not None


class Span(NamedTuple):
    start: int
    end: int


def find_spans(text: str, needles: list[Needle]) -> list[Span]:
    """Where in the text, as it is written, the needles stand: in order, none within another."""
    folded, places = fold_with_places(text)
    found = []
    for needle in needles:
        for match in needle.pattern.finditer(folded):
            found.append(Span(places[match.start()], places[match.end() - 1] + 1))
    return list(merge(sorted(found)))


def merge(spans: list[Span]) -> list[Span]:
    merged: list[Span] = []
    for span in spans:
        if merged and span.start < merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return merged


def fold_with_places(text: str) -> tuple[str, list[int]]:
    """The folded text, and for each of its letters the place in the text it comes from."""
    parts = [FOLDING[ord(letter)] for letter in text]
    return "".join(parts), [place for place, part in enumerate(parts) for _ in part]
