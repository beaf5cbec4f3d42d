"""News that slides into whatever page one is looking at; templates/notifications/_toast.html puts it into words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse

from rooms.models import Message, Notification, User


@dataclass(frozen=True, kw_only=True)
class Toast:
    """One of three: a `notification`; what is new in a room (`room_id`, `room_title`, `room_url`, `count`; of a
    single message the `message`, too); what is new in several rooms (`rooms`, `count`).

    Notifications and messages come with their authors and rooms selected. `room_title` is the room's name as its
    reader knows it: give it with notifications, too, or those from direct rooms name no room.
    """

    notification: Notification | None = None
    message: Message | None = None
    room_id: int | None = None
    room_title: str = ""
    room_url: str = ""
    count: int = 0
    rooms: int = 0

    @property
    def id(self) -> str:
        """Of the element: what comes from the same room takes the place of what came before."""
        if room_id := self.notification.room_id if self.notification else self.room_id:
            return f"toast-room-{room_id}"
        return f"toast-notification-{self.notification.pk}" if self.notification else "toast-rooms"

    @property
    def url(self) -> str:
        if self.notification:
            return self.notification.get_absolute_url()  # Who follows it there has read it.
        if self.said:
            return self.said.get_absolute_url()
        return self.room_url or reverse("rooms")

    @property
    def said(self) -> Message | None:
        """The message it is about, if that is one."""
        return self.notification.message if self.notification else self.message

    @property
    def actor(self) -> User | None:
        if self.notification:
            return self.notification.actor
        return self.message.author if self.message else None

    @property
    def place(self) -> str:
        if self.room_title or not (self.notification and self.notification.room):
            return self.room_title
        return self.notification.room.name


def keep_latest(toasts: Iterable[Toast]) -> list[Toast]:
    """One a source, the latest of each. In one frame they do not find one another to take each other's place."""
    latest: dict[str, Toast] = {}
    for toast in toasts:
        latest.pop(toast.id, None)
        latest[toast.id] = toast
    return [*latest.values()]
