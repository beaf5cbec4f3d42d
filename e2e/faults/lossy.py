"""Settings of an installation whose channel layer loses a share of the bells and says nothing: LOSS, from 0 to 1."""

import os
import random
from typing import Any

from channels_redis.pubsub import RedisPubSubChannelLayer

from project.settings import *  # noqa: F403 (what a settings module does)
from project.settings import CHANNEL_LAYERS

LOSS = float(os.environ["LOSS"])
CHANNEL_LAYERS["default"]["BACKEND"] = "e2e.faults.lossy.LossyLayer"


class LossyLayer(RedisPubSubChannelLayer):
    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        if random.random() >= LOSS:
            await self._get_layer().group_send(group, message)
