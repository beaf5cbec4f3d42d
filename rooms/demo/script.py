"""Who says what when: the conversations of a room, cast with its people and spread over the past weeks."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import cycle
from math import ceil
from random import Random
from typing import NamedTuple
from zoneinfo import ZoneInfo

from rooms.demo.corpus import Conversation, Line
from rooms.models import User

PAST = timedelta(weeks=5)
WEEKEND_SHARE = 0.2
"""How many of the conversations that would fall on a weekend do."""

PARTS = {"en": "ABC", "ja": "いろは"}
PLACEHOLDER = re.compile(r"\{(\w+)\}")


class Said(NamedTuple):
    """A message to be. `changed_at` is when it was edited or erased, as `fate` says."""

    author: User
    body: str
    at: datetime
    fate: str
    changed_at: datetime | None

    def move(self, by: timedelta) -> "Said":
        return self._replace(at=self.at + by, changed_at=self.changed_at and self.changed_at + by)


class Cast(NamedTuple):
    """The people of a room by their keys, what each is called, and the words that conversations draw from."""

    people: Mapping[str, User]
    called: Mapping[str, str]
    words: Mapping[str, Sequence[str]]


def write_script(
    conversations: Sequence[Conversation], cast: Cast, count: int, now: datetime, random: Random
) -> list[Said]:
    """About `count` messages, oldest first: whole conversations of the past weeks, the latest one just over."""
    (latest,) = (play(each, cast, random) for each in conversations if each.latest)
    gone = timedelta(minutes=random.uniform(2, 9))
    latest = [said.move(now - gone - latest[-1].at) for said in latest]
    until = latest[0].at - timedelta(hours=1)
    earlier = [each for each in conversations if not each.latest]
    played = [play(each, cast, random) for each in choose(earlier, count - len(latest), random)]
    rounds = ceil(len(played) / len(earlier))
    return [*line_up(spread(played, rounds, until, random), until), *latest]


def choose(conversations: Sequence[Conversation], count: int, random: Random) -> Iterator[Conversation]:
    """Conversations of `count` messages together, or a few more. None comes again before all have come."""
    for conversation in cycle(random.sample(conversations, len(conversations))):
        if count <= 0:
            return
        count -= len(conversation.lines)
        yield conversation


def play(conversation: Conversation, cast: Cast, random: Random) -> list[Said]:
    """A conversation as messages that begin at no time in particular."""
    keys = assign_parts(conversation.lines, cast, random)
    called = {part: cast.called[key] for part, key in keys.items()}
    drawn = {name: random.choice(words) for name, words in cast.words.items()}
    at = datetime.fromtimestamp(0, UTC)
    played = []
    for line in conversation.lines:
        body = fill(line.text, {**drawn, **called})
        at += read_and_write(body, random)
        changed_at = at + timedelta(seconds=random.uniform(2, 4)) if line.fate else None
        played.append(Said(cast.people[keys[line.part]], body, at, line.fate, changed_at))
    return played


def fill(text: str, words: Mapping[str, str]) -> str:
    filled = PLACEHOLDER.sub(lambda match: words[match[1]], text)
    return filled[0].upper() + filled[1:] if text.startswith("{") else filled


def assign_parts(lines: Sequence[Line], cast: Cast, random: Random) -> dict[str, str]:
    """Which person plays which part, by key: those who are named themselves, others whoever writes the language."""
    keys = {key: key for key in cast.people}
    for language, parts in PARTS.items():
        speakers = [key for key, person in cast.people.items() if person.language == language]
        random.shuffle(speakers)
        keys |= dict(zip(parts, speakers, strict=False))
    return keys


def read_and_write(body: str, random: Random) -> timedelta:
    """How long somebody takes to see what was said and to answer: mostly a minute, now and then half an hour."""
    distraction = random.uniform(300, 2400) if random.random() < 0.08 else random.expovariate(1 / 40)
    return timedelta(seconds=5 + len(body) / 6 + distraction)


def spread(conversations: Sequence[list[Said]], rounds: int, until: datetime, random: Random) -> Iterator[list[Said]]:
    """Give conversations their times, a round in each part of the past: what comes again comes in another week."""
    parts = min(rounds, PAST // timedelta(weeks=1))
    for index, played in enumerate(conversations):
        begin = until - PAST + PAST / parts * (index * parts // len(conversations))
        yield set_down(played, begin, begin + PAST / parts, random)


def set_down(played: list[Said], begin: datetime, end: datetime, random: Random) -> list[Said]:
    """Move a conversation to a likely hour of its first speaker's day. `begin` and `end` are a week apart, or more."""
    zone = ZoneInfo(played[0].author.time_zone)
    while True:
        day = (begin + (end - begin) * random.random()).astimezone(zone)
        midnight = day.replace(hour=0, minute=0, second=0, microsecond=0)
        start = (midnight + timedelta(hours=min(max(random.gauss(13, 2.7), 7), 22))).astimezone(UTC)
        if begin < start < end and (day.weekday() < 5 or random.random() < WEEKEND_SHARE):
            return [said.move(start - played[0].at) for said in played]


def line_up(conversations: Iterable[list[Said]], until: datetime) -> list[Said]:
    """One conversation after the other, all before `until`."""
    line: list[Said] = []
    for played in sorted(conversations, key=lambda played: played[0].at):
        wait = line[-1].at + timedelta(minutes=2) - played[0].at if line else timedelta()
        line += [said.move(max(wait, timedelta())) for said in played]
    if line and line[-1].at > until:
        # More than fits into the weeks at this pace: everybody talks faster.
        start = line[0].at
        haste = (until - start) / (line[-1].at - start)
        line = [said.move((said.at - start) * (haste - 1)) for said in line]
    return line
