"""The name that somebody is typing: where it stands in the text, whom it may become, and the text with it completed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from heapq import nsmallest
from itertools import takewhile
from typing import Any, NamedTuple

from django.db.models import IntegerField, Q, QuerySet, Transform
from django.db.models.functions import Length
from django.db.models.sql.compiler import SQLCompiler

from rooms.models import Membership, Room, User
from rooms.models.mentions import CROWD, may_call
from rooms.naming import AT, LONGEST, begins_name, fold, fold_name, unspaced

MOST = 8
"""How many names are offered."""
RECENT = 200
"""How many of the last messages say who spoke last."""


class Opening(NamedTuple):
    """A name that was begun: its @ (of an emoji its colon), and where the typing goes on."""

    at: int
    caret: int
    typed: str


class Choice(NamedTuple):
    value: str
    """A person's id, or one of CROWD."""
    name: str
    people: int = 1
    """How many have this name, and would all be named."""


def find_caret(text: str, before: str) -> int:
    """Where somebody is typing, by what the text was before. No browser tells it without a script."""
    start = count_common(before, text)
    return len(text) - count_common(before[start:][::-1], text[start:][::-1])


def count_common(one: str, other: str) -> int:
    return sum(1 for _ in takewhile(lambda letters: letters[0] == letters[1], zip(one, other, strict=False)))


def find_opening(text: str, caret: int) -> Opening | None:
    """The name that is being typed just before the caret."""
    since = max(0, caret - LONGEST)
    at = max(text.rfind(sign, since, caret) for sign in AT)
    typed = text[at + 1 : caret]
    if at < 0 or "\n" in typed or not begins_name(text[:caret], at):
        return None
    return Opening(at, caret, typed)


def find_emoji(text: str, caret: int) -> Opening | None:
    """The emoji whose name is being typed behind a colon, from its second letter on. `12:30` and `so:` begin none."""
    since = max(0, caret - LONGEST)
    begun = re.search(r"(?<![^\W_])[:：](\w[\w+-]+)\Z", text[since:caret])
    return Opening(since + begun.start(), caret, begun[1]) if begun else None


def find_word(text: str, caret: int) -> str | None:
    """What is typed so far of the word of a command."""
    begun = re.fullmatch(r"[/／](\w*)", text[:caret])
    return begun[1] if begun else None


def suggest(room: Room, viewer: User, typed: str) -> list[Choice]:
    """Whom of a room's people the typed may become, those who spoke last first; then what calls everyone."""
    wanted = fold(typed)
    members = room.memberships.filter(user__is_active=True).exclude(user=viewer)
    found: dict[str, list[tuple[int, str]]] = {}
    for pk, name in narrow(members, wanted).values_list("user_id", "user__name"):
        if begins(name, wanted):
            found.setdefault(fold_name(name), []).append((pk, name))
    spoke = room.messages.order_by("-position").values_list("author_id", flat=True)[:RECENT] if found else ()
    order = {author: place for place, author in reversed(list(enumerate(spoke)))}

    def rank(same: list[tuple[int, str]]) -> tuple[bool, int, str]:
        written = fold_name(same[0][1])
        return written != wanted, min(order.get(pk, RECENT) for pk, _ in same), written

    crowd = [Choice(word, word) for word in CROWD if word.startswith(wanted)]
    crowd = crowd if crowd and may_call(room, viewer) else []
    people = [Choice(str(same[0][0]), same[0][1], len(same)) for same in nsmallest(MOST, found.values(), key=rank)]
    choices = [*people[: MOST - len(crowd)], *crowd]
    return [] if [fold(choice.name) for choice in choices] == [wanted] else choices


def suggest_outsiders(room: Room, typed: str) -> list[Choice]:
    """Who may be let into a room: of the team, those who are not in it."""
    wanted = fold(typed)
    found: dict[str, Choice] = {}
    for pk, name in narrow(find_outsiders(room), wanted, "name").values_list("pk", "name"):
        if begins(name, wanted):
            known = found.get(fold_name(name), Choice(str(pk), name, 0))
            found[fold_name(name)] = known._replace(people=known.people + 1)
    choices = nsmallest(MOST, found.values(), key=lambda choice: fold(choice.name))
    return [] if [fold(choice.name) for choice in choices] == [wanted] else choices


def find_outsiders(room: Room) -> QuerySet[User]:
    return User.objects.filter(is_active=True).exclude(memberships__room=room)


class Bytes(Transform):
    """How many bytes a text is, in UTF-8."""

    function = "OCTET_LENGTH"
    output_field = IntegerField()

    def as_sqlite(self, compiler: SQLCompiler, connection: Any, **context: Any) -> tuple[str, Any]:
        return self.as_sql(compiler, connection, template="LENGTH(CAST(%(expressions)s AS BLOB))", **context)


def narrow[Row: (Membership, User)](rows: QuerySet[Row], wanted: str, name: str = "user__name") -> QuerySet[Row]:
    """Without those in whose names what was typed cannot be: of thousands most, which then nobody reads.

    Only of plain letters does a database know what they fold to: names with others are all read.
    """
    word = wanted.split(" ")[0]
    plain = Q((f"{name}__icontains", word)) | Q(size__gt=Length(name))
    return rows.alias(size=Bytes(name)).filter(plain) if word else rows


def begins(name: str, wanted: str) -> bool:
    """Whether a name, from one of its words on, begins with what was typed. A space after the whole of it ends it."""
    rest = wanted.rstrip()
    if rest != wanted and rest and unspaced.match(rest[-1]):
        return any(start.startswith(rest) and start != rest for start in starts(name))
    return any(start.startswith(wanted) for start in starts(name))


@lru_cache(20_000)
def starts(name: str) -> Iterable[str]:
    words = unicodedata.normalize("NFKC", name).split()
    return tuple(fold(" ".join(words[first:])) for first in range(len(words)))


def complete(text: str, opening: Opening, name: str) -> str:
    """The text with the name in place of what was typed of it, and with a space to type on from."""
    return insert(text, opening, f"@{name}")


def insert(text: str, opening: Opening, what: str) -> str:
    rest = text[opening.caret :]
    return f"{text[: opening.at]}{what} {rest.removeprefix(' ')}"


def complete_word(text: str, word: str, *, goes_on: bool) -> str:
    """The text with this command at its beginning, and with a space to type on from, if anything is to follow."""
    rest = re.sub(r"\A[/／]\w*[ \u3000]?", "", text)
    return f"/{word} {rest}" if goes_on or rest else f"/{word}"


def find_choice(room: Room, viewer: User, value: str) -> str | None:
    """The name that was chosen: of somebody in the room, or a word that this person may write."""
    if value in CROWD:
        return value if may_call(room, viewer) else None
    if not (value.isascii() and value.isdigit() and len(value) <= 18):
        return None
    members = room.memberships.filter(user=int(value), user__is_active=True)
    return members.values_list("user__name", flat=True).first()


def find_outsider(room: Room, value: str) -> str | None:
    """The name that was chosen, of somebody who may be let into a room."""
    fits = value.isascii() and value.isdigit() and len(value) <= 18
    return find_outsiders(room).filter(pk=int(value)).values_list("name", flat=True).first() if fits else None
