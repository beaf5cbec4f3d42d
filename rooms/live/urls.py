"""Include these once, anywhere: what every live page may ask for."""

from django.urls import path, re_path

from rooms.live.http import changes, reconnecting
from rooms.live.registry import ID, NAME

urlpatterns = [
    path("live/reconnecting/", reconnecting, name="live_reconnecting"),
    re_path(rf"^live/(?P<name>{NAME})/(?P<id>{ID})/changes/$", changes, name="live_changes"),
]
