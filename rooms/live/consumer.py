"""The socket: who is there, which feed, where is the page. What happens afterwards is the hub's."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from typing import Any

from channels.consumer import AsyncConsumer

from rooms.live.access import find_cohort, read_session_key
from rooms.live.feed import Feed, Refusal
from rooms.live.frames import Frame
from rooms.live.hub import Hub
from rooms.live.limits import TOO_MANY_REQUESTS, UNAVAILABLE, USER, Places, refuse
from rooms.live.listener import Listener, State
from rooms.live.metrics import counters
from rooms.live.personal import read_page
from rooms.live.transport import SEND_DEADLINE, SERVICE_RESTART, AsgiTransport, SharedTransport, Transport

logger = logging.getLogger("rooms.live")

FRAME_LIMIT = 64 * 1024
"""Bytes of one frame from a page."""
FRAMES_AT_ONCE = 120
FRAMES_PER_SECOND = 2.0
BAD_FRAMES = 5
CONGESTION_INTERVAL = 0.1
"""Seconds between looks at whether a page reads again that asks for something."""

POLICY_VIOLATION = 1008
TOO_BIG = 1009


class LiveConsumer(AsyncConsumer):
    """Serves one feed to one page: `LiveConsumer.as_asgi(feed_class=RoomFeed)`, behind an OriginGuard."""

    def __init__(self, feed_class: type[Feed]) -> None:
        self.feed_class = feed_class

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.listener: Listener | None = None
        self.places = Places()
        self.allowance, self.refilled_at, self.bad_frames = float(FRAMES_AT_ONCE), time.monotonic(), 0
        # Channels' own loop keeps two tasks for each socket, and hops to a thread for each message, to close database
        # connections that this consumer never opens there.
        self.scope, self.base_send = scope, send
        try:
            while (message := await receive())["type"] != "websocket.disconnect":
                await self.dispatch(message)
        except OSError:
            pass  # The peer left while it was being answered.
        finally:
            if self.listener:
                self.listener.hub.leave(self.listener)
                self.listener.transport.stop()
            self.places.close()

    async def dispatch(self, message: dict[str, Any]) -> None:
        if message["type"] == "websocket.connect":
            await self.websocket_connect()
        else:
            await self.websocket_receive(message)

    async def websocket_connect(self) -> None:
        hub = Hub.current()
        session_key = read_session_key(self.scope)
        try:
            refusal = await self._look_up(hub, session_key)
        except Exception as error:
            counters["refused_unavailable"] += 1
            logger.warning("Could not look up who opens a socket: %r", error)
            return await refuse(self.scope, self.send, UNAVAILABLE)
        if self.user is not None and not USER.take(self.user.pk, self.places):
            return await refuse(self.scope, self.send, TOO_MANY_REQUESTS)
        cohort = find_cohort(self.user, self.scope)
        # Who may not follow is told over an open socket: a refused handshake reads 1006 in a browser, and the page
        # would knock for ever.
        await self.send({"type": "websocket.accept"})
        if self.revocations != hub.rights.revocations:
            # A bell rang while the server took its time: the page comes again in a moment, and is looked up anew.
            return await self.send({"type": "websocket.close", "code": SERVICE_RESTART})
        listener = Listener(self.feed, getattr(self.user, "pk", 0), session_key, cohort)
        listener.transport = self._make_transport(listener)
        hub.join(listener)
        self.listener = listener
        if refusal:
            hub.rights.refuse(listener, refusal)

    async def websocket_receive(self, message: dict[str, Any]) -> None:
        if self.listener is None or self.listener.state is State.GONE:
            return
        text = message.get("text")
        if not self._may_speak():
            return self._close(POLICY_VIOLATION, "sends too many frames")
        if len(text or message.get("bytes") or "") > FRAME_LIMIT:
            return self._close(TOO_BIG, "sent a frame that is too large")
        values = parse(text)
        if values is None:
            return self._note_bad_frame()
        try:
            if await self._reads(self.listener):
                await self._act(self.listener, values)
        except Exception as error:
            self.listener.hub.let_go(self.listener, error)

    async def _look_up(self, hub: Hub, session_key: str) -> Refusal | None:
        url = self.scope.get("url_route", {}).get("kwargs", {})
        while True:
            self.revocations = hub.rights.revocations
            self.user, self.feed, refusal = await hub.look_up(self.feed_class, session_key, url)
            # A bell that rings while we look, and before the hub knows of this listener, would pass it by.
            if self.revocations == hub.rights.revocations:
                return refusal

    def _make_transport(self, listener: Listener) -> Transport:
        writer = (self.scope.get("extensions") or {}).get("live.frames")
        if writer is None:
            return AsgiTransport(self.send, listener.drained)
        return SharedTransport(writer, self.send, listener.drained)

    async def _reads(self, listener: Listener) -> bool:
        """Wait until a page has taken what it was sent: answers would pile up without a limit. False: it is gone."""
        async with asyncio.timeout(SEND_DEADLINE):
            while listener.transport.congested and listener.state is not State.GONE:
                await asyncio.sleep(CONGESTION_INTERVAL)
        return listener.state is not State.GONE

    async def _act(self, listener: Listener, values: dict[str, Any]) -> None:
        hub, kind = listener.hub, values.get("type")
        if kind == "sync":
            listener.page = read_page(values)
            listener.looking = listener.feed.shows_present(listener.page)
            await hub.sync(listener, values.get("cursor"))
        elif isinstance(kind, str) and not (listener.state is State.WAITING and kind in self.feed.momentary):
            answer = await hub.run(self._answer, listener, kind, values)
            if answer and listener.state is not State.GONE:
                listener.write(Frame(answer))

    def _answer(self, listener: Listener, kind: str, values: dict[str, Any]) -> str | None:
        with listener.cohort.active():
            return self.feed.signal(self.user, kind, values)

    def _may_speak(self) -> bool:
        """A bucket of FRAMES_AT_ONCE frames that refills by FRAMES_PER_SECOND."""
        now = time.monotonic()
        earned = (now - self.refilled_at) * FRAMES_PER_SECOND
        self.allowance, self.refilled_at = min(FRAMES_AT_ONCE, self.allowance + earned) - 1, now
        return self.allowance >= 0

    def _note_bad_frame(self) -> None:
        self.bad_frames += 1
        counters["bad_frame"] += 1
        if self.bad_frames == 1:
            logger.warning("A page of user %s sent a frame that is not a JSON object", self._who)
        if self.bad_frames >= BAD_FRAMES:
            self._close(POLICY_VIOLATION)

    def _close(self, code: int, why: str = "") -> None:
        """Close for cause. `why` is for the log, which has one line for each such socket."""
        if self.listener is None:
            return
        if why:
            logger.warning("Closed a page of user %s: it %s", self._who, why)
        self.listener.close(code)

    @property
    def _who(self) -> object:
        return self.listener.user_id if self.listener else None


def parse(text: str | None) -> dict[str, Any] | None:
    """A page's frame as a dict; None for anything else (binary, broken, too deep, numbers beyond reason).

    Halves of surrogate pairs, which JSON can write and which nobody can be sent, become question marks.
    """
    try:
        values = json.loads(text or "")
        if "\\u" in (text or ""):
            values = json.loads(json.dumps(values, ensure_ascii=False).encode(errors="replace"))
    except (ValueError, RecursionError):
        return None
    return values if isinstance(values, dict) else None
