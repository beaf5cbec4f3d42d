"""What is looked for in a text, and where in it that stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
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


class Folded(NamedTuple):
    """A text as it is compared, and for each of its letters the place in the text it comes from."""

    letters: str
    places: list[int]

    @classmethod
    def of(cls, text: str) -> Folded:
        parts = [FOLDING[ord(letter)] for letter in text]
        return cls("".join(parts), [place for place, part in enumerate(parts) for _ in part])

    def find(self, needle: Needle) -> Iterator[Span]:
        """Where it stands in the text, as that is written."""
        for match in needle.pattern.finditer(self.letters):
            yield Span(self.places[match.start()], self.places[match.end() - 1] + 1)


def find_spans(folded: Folded, needles: list[Needle]) -> list[Span]:
    """Where any of the needles stand: in order, none within another."""
    return merge(sorted(span for needle in needles for span in folded.find(needle)))


def merge(spans: list[Span]) -> list[Span]:
    merged: list[Span] = []
    for span in spans:
        if merged and span.start < merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return merged
