from django.urls import include, path

from rooms.views import messages

urlpatterns = [
    path("rooms/<str:slug>/", messages.show, name="room"),
    path("rooms/<str:slug>/messages/", messages.messages, name="messages"),
    path("rooms/<str:slug>/composer/<str:key>/", messages.composer, name="composer"),
    path("messages/<int:pk>/", messages.permalink, name="message"),
    path("messages/<int:pk>/editing/", messages.editing, name="editing"),
    path("messages/<int:pk>/erasure/", messages.erasure, name="erasure"),
    path("live/rooms/<int:room_id>/changes/", messages.changes, name="changes"),
    path("", include("rooms.live.urls")),
]
