from django.urls import include, path

from rooms.views import health

urlpatterns = [
    path("up", health.up, name="up"),
    path("", include("rooms.urls")),
]
