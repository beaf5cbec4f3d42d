from django.urls import include, path

from rooms.views import health

urlpatterns = [
    path("up", health.up, name="up"),
    path("", include("rooms.urls")),
]

handler400 = "rooms.views.errors.bad_request"
handler403 = "rooms.views.errors.forbidden"
handler404 = "rooms.views.errors.not_found"
handler500 = "rooms.views.errors.server_error"
