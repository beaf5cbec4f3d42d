"""What a page can follow, and the values that pass between a feed and the hub."""

from __future__ import annotations

import enum
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple, Self

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.template.loader import render_to_string
from django.utils import timezone, translation

from rooms.live.frames import Frame

# Channels allows only these in a group name, and fewer than 100 of them.
TOPIC = re.compile(r"[A-Za-z0-9._-]{1,99}")
CURSOR = re.compile(r"([A-Za-z0-9]{1,32})\.([0-9]{1,18})")


class Position(NamedTuple):
    """Where a feed or a page is: `clock` ticks within `epoch`. Clocks of different epochs do not compare."""

    epoch: str
    clock: int

    def __str__(self) -> str:
        return f"{self.epoch}.{self.clock}"

    @classmethod
    def parse(cls, cursor: object) -> Position | None:
        """Read a cursor as a page sends it; None when it is not one."""
        match = CURSOR.fullmatch(cursor) if isinstance(cursor, str) else None
        return cls(match[1], int(match[2])) if match else None


class Cohort(NamedTuple):
    """The people for whom a fragment reads the same: a language code and an IANA time zone name."""

    language: str
    time_zone: str

    @classmethod
    def of(cls, user: object) -> Cohort:
        """The cohort of a user object, by its `language` and `time_zone` attributes where it has them."""
        return cls(
            getattr(user, "language", None) or settings.LANGUAGE_CODE,
            getattr(user, "time_zone", None) or settings.TIME_ZONE,
        )

    @classmethod
    def current(cls) -> Cohort:
        """The cohort that the running request is rendered for."""
        return cls(translation.get_language() or settings.LANGUAGE_CODE, timezone.get_current_timezone_name())

    @contextmanager
    def active(self) -> Iterator[None]:
        """Let what is rendered inside the block read as these people read it."""
        with translation.override(self.language), timezone.override(self.time_zone):
            yield


@dataclass(frozen=True)
class Changes:
    """What happened in a feed after a tick, up to `position`.

    `items` is the feed's own: whatever its `render` understands. `reset` says that items are not the changes but
    all that the page should show. `access` says that somebody lost the right to follow the feed in these ticks.
    """

    since: int
    position: Position
    items: Sequence[Any] = field(default_factory=list)
    reset: bool = False
    access: bool = False


class Refusal(enum.Enum):
    """Why a page may not follow a feed; the value is the WebSocket close code, on which htmx stays away."""

    SIGNED_OUT = 4401
    NOT_ALLOWED = 4403


class Feed:
    """Something a page can follow. Subclass it, name it, and say how changes are read and drawn.

    Every method but `topic` runs in one of the hub's threads and may use the ORM. A feed is identified by `name` and
    `id` alone, so it can be made from a URL before anything is read.
    """

    name: ClassVar[str]
    limit: ClassVar[int] = 300
    """More changes than this are answered with a reset."""
    pauses_in_background: ClassVar[bool] = False
    """Whether a hidden tab lets go of its socket and resyncs when it is seen again."""
    momentary: ClassVar[Collection[str]] = ()
    """Kinds of signals that mean nothing any more when they had to wait for the line: see `signal`."""
    helpers: ClassVar[str] = ""
    """A template of what else stands inside the socket element, such as forms that send signals."""
    shows_presence: ClassVar[bool] = False
    """Whether its pages are told who else has one open, see `draw_presence`."""
    sync_include: ClassVar[str] = ""
    """A selector of further fields that its pages send along when they sync: what they say of themselves."""
    announces_absence: ClassVar[bool] = True
    """Whether its pages say that they have lost their line. One note on a page is enough."""
    settle: ClassVar[float] = 0.0
    """Seconds of quiet after which a burst of changes is read, once; at the latest after ten times as many."""

    def __init__(self, id: int | str) -> None:
        self.id = id

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.topic}>"

    @property
    def topic(self) -> str:
        """The feed's name on the channel layer: letters, digits, `.`, `-`, `_`, fewer than 100 characters."""
        return f"{self.name}.{self.id}"

    @property
    def element_id(self) -> str:
        """The id of the feed's socket element in the page."""
        return f"live-{self.name}-{self.id}"

    @classmethod
    def for_user(cls, user: Any, **url: Any) -> Self:
        """The feed that a URL names. Must not look anything up: what does not exist is refused by `allowed`."""
        return cls(**url)

    def socket_url(self) -> str:
        """The path of the feed's WebSocket; that of registered feeds, unless overridden."""
        return f"/live/{self.name}/{self.id}/"

    def changes_url(self) -> str:
        """The path that answers the feed's changes over HTTP; empty when the page has no such fallback."""
        return ""

    def allowed(self, user_ids: Collection[int]) -> set[int]:
        """Which of these people may follow the feed. One query, whatever their number."""
        raise NotImplementedError

    def position(self) -> Position:
        """Where the feed is now."""
        raise NotImplementedError

    @classmethod
    def positions(cls, feeds: Sequence[Self]) -> dict[str, Position]:
        """Where several feeds are, by topic, for the sweep. Override it with one query; gone feeds may be absent."""
        positions = {}
        for feed in feeds:
            with suppress(ObjectDoesNotExist):
                positions[feed.topic] = feed.position()
        return positions

    def changes(self, since: int, now: Position) -> Changes | None:
        """What changed after a tick, or None when that is too much or cannot be told: the answer is a reset.

        `now` is where the feed was just before the call. Do not leave changes after `now` out of the items: one that
        moved there may have been due already. The result's position is `now`, or later only if read with the items.
        """
        raise NotImplementedError

    def snapshot(self) -> Changes:
        """All that the page should show, with `reset` set. Read the position first, then the data."""
        raise NotImplementedError

    def render(self, changes: Changes) -> str:
        """Changes as HTML, in the active language and time zone. For everybody: no viewer's rights or marks in it."""
        raise NotImplementedError

    def shows_present(self, page: Mapping[str, str]) -> bool:
        """Whether a page that says this of itself shows what is new, so that whoever has it open has seen it."""
        return True

    def seen(self, user_ids: Collection[int], clock: int) -> None:
        """These people have an open, visible page of the feed that shows everything up to `clock`."""

    def draw_presence(self, people: Mapping[int, str]) -> str:
        """The fragment that says who is here, in the active language, for everybody: the same where they look alike.

        `people` are the names of those who may be shown, by id, in the order of these.
        """
        raise NotImplementedError

    def overheard(self, kind: str, subjects: Mapping[int | str, float]) -> str:
        """What pages show of the whispers of one kind, in the active language: of whom, and for how many seconds yet.

        For everybody, so without whom not everybody may hear of. With no subjects: what takes all of it away.
        """
        raise NotImplementedError

    def silenced(self, changes: Changes) -> Iterable[tuple[str, int | str]]:
        """Whispers (kinds, subjects) that these changes put an end to. Called in the event loop: reads nothing."""
        return ()

    def farewell(self, refusal: Refusal) -> str:
        """The last fragment a page gets when it may not follow the feed any more."""
        return render_to_string("live/farewell.html", {"feed": self, "refusal": refusal})

    def signal(self, user: Any, kind: str, values: dict[str, Any]) -> str | None:
        """A small message that a page sent up the socket; what to answer, if anything: HTML in the active language."""
        return None


def earlier(cursor: object, position: Position | None) -> str:
    """The cursor from which to read for a page that asks from `cursor` and was sent everything up to `position`.

    It may ask from an older place: a page of history was read there. Never from a newer one, as what lies between has
    not been sent to it. Where the two do not compare, the answer is no cursor, which is read as a reset.
    """
    asked = Position.parse(cursor)
    if asked is None or position is None or asked.epoch != position.epoch:
        return ""
    return str(min(asked, position))


def catch_up(feed: Feed, cursor: object) -> Changes:
    """What a page at `cursor` lacks: the changes since, or a reset where those would leave a hole.

    A cursor of another epoch, ahead of the clock (a restored backup), malformed or too old is answered with a reset.
    """
    page = Position.parse(cursor)
    now = feed.position()
    if page is None or page.epoch != now.epoch or page.clock > now.clock:
        return feed.snapshot()
    if page.clock == now.clock:
        return Changes(since=page.clock, position=now)
    return feed.changes(page.clock, now) or feed.snapshot()


def render_for(feed: Feed, changes: Changes, cohorts: Iterable[Cohort]) -> dict[Cohort, Frame]:
    """The frame for each cohort: the feed's fragments and the new cursor."""
    frames = {}
    for cohort in cohorts:
        with cohort.active():
            fragments = feed.render(changes) if changes.items or changes.reset else ""
            frames[cohort] = Frame(render_cursor(feed, changes.position) + fragments)
    return frames


def render_cursor(feed: Feed, position: Position | str) -> str:
    """The page's place in the feed, as an out-of-band element; an empty one is read as a reset.

    Begins with `<`: htmx obeys frames that are JSON.
    """
    return f'<input type="hidden" name="cursor" id="{feed.element_id}-cursor" value="{position}" hx-swap-oob="true">'
