"""The application that the server runs: pages over HTTP, live feeds over WebSockets."""

import os
from typing import Any

from channels.routing import ProtocolTypeRouter, URLRouter
from django.conf import settings
from django.urls import re_path

from project.handler import get_pages
from project.sqlite.anchor import put_logs_away

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
pages = get_pages()

from rooms.live.lifespan import companions, endings, lifespan  # noqa: E402
from rooms.live.limits import SocketLimits  # noqa: E402
from rooms.live.origin import OriginGuard  # noqa: E402
from rooms.operations.sampler import sample  # noqa: E402
from rooms.outside.companion import work  # noqa: E402
from rooms.routing import websocket_urlpatterns  # noqa: E402 (consumers need the apps that the line above loads)
from rooms.search.companion import fill_index  # noqa: E402


async def refuse_socket(scope: Any, receive: Any, send: Any) -> None:
    """Answer a handshake for an unknown path with 403, where Channels would raise and log a traceback."""
    await send({"type": "websocket.close"})


refuse: Any = refuse_socket  # Django knows the routes of views only
routes: list[Any] = [*websocket_urlpatterns, re_path(r"", refuse)]
sockets = OriginGuard(SocketLimits(URLRouter(routes)))
companions.append(sample)
endings.append(put_logs_away)
if settings.WORKER == "embedded":
    companions.extend([work, fill_index])
application = ProtocolTypeRouter({"http": pages, "websocket": sockets, "lifespan": lifespan})
