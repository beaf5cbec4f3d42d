"""An application that says everything twice, for the Autobahn cases. `/shared` answers text as the hub does."""

from typing import Any

from rooms.live.frames import Frame
from rooms.live.protocol import EXTENSION


async def echo(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        text, data = message.get("text"), message.get("bytes")
        if text is not None and scope["path"] == "/shared":
            scope["extensions"][EXTENSION].write(Frame(text))
        else:
            await send({"type": "websocket.send", "text": text, "bytes": data})
