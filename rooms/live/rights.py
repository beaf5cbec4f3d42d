"""Who may not stay goes: listeners whose sessions or feeds are not theirs any more."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection
from typing import TYPE_CHECKING

from rooms.live.access import examine
from rooms.live.feed import Cohort, Refusal, render_cursor
from rooms.live.frames import Frame
from rooms.live.listener import Listener, State
from rooms.live.metrics import counters
from rooms.live.reading import draw_farewell
from rooms.live.transport import SERVICE_RESTART

if TYPE_CHECKING:
    from rooms.live.hub import Hub
    from rooms.live.watch import Watch

logger = logging.getLogger("rooms.live")

RIGHTS_RETRY_INTERVAL = 1.0
"""Seconds between attempts to look up someone's rights while the database is away."""


class Rights:
    """Looks after the rights of a hub's listeners, and lets those go that have none."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self.revocations = 0

    def refuse(self, listener: Listener, refusal: Refusal) -> None:
        """Say why and close: the last fragment takes the socket element away, so that the page does not come back."""
        if listener.state is not State.GONE:
            counters[f"refused_{refusal.name.lower()}"] += 1
            self._hub.leave(listener)
            listener.transport.clear()
            listener.transport.write(draw_farewell(listener.feed, refusal, listener.cohort), None)
            listener.transport.close(refusal.value)

    def judge(self, listener: Listener, verdict: Refusal | Cohort) -> None:
        """Send a page away for good, or to come back as one of another cohort.

        That is drawn anew: what it shows is in the language of the old one. So its cursor is taken from it.
        """
        if isinstance(verdict, Refusal):
            self.refuse(listener, verdict)
        elif listener.state is not State.GONE:
            self._hub.leave(listener)
            listener.transport.clear()
            listener.transport.write(Frame(render_cursor(listener.feed, "")), None)
            listener.transport.close(SERVICE_RESTART)

    async def dismiss(self, watch: Watch) -> None:
        """Somebody lost the right to follow: no frame of these ticks may reach them."""
        user_ids = {listener.user_id for listener in watch.listeners}
        allowed = await self._hub.run(watch.feed.allowed, user_ids)
        for listener in list(watch.listeners):
            if listener.user_id in user_ids - allowed:
                self.refuse(listener, Refusal.NOT_ALLOWED)

    def suspect(self, user_id: int, topic: str | None) -> None:
        """Somebody's rights may have changed: their pages get nothing more until the answer is in."""
        self.revocations += 1
        watches = self._hub.watches
        suspects = [watches[topic]] if topic in watches else [] if topic else watches.values()
        listeners = [listener for watch in suspects for listener in watch.listeners if listener.user_id == user_id]
        for listener in listeners:
            listener.suspicions += 1
            listener.suspicion = listener.suspicion or self._hub.loop.create_future()
            if listener.state is State.LIVE:
                listener.state = State.CATCHING_UP
        if listeners:
            self._hub.spawn(self._examine(listeners))

    async def _examine(self, listeners: Collection[Listener]) -> None:
        """Ask sessions and feeds again, close what may not stay, let the others go on where they were."""
        while True:
            try:
                verdicts = await self._hub.run(examine, listeners)
                break
            except Exception as error:
                # Nobody is trusted because the database is away.
                logger.warning("Could not look up the rights of user %s: %r", next(iter(listeners)).user_id, error)
                await asyncio.sleep(RIGHTS_RETRY_INTERVAL)
        for listener in listeners:
            listener.suspicions -= 1
            if verdict := verdicts.get(listener):
                self.judge(listener, verdict)
            elif listener.suspicions:
                continue  # Something else has come up since we asked.
            elif listener.state is State.CATCHING_UP and listener.position:
                counters["resync_rights"] += 1
                self._hub.resync(listener)
            if listener.suspicion:
                listener.suspicion.set_result(None)
                listener.suspicion = None
