from django.urls import include, path, register_converter

from rooms.views import (
    accounts,
    atom,
    avatars,
    composers,
    confirming,
    directs,
    memberships,
    messages,
    notifications,
    operations,
    outside,
    people,
    preferences,
    presence,
    readers,
    reading,
    rooms,
    sessions,
    setup,
    stylesheets,
    unsubscribing,
)


class RoomSlug:
    """What Room.objects.free_slug makes: letters and digits of any script."""

    regex = r"[\w-]{1,80}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(RoomSlug, "room")

urlpatterns = [
    path("", rooms.home, name="home"),
    path("setup/", setup.setup, name="setup"),
    path("join/<str:code>/", accounts.join, name="join"),
    path("accounts/sign-in/", sessions.sign_in, name="sign_in"),
    path("accounts/sign-out/", sessions.sign_out, name="sign_out"),
    path("accounts/profile/", preferences.profile, name="profile"),
    path("accounts/toasts/", preferences.toasts, name="toasts"),
    path("accounts/privacy/", preferences.privacy, name="privacy"),
    path("accounts/password/", accounts.password, name="password"),
    path("accounts/outside/", outside.outside, name="outside"),
    path("accounts/outside/email/", outside.email, name="outside_email"),
    path("accounts/outside/quiet/", outside.quiet, name="quiet"),
    path("accounts/outside/snooze/", outside.snooze, name="snooze"),
    path("accounts/outside/feed/", outside.feed_address, name="feed_address"),
    path("accounts/outside/<int:pk>/", outside.target, name="target"),
    path("accounts/outside/<int:pk>/test/", outside.test, name="target_test"),
    path("accounts/outside/<int:pk>/removal/", outside.removal, name="target_removal"),
    path("accounts/outside/<int:pk>/question/", outside.question, name="target_question"),
    path("outside/confirmation/<str:token>/", confirming.confirmation, name="confirmation"),
    path("outside/unsubscribe/<str:token>/", unsubscribing.unsubscribe, name="unsubscribe"),
    path("outside/feed/<str:token>/", atom.feed, name="notification_feed"),
    path("people/", people.people, name="people"),
    path("people/join-code/", people.join_code, name="join_code"),
    path("people/crowd-mentions/", people.crowd_mentions, name="crowd_mentions"),
    path("people/<int:pk>/role/", people.role, name="role"),
    path("people/<int:pk>/deactivation/", people.deactivation, name="deactivation"),
    path("people/<int:pk>/reactivation/", people.reactivation, name="reactivation"),
    path("operations/", operations.operations, name="operations"),
    path("operations/changes/", operations.operations_changes, name="operations_changes"),
    path("avatars/<int:pk>/", avatars.avatar, name="avatar"),
    path("me.css", stylesheets.viewer_stylesheet, name="viewer_stylesheet"),
    path("reading/", reading.reading_of_everything, name="reading_of_everything"),
    path("notifications/", notifications.notifications, name="notifications"),
    path("notifications/latest/", notifications.latest, name="latest_notifications"),
    path("notifications/reading/", notifications.readings, name="notification_readings"),
    path("notifications/<int:pk>/", notifications.notification, name="notification"),
    path("notifications/<int:pk>/reading/", notifications.reading, name="notification_reading"),
    path("directs/", directs.directs, name="directs"),
    path("rooms/", rooms.rooms, name="rooms"),
    path("hidden-rooms/", memberships.hidden, name="hidden_rooms"),
    path("rooms/new/", rooms.new, name="new_room"),
    path("rooms/<room:slug>/", messages.show, name="room"),
    path("rooms/<room:slug>/settings/", rooms.settings, name="room_settings"),
    path("rooms/<room:slug>/involvement/", memberships.involvement, name="involvement"),
    path("rooms/<room:slug>/reading/", reading.reading, name="reading"),
    path("rooms/<room:slug>/archiving/", rooms.archiving, name="archiving"),
    path("rooms/<room:slug>/restoring/", rooms.restoring, name="restoring"),
    path("rooms/<room:slug>/presence/", presence.presence, name="presence"),
    path("rooms/<room:slug>/leaving/", memberships.leaving, name="leaving"),
    path("rooms/<room:slug>/messages/", messages.messages, name="messages"),
    path("rooms/<room:slug>/composer/<slug:key>/", composers.composer, name="composer"),
    path("rooms/<room:slug>/composer/<slug:key>/discarding/", composers.discarding, name="discarding"),
    path("rooms/<room:slug>/composer/<slug:key>/mentions/", composers.composer_mentions, name="composer_mentions"),
    path("messages/<int:pk>/", messages.permalink, name="message"),
    path("messages/<int:pk>/reply/", composers.reply, name="reply"),
    path("messages/<int:pk>/editing/", messages.editing, name="editing"),
    path("messages/<int:pk>/editing/mentions/", composers.editing_mentions, name="editing_mentions"),
    path("messages/<int:pk>/unreading/", reading.unreading, name="unreading"),
    path("messages/<int:pk>/readers/", readers.readers, name="readers"),
    path("messages/<int:pk>/erasure/", messages.erasure, name="erasure"),
    path("live/inbox/changes/", rooms.inbox_changes, name="inbox_changes"),
    path("live/rooms/<int:room_id>/changes/", messages.changes, name="changes"),
    path("", include("rooms.live.urls")),
]
