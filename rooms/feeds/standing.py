"""What a person's list of rooms shows: read for many people at once, and kept for those who are connected."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.urls import reverse
from django.utils.translation import gettext, pgettext

from rooms import broadcasts
from rooms.live import Position
from rooms.live.presence import shown_online
from rooms.models import Membership, Message, Room, User
from rooms.models.membership import MembershipQuerySet
from rooms.models.notification import Told, sum_up
from rooms.models.statement import Statement

EVERYTHING, HIDDEN = Membership.Involvement.EVERYTHING, Membership.Involvement.HIDDEN
DIRECT = Room.Kind.DIRECT


@dataclass(slots=True)
class Standing:
    """A person's place in one room, as their list shows it. `position` is where the room was when this was read."""

    room_id: int
    slug: str
    kind: str
    name: str
    involvement: str
    read_position: int
    held: bool
    unread: int
    mentioned: int
    position: Position
    archived: bool = False
    partners: Mapping[int, str] = field(default_factory=dict)
    """The others in a direct room, whose names make its title; `name` is the reader's own."""

    @property
    def title(self) -> str:
        """The room's name as this person reads it, in the active language."""
        if self.kind != DIRECT:
            return self.name
        names = sorted(self.partners.values(), key=str.casefold)
        return pgettext("between the names of people", ", ").join(names) or gettext("%(name)s (you)") % {
            "name": self.name
        }

    @property
    def url(self) -> str:
        return reverse("room", args=[self.slug])

    @property
    def listed(self) -> bool:
        return self.involvement != HIDDEN and not self.archived

    @property
    def quiet(self) -> bool:
        return self.involvement not in (EVERYTHING, Membership.Involvement.MENTIONS)

    @property
    def online(self) -> bool:
        return bool(self.partners) and not shown_online().isdisjoint(self.partners)

    def count(self, said: Iterable[tuple[int, int]], user_id: int) -> int:
        """Count new messages, as (position, author); return how many are."""
        if self.involvement != EVERYTHING:
            return 0
        clock, read_position, fresh = self.position.clock, self.read_position, 0
        for at, author in said:
            if at > clock and at > read_position and author != user_id:
                fresh += 1
        self.unread += fresh
        return fresh


@dataclass(slots=True)
class InboxState:
    """All that is in a person's inbox."""

    user_id: int
    position: Position
    toasts: str
    sound: bool
    standings: dict[int, Standing] = field(default_factory=dict)
    told: Told = field(default_factory=Told)
    overlooked: bool = False
    """Whether they were told of what is before their eyes, and so is read in a moment: `told` knows nothing of it."""
    newest: int = 0
    """The id of the newest message in these rooms when this was read."""
    newest_notification: int = 0
    total: int = 0
    mentioned: int = 0
    """Sums over the rooms: of what is unread, and of what names the person."""
    partners: frozenset[int] = frozenset()
    """With whom they have direct rooms."""

    @property
    def topics(self) -> Mapping[str, Position]:
        return {broadcasts.room_topic(room_id): standing.position for room_id, standing in self.standings.items()}

    def add_up(self) -> None:
        """Say of all what the rooms say one by one."""
        self.total = sum(standing.unread for standing in self.standings.values())
        self.mentioned = sum(standing.mentioned for standing in self.standings.values())
        self.partners = frozenset().union(*(standing.partners for standing in self.standings.values()))

    @property
    def icon(self) -> tuple[bool, bool]:
        """What the tab's icon says: whether something is unread, and whether something of it names the person."""
        return self.total > 0, self.mentioned > 0

    def may_lose(self, room_id: int, clock: int) -> bool:
        """Whether reading a room, which is at this clock, may take anything away, or what is still to be counted."""
        line = self.standings[room_id]
        shown = line.unread or line.mentioned or line.held or self.told.unread or self.overlooked
        return bool(shown) or line.position.clock < clock

    @property
    def cursor(self) -> Position:
        listed = [line for _, line in sorted(self.standings.items()) if line.listed or line.archived]
        shown = [
            (line.room_id, line.slug, line.kind, line.name, line.involvement, line.unread, line.mentioned)
            for line in listed
        ]
        archived = [line.room_id for line in listed if line.archived]
        partners = [sorted(line.partners.items()) for line in listed]
        digest = hashlib.blake2b(repr((shown, archived, self.hidden, partners, self.told)).encode(), digest_size=8)
        return Position(set_mark(digest.hexdigest(), self.told.mark), self.newest)

    @property
    def shared(self) -> list[Standing]:
        return self._listed(direct=False)

    @property
    def direct(self) -> list[Standing]:
        return self._listed(direct=True)

    @property
    def hidden(self) -> bool:
        """Whether there are rooms that this person has taken out of the list."""
        return any(line.involvement == HIDDEN and not line.archived for line in self.standings.values())

    @property
    def archived(self) -> list[Standing]:
        return self._sort(line for line in self.standings.values() if line.archived)

    def _listed(self, direct: bool) -> list[Standing]:
        return self._sort(line for line in self.standings.values() if (line.kind == DIRECT) is direct and line.listed)

    def _sort(self, lines: Iterable[Standing]) -> list[Standing]:
        # Sorted here: databases do not agree on the order of names, and a direct room's name depends on who looks.
        return sorted(lines, key=lambda line: (line.title.casefold(), line.room_id))


def set_mark(epoch: str, newest: int) -> str:
    """The epoch of a page's cursor, with the newest notification that the page knows of."""
    return f"{epoch}n{newest}"


def read_mark(cursor: Position) -> int | None:
    number = cursor.epoch.partition("n")[2]
    return int(number) if number.isdecimal() else None


def read_inboxes(people: Iterable[User]) -> dict[int, InboxState]:
    """The inboxes of these people, as they were read before, in three queries."""
    # The clocks are older than what follows: what changes in between is then read again, not lost.
    names = {person.pk: person.name for person in people}
    states = {
        person.pk: InboxState(person.pk, Position("inbox", person.inbox_clock), person.toasts, person.sound)
        for person in people
    }
    directs: dict[int, list[tuple[int, Standing]]] = defaultdict(list)
    rows = of_one.rows(*states) if len(states) == 1 else find_standings(*states)
    for user_id, standing, newest in make_standings(rows):
        states[user_id].standings[standing.room_id] = standing
        states[user_id].newest = max(states[user_id].newest, newest)
        if standing.kind == DIRECT:
            directs[standing.room_id].append((user_id, standing))
    introduce(directs, names)
    for user_id, told in sum_up(states.keys()).items():
        states[user_id].told = told
        states[user_id].add_up()
    return states


def read_standings(memberships: MembershipQuerySet) -> Iterator[tuple[int, Standing, int]]:
    """Each membership as its person's id, their standing, and the id of the room's newest message. One query."""
    return make_standings(select_standings(memberships))


def make_standings(rows: Iterable[tuple[Any, ...]]) -> Iterator[tuple[int, Standing, int]]:
    for row in rows:
        user_id, *line, epoch, clock, archived_at, newest_id = row
        standing = Standing(*line, Position(epoch, clock), archived_at is not None)  # type: ignore[call-arg]
        yield user_id, standing, newest_id or 0


def select_standings(memberships: MembershipQuerySet) -> QuerySet[Membership, tuple[Any, ...]]:
    newest = Subquery(Message.objects.filter(room=OuterRef("room")).order_by("-position").values("pk")[:1])
    columns = ("user", "room", "room__slug", "room__kind", "room__name", "involvement", "read_position", "unread_held")
    counted = ("unread", "mentioned", "room__epoch", "room__clock", "room__archived_at", "newest")
    return memberships.with_unread().annotate(newest=newest).values_list(*columns, *counted)


def find_standings(*user_ids: int) -> QuerySet[Membership, tuple[Any, ...]]:
    return select_standings(Membership.objects.filter(user__in=user_ids))


of_one = Statement(find_standings)


def introduce(directs: Mapping[int, list[tuple[int, Standing]]], names: Mapping[int, str]) -> None:
    """Say of direct rooms who else is in them. One query; none where there are none."""
    if not directs:
        return
    for room_id, user_id, name in Membership.objects.filter(room__in=directs).values_list("room", "user", "user__name"):
        for reader, standing in directs[room_id]:
            if reader != user_id:
                standing.partners = {**standing.partners, user_id: name}
    for lines in directs.values():
        for reader, standing in lines:
            standing.name = names[reader]
