"""The sockets of registered feeds: put these behind your own."""

from django.urls import re_path

from rooms.live.consumer import LiveConsumer
from rooms.live.registry import ID, NAME, RegisteredFeed

websocket_urlpatterns = [
    re_path(rf"^live/(?P<name>{NAME})/(?P<id>{ID})/$", LiveConsumer.as_asgi(feed_class=RegisteredFeed)),  # type: ignore[arg-type]
]
