"""The application that the server runs: pages over HTTP, live feeds over WebSockets."""

import os

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
pages = get_asgi_application()

from rooms.routing import websocket_urlpatterns  # noqa: E402 (consumers need the apps that the line above loads)

application = ProtocolTypeRouter({"http": pages, "websocket": URLRouter(websocket_urlpatterns)})
