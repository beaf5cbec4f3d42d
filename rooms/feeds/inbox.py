"""A person's inbox: their rooms with what is unread in each, their notifications, and what every page says of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from html import escape

from django.db.models import Max
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import get_language

from rooms import broadcasts
from rooms.feeds.news import read_room_news, read_unseen_news, reread_room
from rooms.feeds.standing import DIRECT, InboxState, Standing, read_inboxes
from rooms.feeds.toasts import list_missed, list_new, list_toasts, wants_all
from rooms.live import Feed, News, PersonalFeed, Position, Refusal, presence
from rooms.live.hub import Hub
from rooms.live.personal import Page
from rooms.models import Notification, Room, User

EVERYTHING = User.Toasts.EVERYTHING


class InboxFeed(PersonalFeed[InboxState]):
    """What goes on elsewhere. A page says which `room` it shows, or its `title`, so that its title can count."""

    name = "inbox"
    group = broadcasts.INBOX_GROUP

    @property
    def topic(self) -> str:
        return broadcasts.inbox_topic(int(self.id))

    def socket_url(self) -> str:
        return "/live/inbox/"

    def changes_url(self) -> str:
        return reverse("inbox_changes")

    @classmethod
    def positions(cls, feeds: Sequence[Feed]) -> dict[str, Position]:
        rows = User.objects.filter(pk__in=[feed.id for feed in feeds]).values_list("pk", "inbox_clock")
        return {broadcasts.inbox_topic(pk): Position("inbox", clock) for pk, clock in rows}

    @classmethod
    def topic_positions(cls, topics: Collection[str]) -> dict[str, Position]:
        rows = Room.objects.filter(pk__in=[room_of(topic) for topic in topics]).values_list("pk", "epoch", "clock")
        return {broadcasts.room_topic(pk): Position(epoch, clock) for pk, epoch, clock in rows}

    @classmethod
    def read_states(cls, user_ids: Collection[int]) -> dict[int, InboxState]:
        newest = Notification.objects.filter(recipient__in=user_ids).values_list("recipient").annotate(Max("pk"))
        known = dict(newest)
        states = read_inboxes(list(User.objects.filter(pk__in=user_ids)))
        for user_id, state in states.items():
            state.newest_notification = known.get(user_id, 0)
        return states

    @classmethod
    def read_news(
        cls, topic: str, since: Position, states: Mapping[int, InboxState], looking: Collection[int]
    ) -> News | None:
        return read_room_news(room_of(topic), since, states, looking)

    @classmethod
    def read_unseen(cls, topic: str, since: Position, until: Position, states: Mapping[int, InboxState]) -> News | None:
        return read_unseen_news(room_of(topic), since, until, states)

    @classmethod
    def reread(cls, topic: str, states: Mapping[int, InboxState], clocks: Mapping[int, int]) -> News | None:
        return reread_room(room_of(topic), states, clocks)

    @classmethod
    def draw(cls, state: InboxState, before: InboxState | None, news: News | None, page: Page, first: bool) -> str:
        if news is None:
            return draw_whole(state, before, page, first)
        standing = state.standings[news.items.room_id]
        frame = draw_badge(standing) if state.user_id in news.items.counted else ""
        if state.user_id in news.items.lit:
            frame += draw_icon(*state.icon)
        if state.user_id in news.items.retold or wants_all(state, news.items):
            notified = news.items.notified.get(state.user_id)
            context = {
                "unread_notifications": state.told.unread,
                "toasts": list_toasts(state, news.items, page),
                "sound": state.sound and first and (notified or wants_all(state, news.items)),
            }
            frame += render_to_string("live/inbox_news.html", context)
        return frame

    @classmethod
    def draw_key(cls, state: InboxState, news: News, page: Page, first: bool) -> object:
        item, user_id = news.items, state.user_id
        standing = state.standings[item.room_id]
        counted, icon = user_id in item.counted, state.icon if user_id in item.lit else None
        # Counted down to nothing is not uncounted, though 0 == False.
        shown = (counted, counted and standing.unread, counted and standing.mentioned, icon)
        if user_id not in item.retold and state.toasts != EVERYTHING:
            return shown
        notified = tuple((told.message_id, told.kind) for told in item.notified.get(user_id, ()))
        manners = (state.toasts, state.sound and first, page.get("room") == str(item.room_id), standing.title)
        own = user_id if any(author == user_id for _, author in item.posted) else 0
        return *shown, state.told.unread, notified, manners, wants_all(state, item), own

    @classmethod
    def draw_moment(cls, state: InboxState, known: dict[int, bool] | None) -> tuple[str, dict[int, bool]]:
        online = {pk: line.online for pk, line in state.standings.items() if line.kind == DIRECT}
        moved = online if known is None else {pk: here for pk, here in online.items() if known.get(pk) != here}
        return "".join(draw_online(pk, here) for pk, here in moved.items()), online

    @classmethod
    def draw_own(cls, state: InboxState, page: Page) -> str:
        return draw_title(state, page)

    def farewell(self, refusal: Refusal) -> str:
        return super().farewell(refusal) + render_to_string("live/inbox_farewell.html", {"refusal": refusal})


def mark_partners(hub: Hub, changed: set[int]) -> None:
    """Let lists of rooms say who has come or gone, of those one has direct messages with."""
    desk = hub.desks.get(InboxFeed)
    if desk is not None:
        # A copy: the desk is filled from a thread.
        desk.touch(pk for pk, state in list(desk.states.items()) if not changed.isdisjoint(state.partners))


presence.changes.append(mark_partners)


def room_of(topic: str) -> int:
    return int(topic.rpartition(".")[2])


def draw_whole(state: InboxState, before: InboxState | None, page: Page, first: bool) -> str:
    toasts = list_missed(state, page) if before is None else list_new(state, before, page)
    context = {
        "inbox": state,
        "title": read_title(state, page),
        "unread_notifications": state.told.unread,
        "toasts": toasts,
        "sound": state.sound and first and toasts,
    }
    return render_to_string("live/inbox.html", context)


def read_title(state: InboxState, page: Page) -> str:
    """What the page is called, whatever is unread: its room's name, or what it says of itself."""
    room = page.get("room", "")
    if not room:
        return page.get("title", "")
    standing = state.standings.get(int(room)) if room.isdecimal() and len(room) < 19 else None
    return standing.title if standing else page.get("title", "")


def draw_title(state: InboxState, page: Page) -> str:
    title = read_title(state, page)
    if not title:
        return ""
    count = f"({state.total}) " if state.total else ""
    # Not as a <title>, which htmx would pass over in an answer over HTTP that is not swapped in itself.
    return f'<hx-partial hx-target="#title" hx-swap="innerHTML">{count}{escape_title(title)}</hx-partial>'


# The titles alone: with the counts in them, a large team would have more than are worth keeping.
escape_title = lru_cache(10_000)(escape)


def draw_badge(standing: Standing) -> str:
    badge = _draw_badge(standing.unread, standing.mentioned, get_language())
    return f'<hx-partial hx-target="#room-{standing.room_id}-badge" hx-swap="innerHTML">{badge}</hx-partial>'


def draw_online(room_id: int, online: bool) -> str:
    dot = _draw_online(online, get_language())
    return f'<hx-partial hx-target="#room-{room_id}-online" hx-swap="innerHTML">{dot}</hx-partial>'


@lru_cache(20)
def _draw_online(online: bool, language: str) -> str:
    return render_to_string("rooms/_online.html", {"present": online})


@lru_cache(1000)
def _draw_badge(unread: int, mentioned: int, language: str) -> str:
    return render_to_string("rooms/_badge.html", {"unread": unread, "mentioned": mentioned})


@lru_cache(4)
def draw_icon(unread: bool, mentioned: bool) -> str:
    return render_to_string("live/icon.html", {"unread": unread, "mentions": mentioned})
