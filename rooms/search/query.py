"""What somebody asks for, from how they write it: words, "phrases", from: in: has: before: after: on:."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from rooms.models import User
from rooms.models.dates import begin
from rooms.search.needles import Needle
from rooms.search.places import Names, count_words

PLAIN = str.maketrans({"：": ":", "“": '"', "”": '"', "„": '"', "「": '"', "」": '"'})
QUOTED = r'"[^"]*"?'
FILTER = "(?:from|in|has|before|after|on):"
part = re.compile(rf'(?P<filter>{FILTER})?(?(filter)\s?)(?P<value>{QUOTED}|[^\s"]+)', re.IGNORECASE)
words = re.compile(rf'[^\s"]+(?: +(?!{FILTER})[^\s"]+){{0,9}}', re.IGNORECASE)
"""What may be a name: up to the next filter or quotation mark."""
day = re.compile(r"(\d{4})(?:[-/.年](\d{1,2})(?:[-/.月](\d{1,2})日?)?月?)?年?")

KINDS = ("file", "image", "link")
MOST = 5
"""How often each of the filters may stand in a query: each is compared with all names."""
MOST_NEEDLES = 30
"""How many words may: each is looked for in all that the index finds. A sentence that is pasted in has fewer."""


@dataclass
class Query:
    """`people`, `rooms`: ids of which one is meant, None where it does not matter. `problems`: what was not understood,
    in the reader's words; then nothing is found."""

    text: str
    needles: list[Needle] = field(default_factory=list)
    people: set[int] | None = None
    rooms: set[int] | None = None
    kinds: list[str] = field(default_factory=list)
    since: datetime | None = None
    until: datetime | None = None
    problems: list[str] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        return not (self.needles or self.kinds or self.since or self.until) and self.people is self.rooms is None

    def look_for(self, names: Names, value: str) -> None:
        if (needle := Needle.of(value)) and needle not in self.needles:
            self.needles.append(needle)
        if len(self.needles) > MOST_NEEDLES:
            many = _("Search for at most %(count)d words; a phrase in quotation marks counts as one.")
            self.problems = [many % {"count": MOST_NEEDLES}]

    def take_from(self, names: Names, value: str) -> None:
        self.people = (self.people or set()) | (found := names.find_people(value))
        if not found:
            self.problems.append(_("Nobody is called “%(name)s”.") % {"name": value})

    def take_in(self, names: Names, value: str) -> None:
        self.rooms = (self.rooms or set()) | (found := names.find_rooms(value))
        if not found:
            self.problems.append(_("None of your rooms is called “%(name)s”.") % {"name": value})

    def take_has(self, names: Names, value: str) -> None:
        kind = value.lower().removesuffix("s")
        if kind in KINDS:
            self.kinds.append(kind)
        else:
            self.problems.append(_("has: is followed by file, image or link."))

    def take_before(self, names: Names, value: str) -> None:
        if days := self.read_days(value):
            self.until = min(filter(None, [self.until, days[0]]))

    def take_after(self, names: Names, value: str) -> None:
        if days := self.read_days(value):
            self.since = max(filter(None, [self.since, days[0]]))

    def take_on(self, names: Names, value: str) -> None:
        if days := self.read_days(value):
            self.since = max(filter(None, [self.since, days[0]]))
            self.until = min(filter(None, [self.until, days[1]]))

    def read_days(self, value: str) -> tuple[datetime, datetime] | None:
        try:
            first, last = read_dates(value)
            return begin(first), begin(last)
        except (ValueError, OverflowError):
            self.problems.append(_("“%(text)s” is no date: write it like 2026-11-22.") % {"text": value})
            return None


TAKERS: dict[str, Callable[[Query, Names, str], None]] = {
    "": Query.look_for,
    "from": Query.take_from,
    "in": Query.take_in,
    "has": Query.take_has,
    "before": Query.take_before,
    "after": Query.take_after,
    "on": Query.take_on,
}


def read_query(user: User, text: str) -> Query:
    query, names, counts, at = Query(text), Names(user), Counter[str](), 0
    text = " ".join(text.translate(PLAIN).split())
    while match := part.search(text, at):
        at, value = match.end(), match["value"].strip('"').strip()
        taker = (match["filter"] or "").lower().removesuffix(":")
        counts[taker] += bool(value)
        if taker and counts[taker] > MOST:
            query.problems = [_("“%(filter)s:” may stand there five times.") % {"filter": taker}]
            return query
        if taker in {"from", "in"} and (following := words.match(text, match.start("value"))):
            at = read_name(query, names, taker, following)
        elif value and (taker or value.lower().removesuffix(":") not in TAKERS or value[-1] != ":"):
            TAKERS[taker](query, names, value)
    return query


def read_name(query: Query, names: Names, taker: str, following: re.Match[str]) -> int:
    """Take the longest name that stands there without quotation marks, or one word; return where it ends."""
    found = following[0].split()
    known = names.people if taker == "from" else names.rooms
    count = count_words(known.values(), found)
    value, problems = " ".join(found[:count]), len(query.problems)
    TAKERS[taker](query, names, value)
    if len(query.problems) > problems and len(found) > 1:
        example = f'{taker}:"{found[0]} {found[1]}"'
        query.problems.append(_("A name with spaces goes into quotation marks: %(example)s") % {"example": example})
    return following.start() + len(value)


def read_dates(value: str) -> tuple[date, date]:
    """The first day of a day, a month or a year, and the one after its last. Raises ValueError, OverflowError."""
    today = timezone.localdate()
    if value.lower() in {"today", _("today")}:
        return today, today + timedelta(days=1)
    if value.lower() in {"yesterday", _("yesterday")}:
        return today - timedelta(days=1), today
    match = day.fullmatch(value)
    if not match:
        raise ValueError
    first = date(int(match[1]), int(match[2] or 1), int(match[3] or 1))
    if match[3]:
        return first, first + timedelta(days=1)
    following = (first.year, first.month + 1) if match[2] and first.month < 12 else (first.year + 1, 1)
    return first, date(*following, 1)
