"""What a person was told, in pages: what is unread first, the newest first, and what is of one room together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rooms.models.notification import Notification, NotificationQuerySet
from rooms.models.room import Room, name_members

if TYPE_CHECKING:
    from rooms.models.user import User

PAGE_SIZE = 30


@dataclass
class Group:
    """What is of one room, or of none; `title` is the room's name as the recipient reads it."""

    room: Room | None
    title: str
    notifications: list[Notification] = field(default_factory=list)


@dataclass
class NotificationPage:
    """`older` is where the next page begins, or nothing when this is the last."""

    unread: list[Group]
    read: list[Group]
    older: str = ""

    @classmethod
    def of(cls, user: User, before: str = "") -> NotificationPage:
        """The page that begins after `before`, an `older` of another page: `unread-5` or `read-5`.

        Raises ValueError for what is neither. Three queries at most.
        """
        section, number = parse(before) if before else ("unread", None)
        visible = user.notifications.visible().for_display()
        unread = take(visible.unread(), number, PAGE_SIZE + 1) if section == "unread" else []
        limit = PAGE_SIZE + 1 - len(unread)
        read = take(visible.exclude(read_at=None), number if section == "read" else None, limit)
        found = [*unread, *read]
        page = found[:PAGE_SIZE]
        older = f"{'read' if page[-1].read_at else 'unread'}-{page[-1].pk}" if found[PAGE_SIZE:] else ""
        return cls(*group(user, page), older)


def parse(before: str) -> tuple[str, int]:
    section, _, number = before.partition("-")
    if section not in {"unread", "read"} or not (number.isascii() and number.isdecimal() and len(number) < 19):
        raise ValueError(before)
    return section, int(number)


def take(notifications: NotificationQuerySet, before: int | None, limit: int) -> list[Notification]:
    """The newest first. By key, so that what is told meanwhile neither skips nor doubles another."""
    earlier = notifications if before is None else notifications.filter(pk__lt=before)
    return list(earlier.order_by("-pk")[:limit])


def group(user: User, page: list[Notification]) -> tuple[list[Group], list[Group]]:
    rooms = {row.room_id: row.room for row in page if row.room}
    name_members([room for room in rooms.values() if room.kind == Room.Kind.DIRECT])
    sections: tuple[dict[int | None, Group], dict[int | None, Group]] = ({}, {})
    for row in page:
        room = rooms.get(row.room_id) if row.room_id else None
        groups = sections[row.read_at is not None]
        if row.room_id not in groups:
            groups[row.room_id] = Group(room, room.get_title(user) if room else "")
        groups[row.room_id].notifications.append(row)
    return list(sections[0].values()), list(sections[1].values())
