"""One socket's place in a feed."""

from __future__ import annotations

import asyncio
import enum
from collections.abc import Iterable
from typing import TYPE_CHECKING

from rooms.live.feed import Changes, Cohort, Feed, Position
from rooms.live.frames import Frame
from rooms.live.metrics import counters
from rooms.live.transport import Transport

if TYPE_CHECKING:
    from rooms.live.hub import Hub


class State(enum.Enum):
    WAITING = "registered, has not said where its page is"
    CATCHING_UP = "a read of what it lacks is under way; it takes no frames until that is done"
    BEHIND = "its outbox was dropped; it catches up when what was leaving has left"
    LIVE = "takes every frame"
    GONE = "closed"


class Listener:
    """A page that follows a feed: who looks, in which cohort, up to where, over which transport."""

    __slots__ = (
        "catching_up",
        "cohort",
        "feed",
        "hub",
        "looking",
        "page",
        "position",
        "session_key",
        "state",
        "suspicion",
        "suspicions",
        "transport",
        "user_id",
    )

    def __init__(self, feed: Feed, user_id: int, session_key: str, cohort: Cohort) -> None:
        self.feed = feed
        self.user_id = user_id
        self.session_key = session_key
        self.cohort = cohort
        self.state = State.WAITING
        self.position: Position | None = None
        self.looking = True
        """Whether the page shows what is new, not a place in the past."""
        self.page: dict[str, str] = {}
        """What the page said of itself: the other fields of its sync."""
        self.catching_up = asyncio.Lock()
        self.suspicion: asyncio.Future[None] | None = None
        self.suspicions = 0
        self.transport: Transport
        self.hub: Hub

    def offer(self, changes: Changes, frame: Frame, rewound: bool = False) -> bool:
        """Take a frame that carries `changes`, unless the page has it; ask for what is missing where there is a gap.

        Returns whether it was written.
        `rewound`: the feed is not ahead of where it was, but elsewhere. What the page has is not of this world.
        """
        if self.state is not State.LIVE or self.position is None:
            return False
        same_epoch = self.position.epoch == changes.position.epoch
        if same_epoch and self.position.clock >= changes.position.clock and not rewound:
            return False
        if not changes.reset and (not same_epoch or self.position.clock < changes.since):
            counters["resync_gap"] += 1
            self.hub.resync(self)
        elif self.transport.congested:
            self.fall_behind()
        else:
            self.write(frame, changes.position)
            return True
        return False

    def write(self, frame: Frame, position: Position | None = None) -> None:
        self.transport.write(frame, position)
        self.position = position or self.position

    def fall_behind(self) -> None:
        """Drop what is in line for a page that does not keep up; it catches up when it reads again."""
        counters["outbox_dropped"] += 1
        self.transport.clear()
        self.position = self.transport.last
        self.state = State.BEHIND

    def close(self, code: int) -> None:
        """Send the page away, without what has not left yet. Whether it comes back is up to `code`."""
        if self.state is not State.GONE:
            self.hub.leave(self)
            self.transport.clear()
            self.transport.close(code)

    def drained(self) -> None:
        if self.state is State.BEHIND:
            counters["resync_slow"] += 1
            self.position = self.transport.last
            self.hub.resync(self)


def offer_all(
    listeners: Iterable[Listener], before: Position | None, changes: Changes, frame: Frame, rewound: bool
) -> int:
    """Offer a frame to many; return how many took it. `before`: the very object that is the position of most."""
    position, taken = changes.position, 0
    for listener in listeners:
        transport = listener.transport
        # For those who stand where the watch stood nothing else has to be compared.
        if listener.position is before and listener.state is State.LIVE and not transport.congested:
            transport.write(frame, position)
            listener.position = position
            taken += 1
        else:
            taken += listener.offer(changes, frame, rewound)
    return taken
