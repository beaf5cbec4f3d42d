"""What happened in a room, for the inboxes of those who are in it and look elsewhere."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from rooms.feeds.said import COLUMNS, Said, find_concerned, takes_back
from rooms.feeds.standing import InboxState, read_standings, set_mark
from rooms.live import News, Position
from rooms.models import Membership, Message, Notification, Room
from rooms.models.notification import sum_up

LIMIT = 300
"""More changes than this at once, and everything is counted anew."""


@dataclass(frozen=True)
class RoomNews:
    """What was `posted`, as (message id, author's id); to whose numbers it added; what was put before whom."""

    room_id: int
    posted: Sequence[tuple[int, int]] = ()
    raised: Collection[int] = ()
    notified: Mapping[int, list[Notification]] = field(default_factory=dict)
    counted: Collection[int] = ()
    """Whose numbers in the room are others than before."""
    retold: Collection[int] = ()
    """Whose notifications may be others than before, or say something else."""
    lit: Collection[int] = ()
    """Whose icon is another than before."""


def read_room_news(
    room_id: int, since: Position, states: Mapping[int, InboxState], looking: Collection[int], *, anew: bool = False
) -> News | None:
    """Read what changed in a room, and count it into these people's inboxes.

    One query for a message that names nobody, however many people it is new to, and for what is said of one in a
    reaction. Those who have the room before their eyes are told of no number: it is read as soon as it is there.
    `anew`: what is unread is asked of the rows for all of them.
    """
    changed = Message.objects.filter(room=room_id, clock__gt=since.clock).order_by("clock")
    rows = [Said(*row) for row in changed.values_list(*COLUMNS)[: LIMIT + 1]]
    if not rows:
        # Its header or its people: that is news in the inboxes of those people themselves.
        now = Room.objects.filter(pk=room_id).values_list("epoch", "clock").first()
        return None if now is None or now[0] != since.epoch else News(Position(*now), Position("live", 0))
    # Where somebody has lost the room since, everybody's place in it is asked for anew: who is out hears nothing more.
    if len(rows) > LIMIT or rows[0].epoch != since.epoch or rows[0].access_clock > since.clock:
        return None
    position = Position(rows[0].epoch, rows[0].room_clock)
    absent = {pk for pk, state in states.items() if pk not in looking or state.standings[room_id].held}
    concerned = find_concerned(rows, since, set(states))
    for pk in concerned - absent:
        states[pk].overlooked = True
    special = absent if anew else concerned & absent
    taken_back = takes_back(rows)
    if taken_back:
        special = special | {pk for pk in absent if states[pk].standings[room_id].unread}
        retell({pk: state for pk, state in states.items() if state.told.unread and pk not in special})
    icons = {pk: states[pk].icon for pk in special}
    before = {pk: states[pk].standings[room_id].unread for pk in special}
    told, lit = count(room_id, rows, position, states, absent, special)
    counted, retold = count_anew(room_id, states, special)
    told |= counted
    lit |= {pk for pk in counted if states[pk].icon != icons[pk]}
    notified = read_notified(rows, states, special)
    raised = (told - special) | {pk for pk in special if states[pk].standings[room_id].unread > before[pk]}
    posted = [(row.pk, row.author_id) for row in rows if row.posted]
    retold |= states.keys() if taken_back else notified.keys()
    news = RoomNews(room_id, posted, raised, notified, told, retold, lit)
    return News(position, mark_pages(states), told | retold, news)


def read_unseen_news(room_id: int, since: Position, until: Position, states: Mapping[int, InboxState]) -> News | None:
    """What changed in a room, for those of these people who have not read up to there. One query where all have."""
    behind = Membership.objects.filter(room=room_id, user__in=states, read_position__lt=until.clock)
    unseen = set(behind.values_list("user_id", flat=True))
    if not unseen:
        return News(until, Position("live", 0))
    return read_room_news(room_id, since, {pk: states[pk] for pk in unseen}, (), anew=True)


def reread_room(room_id: int, states: Mapping[int, InboxState], clocks: Mapping[int, int]) -> News | None:
    """Count what is unread in a room anew for these people, who have read some of it.

    Four queries; one for those who merely keep up with a room that they watch. They are most, and nobody but the
    process that keeps their lists can tell that there is nothing in them to take away.
    """
    clock = Room.objects.filter(pk=room_id).values_list("clock", flat=True).first()
    if clock is None or any(room_id not in state.standings for state in states.values()):
        return None
    icons = {pk: state.icon for pk, state in states.items()}
    counted, retold = count_anew(
        room_id, states, {pk for pk, state in states.items() if state.may_lose(room_id, clock)}
    )
    for user_id, state in states.items():
        state.position = Position(state.position.epoch, clocks[user_id])
    lit = {pk for pk in counted if states[pk].icon != icons[pk]}
    news = RoomNews(room_id, counted=counted, retold=retold, lit=lit)
    return News(Position("", 0), mark_pages(states), counted | retold, news)


def retell(states: Mapping[int, InboxState]) -> None:
    """Ask anew what these people have been told, wherever that was."""
    for user_id, told in sum_up(states.keys()).items():
        states[user_id].told = told


def mark_pages(states: Mapping[int, InboxState]) -> Position:
    """Where the pages are that are told: one cursor for them all, or no frame could be shared."""
    mark = max(state.told.mark for state in states.values())
    return Position(set_mark("live", mark), max(state.newest for state in states.values()))


def count(
    room_id: int,
    rows: list[Said],
    position: Position,
    states: Mapping[int, InboxState],
    absent: Collection[int],
    special: Collection[int],
) -> tuple[set[int], set[int]]:
    """Count plain messages without asking the database, for those who are absent and not special.

    Returns for whom that makes a difference, and whose icon it lights. One pass over all people: with a thousand most
    of the time goes by in waiting for the memory that their states are in.
    """
    said = [(row.position, row.author_id) for row in rows if row.erased_at is None]
    newest = max(row.pk for row in rows)
    told, lit = set(), set()
    for user_id, state in states.items():
        if newest > state.newest:
            state.newest = newest
        if user_id in special:
            continue
        standing = state.standings[room_id]
        if user_id in absent and (fresh := standing.count(said, user_id)):
            told.add(user_id)
            if not state.total:
                lit.add(user_id)
            state.total += fresh
        standing.position = position
    return told, lit


def count_anew(room_id: int, states: Mapping[int, InboxState], user_ids: Collection[int]) -> tuple[set[int], set[int]]:
    """Count for these people from the rows: three queries; return whose numbers in the room are others than before, and
    whose notifications are.
    """
    counted: set[int] = set()
    retold: set[int] = set()
    if not user_ids:
        return counted, retold
    summaries = sum_up(user_ids)
    for user_id, fresh, _ in read_standings(Membership.objects.filter(room=room_id, user__in=user_ids)):
        state, standing = states[user_id], states[user_id].standings[room_id]
        before = standing.unread, standing.mentioned
        standing.unread, standing.mentioned, standing.position = fresh.unread, fresh.mentioned, fresh.position
        standing.read_position, standing.held = fresh.read_position, fresh.held
        if state.told != summaries[user_id]:
            retold.add(user_id)
        state.told, state.overlooked = summaries[user_id], False
        state.add_up()
        if before != (standing.unread, standing.mentioned):
            counted.add(user_id)
    return counted, retold


def read_notified(
    rows: list[Said], states: Mapping[int, InboxState], user_ids: Collection[int]
) -> dict[int, list[Notification]]:
    """What these messages put before these people that their pages do not know of. One query; none for nobody."""
    if not user_ids:
        return {}
    found = Notification.objects.filter(message__in=[row.pk for row in rows], recipient__in=user_ids)
    notified = defaultdict(list)
    for notification in found.visible().unread().select_related("actor", "room", "message").order_by("pk"):
        state = states[notification.recipient_id]
        if notification.pk > state.newest_notification:
            notified[notification.recipient_id].append(notification)
            state.newest_notification = notification.pk
    return dict(notified)
