"""Feeds that read differently to each person: their list of rooms, their tasks, their notifications.

An ordinary feed is drawn once for everybody. Of a personal one each person has a *state*, which is read for all people
of a process in a few queries, and which follows *shared* topics besides its own: when one of those rings, what is new
there is read once, applied to every state that follows it, and each page is written its own small frame.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from rooms.live.feed import Changes, Feed, Position
from rooms.live.watch import Watch

if TYPE_CHECKING:
    from rooms.live.desk import Desk

Page = Mapping[str, str]
"""What a page said of itself when it synced: the hidden fields beside its cursor. Anybody can write anything there."""


FIELDS = 8
FIELD_LIMIT = 200
"""Characters of one thing that a page says of itself."""


def read_page(values: Mapping[str, Any]) -> dict[str, str]:
    """What a page says of itself when it syncs: a few short texts."""
    fields = [(name, value) for name, value in values.items() if isinstance(value, str) and len(value) <= FIELD_LIMIT]
    return dict(fields[:FIELDS])


class State(Protocol):
    """What one person's pages of a feed show."""

    @property
    def position(self) -> Position:
        """Where the person's own part of the feed was when this was read."""
        raise NotImplementedError

    @property
    def topics(self) -> Mapping[str, Position]:
        """The shared topics it depends on, and where each was when this was read."""
        raise NotImplementedError

    @property
    def cursor(self) -> Position:
        """A digest of all of it: pages that show the same have the same, whoever drew them."""
        raise NotImplementedError


@dataclass(frozen=True)
class News:
    """What happened in one shared topic, applied to the states already."""

    position: Position
    """Up to where the topic is read now."""
    cursor: Position
    """What the pages that are told of it get for a cursor."""
    told: Collection[int] = ()
    """The people whose pages have to change."""
    items: Any = None
    """The feed's own: whatever its `draw` understands."""


class PersonalFeed[S: State](Feed):
    """A feed with a state for each person; its `id` is the person's. Only they may follow it."""

    group: ClassVar[str]
    """The one channel-layer group for the topics of all people: pass it to `ring`."""

    announces_absence: ClassVar[bool] = False

    def __init__(self, id: int | str) -> None:
        super().__init__(id)
        self.page: Page = {}
        """What the page says of itself that asks over HTTP."""

    @property
    def element_id(self) -> str:
        """The same for everybody, or no frame could be shared."""
        return f"live-{self.name}"

    @classmethod
    def for_user(cls, user: Any, **url: Any) -> PersonalFeed[S]:
        return cls(getattr(user, "pk", 0) or 0)

    def allowed(self, user_ids: Collection[int]) -> set[int]:
        return {user_id for user_id in user_ids if user_id == self.id}

    @classmethod
    def read_states(cls, user_ids: Collection[int]) -> dict[int, S]:
        """The states of these people, in a number of queries that does not depend on theirs."""
        raise NotImplementedError

    @classmethod
    def topic_positions(cls, topics: Collection[str]) -> dict[str, Position]:
        """Where shared topics are, in one query."""
        raise NotImplementedError

    @classmethod
    def read_news(cls, topic: str, since: Position, states: Mapping[int, S], looking: Collection[int]) -> News | None:
        """Read what happened in a shared topic and apply it to the states that follow it, by person.

        None when that cannot be told: all of them are read anew. `looking` are those who have the topic itself open.
        """
        raise NotImplementedError

    @classmethod
    def read_unseen(cls, topic: str, since: Position, until: Position, states: Mapping[int, S]) -> News | None:
        """What came between these positions, for those of these people who have not seen it, as they were thought to.

        They were among those who look, in another process, when it was read. None: all of them are read anew.
        """
        return None

    @classmethod
    def reread(cls, topic: str, states: Mapping[int, S], clocks: Mapping[int, int]) -> News | None:
        """Read a shared topic anew for these people, to whom it alone reads differently up to these clocks of theirs.

        None when that cannot be done: all of theirs is read.
        """
        return None

    @classmethod
    def draw(cls, state: S, before: S | None, news: News | None, page: Page, first: bool) -> str:
        """Fragments for one page, in the active language; the cursor is put before them.

        With `news` what they changed. Otherwise all that the page should show, for a state that is another than
        `before`; where that is None the page has just come, with what it had for a cursor in `page["cursor"]`.
        `first` is true for one of a person's pages only, in all processes: what makes a noise goes to that one.
        """
        raise NotImplementedError

    @classmethod
    def draw_key(cls, state: S, news: News, page: Page, first: bool) -> object:
        """All that what is drawn of news depends on, but for language and time zone: pages of one key are drawn once.

        None where that is more than is worth comparing.
        """
        return None

    @classmethod
    def draw_moment(cls, state: S, known: Any) -> tuple[str, Any]:
        """What no clock tells of, as who is online, where it is not as `known` says; and what to know from then on.

        `known` is None for a page that has just come: all of it. The rest is drawn when `Desk.touch` is called.
        """
        return "", None

    @classmethod
    def draw_own(cls, state: S, page: Page) -> str:
        """What of news is drawn for each page in any case, and sent just before the rest: short, without a template.

        A frame of its own, so that what reads the same for many stays the same bytes.
        """
        return ""

    def position(self) -> Position:
        """What a page has for a cursor that is drawn now."""
        return self.snapshot().position

    def snapshot(self) -> Changes:
        state = self.read_states([int(self.id)])[int(self.id)]
        return Changes(0, state.cursor, [state], reset=True)

    def changes(self, since: int, now: Position) -> Changes | None:
        return None

    def render(self, changes: Changes) -> str:
        return self.draw(changes.items[0], None, None, self.page, False)


class PersonalWatch(Watch):
    """One person's feed, as this process follows it: the desk reads it, together with those of others."""

    def __init__(self, feed: Feed, desk: Desk) -> None:
        super().__init__(feed)
        self.desk = desk
        desk.watches[int(feed.id)] = self

    def hear(self, clock: int, at: float | None = None, about: str = "") -> None:
        self.desk.hear_of(int(self.feed.id), clock, at, about)

    def compare(self, actual: Position) -> bool:
        if self.position is None or actual == self.position:
            return False
        self.desk.read_anew([int(self.feed.id)])
        return True
