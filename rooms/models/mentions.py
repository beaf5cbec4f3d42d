"""Whom a text names: `@name`, `@room`, `@here`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta
from string import ascii_letters
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import Q
from django.db.models.functions import Substr
from django.utils import timezone

from rooms.models.saying import draw_text, find_said
from rooms.naming import Place, ends_name, find_ats, find_beginnings, find_places, fold_name

if TYPE_CHECKING:
    from rooms.models import Room, User

Named = int | str

CROWD: dict[str, list[Named]] = {"room": ["room"], "here": ["here"]}
CROWD_PAUSE = timedelta(minutes=1)
"""How long after somebody called everyone in a room they can do so again there."""


class Mentions(NamedTuple):
    """The ids of the people that a text names, then `"room"` and `"here"`; and from where to where it does so."""

    named: list[Named]
    spans: list[tuple[int, int]]


class Candidates(NamedTuple):
    """Where a text may name somebody, and whom (people's ids by folded names).

    And its HTML, if it names all those, and if it names people only.
    """

    body: str
    places: list[Place]
    people: dict[str, list[Named]]
    drawn: list[tuple[list[tuple[int, int]], dict[str, Any]]]

    def draw(self, spans: list[tuple[int, int]]) -> dict[str, Any]:
        """The columns of the HTML, with names at these places. Where they are likely it is there already."""
        found = (columns for places, columns in self.drawn if places == spans)
        return next(found, None) or draw_text(self.body, spans)


def read_candidates(body: str, room: Room, author: User) -> Candidates:
    """Whom a text may name. Call before the room's lock is taken: of thousands of people it takes a while.

    A text without an @ asks the database nothing.
    """
    places = list(find_places(body, find_said(body, find_ats(body))))
    people = read_names(room, author, {place.folded[:1] for place in places}) if places else {}
    likely = [match(places, people | CROWD).spans]
    if (calm := match(places, people).spans) not in likely:
        likely.append(calm)  # That somebody may not call everyone is often known only under the lock.
    return Candidates(body, places, people, [(spans, draw_text(body, spans)) for spans in likely])


def find_mentions(candidates: Candidates, room: Room, author: User, already: Collection[Named] = ()) -> Mentions:
    """Whom of the room's people a text names. Call inside the transaction of saying it: calling everyone is counted.

    `already`: what it named before it was edited. Two people of one name are both named: so readers take it, too.
    What somebody may not write, or not yet again, is text like any other.
    """
    places, people = candidates.places, candidates.people
    found = match(places, people | CROWD)
    gone = find_gone(room, found)
    if gone:
        people = {name: here for name, ids in people.items() if (here := [pk for pk in ids if pk not in gone])}
        found = match(places, people | CROWD)
    crowd = {named for named in found.named if isinstance(named, str)}
    if crowd <= {*already} or call_everyone(room, author):
        return found
    return match(places, people | {word: named for word, named in CROWD.items() if word in already})


def find_gone(room: Room, found: Mentions) -> Collection[Named]:
    """Who of the people found has left since their names were read. Now, under the lock, nobody else can."""
    people = {named for named in found.named if isinstance(named, int)}
    if not people:
        return set()
    here = room.memberships.filter(user__in=people, user__is_active=True)
    return people - {*here.values_list("user_id", flat=True)}


def read_names(room: Room, author: User, letters: set[str]) -> dict[str, list[Named]]:
    """Those of the room's people, but the author, whose names may begin with one of these letters, by folded names."""
    # Only of plain letters does a database know what they fold to: names that begin with others are all read.
    others = set(ascii_letters) - {case for letter in letters for case in (letter, letter.upper())}
    members = room.memberships.filter(user__is_active=True).exclude(user=author)
    members = members.alias(letter=Substr("user__name", 1, 1)).exclude(letter__in=others)
    names: dict[str, list[Named]] = {}
    for user_id, name in members.values_list("user_id", "user__name"):
        names.setdefault(fold_name(name), []).append(user_id)
    return names


def match(places: Iterable[Place], names: Mapping[str, list[Named]]) -> Mentions:
    """The longest name at each place."""
    lengths = sorted({len(name) for name in names}, reverse=True)
    named: dict[Named, None] = {}
    spans: list[tuple[int, int]] = []
    for place in places:
        likely = [name for name in (place.folded[:length] for length in lengths) if name in names]
        ends = find_beginnings(place.line, len(likely[0])) if likely else {}
        for name in likely:
            end = ends.get(name)
            if end and ends_name(name, place.line[end : end + 1]):
                named |= dict.fromkeys(names[name])
                spans.append((place.at, place.at + 1 + end))
                break
    return Mentions(sorted(named, key=lambda name: (isinstance(name, str), str(name) == "here", name)), spans)


def may_call(room: Room, author: User) -> bool:
    """Whether @room and @here are more than text when this person writes them."""
    from rooms.models.workspace import Workspace

    if room.kind == room.Kind.DIRECT:
        return False
    everyone = Workspace.CrowdMentions.EVERYONE
    return author.is_administrator or Workspace.objects.filter(crowd_mentions=everyone).exists()


def call_everyone(room: Room, author: User) -> bool:
    """Count that somebody calls everyone; False when they may not, or have just done so."""
    now = timezone.now()
    rested = Q(called_at=None) | Q(called_at__lte=now - CROWD_PAUSE)
    # Asked and noted by one statement. Counting messages would not do: one can erase them, and call again.
    return may_call(room, author) and bool(room.memberships.filter(rested, user=author).update(called_at=now))
