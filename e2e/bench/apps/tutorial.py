"""The consumer of a Channels chat tutorial, written afresh from its idea: JSON, one group, `group_send`."""

import json
import os
from typing import Any

from channels.generic.websocket import AsyncWebsocketConsumer
from channels.routing import ProtocolTypeRouter, URLRouter
from django.conf import settings
from django.urls import path

# With redis-py's own time-out, which is as long as channels_redis waits for a message, quiet sockets are closed.
HOST = {"address": os.environ.get("BENCH_REDIS"), "socket_timeout": 60}
REDIS = {"BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": {"hosts": [HOST]}}
MEMORY = {"BACKEND": "channels.layers.InMemoryChannelLayer", "CONFIG": {"capacity": 1_000}}
settings.configure(CHANNEL_LAYERS={"default": REDIS if os.environ.get("BENCH_REDIS") else MEMORY})


class ChatConsumer(AsyncWebsocketConsumer):
    async def connect(self) -> None:
        await self.channel_layer.group_add("chat", self.channel_name)
        await self.accept()

    async def disconnect(self, code: int) -> None:
        await self.channel_layer.group_discard("chat", self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        message = json.loads(text_data or "{}")["message"]
        await self.channel_layer.group_send("chat", {"type": "chat.message", "message": message})

    async def chat_message(self, event: dict[str, Any]) -> None:
        await self.send(text_data=json.dumps({"message": event["message"]}))


chat: Any = ChatConsumer.as_asgi()
application = ProtocolTypeRouter({"websocket": URLRouter([path("chat/", chat)])})
