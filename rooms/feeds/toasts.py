"""What of an inbox's news slides in on a page, and what does not."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Count

from rooms.feeds.news import RoomNews
from rooms.feeds.standing import InboxState, Standing, read_mark
from rooms.live import Position
from rooms.live.personal import Page
from rooms.models import Message, Notification, User
from rooms.toasts import Toast, keep_latest

EVERYTHING, NOTHING = User.Toasts.EVERYTHING, User.Toasts.NOTHING
TOASTS_AT_ONCE = 3


def wants_all(state: InboxState, item: RoomNews) -> bool:
    """Whether what is new for them in this room is to be put before them, though nothing in it is meant for them."""
    return state.toasts == EVERYTHING and state.user_id in item.raised


def list_toasts(state: InboxState, item: RoomNews, page: Page) -> list[Toast]:
    """What slides in on account of a room's news; nothing on the page of the room itself."""
    standing = state.standings[item.room_id]
    if state.toasts == NOTHING or page.get("room") == str(standing.room_id):
        return []
    if notified := item.notified.get(state.user_id):
        return keep_latest(Toast(notification=told, room_title=standing.title) for told in notified[-TOASTS_AT_ONCE:])
    if not wants_all(state, item):
        return []
    theirs = [pk for pk, author in item.posted if author != state.user_id]
    alone = standing.unread == 1 and theirs
    message = Message.objects.select_related("author").get(pk=theirs[-1]) if alone else None
    return [summarize([standing], standing.unread, message)]


def list_new(state: InboxState, before: InboxState, page: Page) -> list[Toast]:
    """The notifications of which a person's pages do not know yet."""
    fresh = state.newest_notification > before.newest_notification
    return show(state, find_told(state, before.newest_notification, page)) if fresh else []


def list_missed(state: InboxState, page: Page) -> list[Toast]:
    """What came while the line was away: what was put before them, and of the rest how much, as one toast. Two queries.

    It is the number that matters then; in direct rooms, too, where more than one message came.
    """
    known = Position.parse(page.get("cursor"))
    if known is None:
        return []
    missed, mark = count_missed(state, known, page), read_mark(known)
    found = find_told(state, mark, page) if mark is not None and mark < state.told.mark else []
    told = [item for item in found if item.kind != Notification.Kind.DIRECT or missed.get(item.room_id or 0, 0) < 2]
    for item in told:
        missed.pop(item.room_id or 0, None)
    rest = [summarize([state.standings[pk] for pk in missed], sum(missed.values()))] if missed else []
    return [*rest, *show(state, told)]


def find_told(state: InboxState, since: int, page: Page) -> list[Notification]:
    """The latest that they were told after a notification and have not read; of the page's own room nothing."""
    if state.toasts == NOTHING:
        return []
    fresh = Notification.objects.filter(recipient=state.user_id, pk__gt=since).visible().unread()
    found = fresh.select_related("actor", "room", "message").order_by("-pk")[:TOASTS_AT_ONCE]
    return [item for item in reversed(found) if str(item.room_id) != page.get("room")]


def show(state: InboxState, notifications: list[Notification]) -> list[Toast]:
    titles = {room_id: standing.title for room_id, standing in state.standings.items()}
    return keep_latest(Toast(notification=item, room_title=titles.get(item.room_id or 0, "")) for item in notifications)


def count_missed(state: InboxState, known: Position, page: Page) -> dict[int, int]:
    """How many messages came after what a page knows, by the rooms it does not show. One query, or none."""
    rooms = {pk: line for pk, line in state.standings.items() if line.unread and str(pk) != page.get("room")}
    if state.toasts == NOTHING or known.clock >= state.newest or not rooms:
        return {}
    since = Message.objects.filter(room__in=rooms, pk__gt=known.clock, erased_at=None).exclude(author=state.user_id)
    counts = since.order_by().values_list("room").annotate(Count("pk"))
    return {pk: min(count, rooms[pk].unread) for pk, count in counts}


def summarize(standings: Sequence[Standing], count: int, message: Message | None = None) -> Toast:
    if len(standings) > 1:
        return Toast(rooms=len(standings), count=count)
    (line,) = standings
    return Toast(room_id=line.room_id, room_title=line.title, room_url=line.url, count=count, message=message)
