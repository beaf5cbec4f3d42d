"""Include these once, anywhere: what every live page may ask for."""

from django.urls import path

from rooms.live.http import reconnecting

urlpatterns = [path("live/reconnecting/", reconnecting, name="live_reconnecting")]
