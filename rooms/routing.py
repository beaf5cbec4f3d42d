"""Which sockets there are. A path that is not here is refused like a room that is not there."""

from django.urls import path, re_path

from rooms.feeds import InboxFeed, RoomFeed
from rooms.live import routing
from rooms.live.consumer import LiveConsumer
from rooms.operations.feed import OperationsFeed

websocket_urlpatterns = [
    path("live/inbox/", LiveConsumer.as_asgi(feed_class=InboxFeed)),  # type: ignore[arg-type]
    path("live/operations/", LiveConsumer.as_asgi(feed_class=OperationsFeed)),  # type: ignore[arg-type]
    re_path(r"^live/rooms/(?P<room_id>[0-9]{1,18})/$", LiveConsumer.as_asgi(feed_class=RoomFeed)),  # type: ignore[arg-type]
    *routing.websocket_urlpatterns,
]
