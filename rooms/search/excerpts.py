"""What a hit shows of its text: the piece where it says what was looked for, and that marked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import NamedTuple

from rooms.models import Message
from rooms.models.following import ACTION
from rooms.search.folding import fold
from rooms.search.needles import Folded, Needle, Span, find_spans
from rooms.search.readings import as_read

LENGTH = 240
"""Letters of the text that are shown."""
LEAD = 60
"""Letters before what was found."""
TRIED = 20
"""How many places are looked at for the one to show."""
LONGEST = 1_500


class Segment(NamedTuple):
    text: str
    marked: bool = False


def excerpt(message: Message, needles: list[Needle]) -> list[Segment]:
    text = choose_reading(message, needles)
    folded = Folded.of(text)
    spans = find_spans(folded, needles)
    start = find_start(text, find_most(text, folded, needles)) if spans else 0
    return list(cut(text, spans, start, start + LENGTH))


def choose_reading(message: Message, needles: list[Needle]) -> str:
    """The text as one reads it; as it was written where what was found stands in what markup is made of: the address
    of a link, the language of code. A long one the other way round: to read all of its markup takes long.
    """
    body = message.body.removeprefix(ACTION)
    ways: list[Callable[[str], str]] = [as_read, str]
    for way in ways if len(body) <= LONGEST else reversed(ways):
        text = " ".join("\n".join([way(body), *(str(file.get("name", "")) for file in message.files)]).split())
        folded = fold(text)
        if all(needle.finds(folded) for needle in needles):
            break
    return text


def find_most(text: str, folded: Folded, needles: list[Needle]) -> int:
    """A place of what is rarest there of all that was looked for, with the most of the rest around it: other words of
    it may stand in every line of a long code."""
    rarest = min(needles, key=lambda needle: len(needle.pattern.findall(folded.letters)) or len(text) + 1)
    places = [span.start for span in islice(folded.find(rarest), TRIED)]
    around = {place: fold(text[find_start(text, place) :][:LENGTH]) for place in places}
    return max(places, key=lambda place: sum(needle.finds(around[place]) for needle in needles))


def find_start(text: str, place: int) -> int:
    """Where to begin, so that what is found stands near the beginning: at a word, if there is one."""
    # Of a text that ends soon after it, more of what comes before.
    start = min(place - LEAD, len(text) - LENGTH)
    if start <= 0:
        return 0
    space = text.find(" ", start, place - 1)
    return space + 1 if space >= 0 else start


def cut(text: str, spans: list[Span], start: int, end: int) -> Iterator[Segment]:
    at = start
    if start:
        yield Segment("…")
    for span in spans:
        if span.start >= end:
            break
        if span.start > at:
            yield Segment(text[at : span.start])
        yield Segment(text[span.start : span.end], marked=True)
        at = span.end
    yield Segment(text[at:end])
    if max(at, end) < len(text):
        yield Segment("…")
