from django.urls import include, path

from rooms.views import checkup, health, icons, metrics

urlpatterns = [
    path("up", health.up, name="up"),
    path("up/seen", checkup.checkup, name="checkup"),
    path("favicon.ico", icons.favicon, name="favicon"),
    path("metrics", metrics.metrics, name="metrics"),
    path("", include("rooms.urls")),
]

handler400 = "rooms.views.errors.bad_request"
handler403 = "rooms.views.errors.forbidden"
handler404 = "rooms.views.errors.not_found"
handler500 = "rooms.views.errors.server_error"
