"""What can happen while a socket is being opened."""

from __future__ import annotations

from typing import Any

import pytest

from rooms.feeds import InboxFeed
from rooms.live.consumer import LiveConsumer
from rooms.live.hub import Hub


async def test_someone_who_leaves_during_the_handshake_leaves_nothing_behind(
    hub: Hub, caplog: pytest.LogCaptureFixture
) -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: dict[str, Any]) -> None:
        raise OSError("the peer has gone")

    consumer: Any = LiveConsumer.as_asgi(feed_class=InboxFeed)
    await consumer({"type": "websocket", "path": "/live/inbox/", "headers": []}, receive, send)

    assert hub.watches == {}
    assert caplog.messages == []
