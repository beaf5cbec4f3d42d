"""Bells: content-free notices that a feed has moved, or that someone's rights have.

A bell is at most once. Losing one costs latency, never a message: the hub's sweep compares positions anyway.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import batched
from typing import TYPE_CHECKING

from asgiref.sync import async_to_sync
from channels.layers import InMemoryChannelLayer, get_channel_layer

from rooms.live import failpoints
from rooms.live.metrics import counters
from rooms.live.peal import Message, on_commit

if TYPE_CHECKING:
    from rooms.live.hub import Hub

logger = logging.getLogger("rooms.live")

LAYER_TIMEOUT = 1.0
"""Seconds that any call of the channel layer may take."""

COMPLAINT_INTERVAL = 10.0
"""Seconds between two lines in the log about bells that do not go out. `counters` has each."""

complained_at = -math.inf

PAUSE = 5.0
"""Seconds that a process without a hub, which has to wait for its bells, leaves a channel layer alone that hung."""

hung_at = -math.inf

BELLS_IN_PEAL = 500

EVERYONE = "live.everyone"
"""The group in which every hub listens for revocations."""

hubs: set[Hub] = set()
"""The hubs that run in this process: one for each event loop that serves sockets."""

eavesdroppers: list[list[Message]] = []
"""Where tests collect what goes out."""

muted: ContextVar[frozenset[str]] = ContextVar("muted", default=frozenset())
"""The types of messages that do not go out from here."""


@contextmanager
def mute(*kinds: str) -> Iterator[None]:
    token = muted.set(muted.get() | {*kinds})
    try:
        yield
    finally:
        muted.reset(token)


@contextmanager
def without_bells() -> Iterator[None]:
    """Ring nothing inside this block, as for a bulk import; a context manager and a decorator.

    Nothing rings afterwards either: the sweep of each server finds what has moved with one query, however much it is,
    and open pages have it within three seconds (for an import in many transactions: while it runs, too, at most one
    frame in each sweep). `revoke` still works. Blocks can be nested; threads that are started inside are outside of
    the block, asyncio tasks and `sync_to_async` are in it.
    """
    with mute("bell"):
        yield


def ring(topic: str, clock: int, using: str | None = None, group: str = "", about: str = "") -> None:
    """Tell every hub that a feed has reached `clock` (ticks), once the running transaction commits.

    Call it from the verb that made the change, inside its transaction; outside of one it rings at once. However often
    a topic is rung in one transaction, one bell goes out, with the highest clock; what a savepoint takes back does not
    ring. `using` is the alias of the database that the transaction is in. `group` is that of a PersonalFeed: all of a
    transaction's bells for it go out as one message. `about` is the shared topic that alone reads differently to the
    person whose topic it is: then only that is read.

    Never raises on account of the channel layer.
    """
    more = {name: value for name, value in (("group", group), ("about", about)) if value}
    _announce({"type": "bell", "topic": topic, "clock": clock} | more, using)


def revoke(user_id: int, topic: str | None = None, using: str | None = None) -> None:
    """Have a person's open pages (of one topic, or all) checked at once, when the running transaction commits.

    The bell carries no verdict: each hub asks session and feed again and closes what may not stay. Never raises on
    account of the channel layer.
    """
    _announce({"type": "revoke", "user": user_id, "topic": topic}, using)


def reconsider(user_id: int, using: str | None = None) -> None:
    """Have every server look again whether a person may be shown as present, when the running transaction commits."""
    _announce({"type": "presence", "topic": None, "user": user_id}, using)


def _announce(message: Message, using: str | None) -> None:
    failpoints.reach("before_commit")
    if message["type"] not in muted.get():
        on_commit(message, send, using)


def send(messages: list[Message]) -> None:
    """Send what is committed to every hub, in this process and through the channel layer."""
    failpoints.reach("after_commit")
    for heard in eavesdroppers:
        heard.extend(messages)
    try:
        _spread([{**message, "at": time.time()} for message in messages])
    except Exception as error:
        # The change is committed: whoever made it must not be told that it failed.
        lose(len(messages), error)
    failpoints.reach("after_bell")


def _spread(messages: list[Message]) -> None:
    local = list(hubs)
    for hub in local:
        for message in messages:
            hub.call_soon(hub.hear, message)
    # From the hub's own long-lived loop: a loop per call would leave a dead Redis connection behind each time.
    if local:
        local[0].call_soon(publish, messages)
    elif time.monotonic() - hung_at < PAUSE:
        lose(len(messages), TimeoutError("the channel layer hung a moment ago"))
    else:
        # A management command or a worker: nobody here listens, the servers do.
        async_to_sync(publish)(messages)


async def publish(messages: list[Message]) -> None:
    """Send bells through the channel layer, if there is one, or count those that could not be sent."""
    global hung_at
    counters["bell_rung"] += len(messages)
    layer = get_channel_layer()
    if layer is None or isinstance(layer, InMemoryChannelLayer):
        return  # It reaches this process only, where every hub has heard already.
    parcels = list(pack(messages))
    for done, (group, message) in enumerate(parcels):
        try:
            async with asyncio.timeout(LAYER_TIMEOUT):
                await layer.group_send(group, message)
        except Exception as error:
            # Whatever a broker's client raises, the change is committed and the sweep will deliver it. One that hangs
            # is not waited for once for each bell.
            lost = len(parcels) - done if isinstance(error, TimeoutError) else 1
            lose(lost, error)
            if isinstance(error, TimeoutError):
                hung_at = time.monotonic()
                return


def pack(messages: list[Message]) -> Iterator[tuple[str, Message]]:
    """What goes to which group of the channel layer. Bells of one group, for many people, go as one message."""
    groups: dict[tuple[str, str], list[Message]] = {}
    for message in messages:
        if message["type"] != "bell":
            yield EVERYONE, message
        elif not message.get("group"):
            yield message["topic"], message
        else:
            groups.setdefault((message["group"], message.get("about", "")), []).append(message)
    for (group, about), bells in groups.items():
        for some in batched(bells, BELLS_IN_PEAL):
            clocks = {bell["topic"]: bell["clock"] for bell in some}
            yield group, {"type": "peal", "clocks": clocks, "about": about, "at": some[0].get("at")}


def unpack(peal: Message) -> Iterator[Message]:
    """The bells of a message for many people."""
    for topic, clock in peal["clocks"].items():
        yield {"type": "bell", "topic": topic, "clock": clock, "about": peal["about"], "at": peal["at"]}


def lose(count: int, error: Exception) -> None:
    """Count bells that do not go out, and say so if that was not said just now: without a broker it is all of them."""
    global complained_at
    counters["bell_lost"] += count
    if time.monotonic() - complained_at >= COMPLAINT_INTERVAL:
        complained_at = time.monotonic()
        logger.warning("Bells do not go out, the sweep delivers what they would have told: %r", error)
