"""What is still new for a target, now that it is due: read, silenced, erased, seen by somebody present is not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.utils import timezone, translation

from rooms.broadcasts import room_topic
from rooms.live.presence import present
from rooms.outside.digest import Digest, Section, absolute, make_key, tell_of_message, tell_of_notification
from rooms.outside.models import Burst, Target

if TYPE_CHECKING:
    from rooms.models import Membership, Message, Notification, User

TOLD = 100
"""Notifications of one room that are looked at, the newest: what is older has been told or never will be."""

LINES = 10
"""Things of one room that are told one by one."""

LOOK_AGAIN = timedelta(seconds=10)
"""For somebody who has the room before them and has not read: they will, or their page is gone without a word."""


@contextmanager
def reading_as(user: User) -> Iterator[None]:
    with translation.override(user.language), timezone.override(user.time_zone):
        yield


@dataclass
class Fresh:
    """What a burst has to tell, and what it will have told."""

    burst: Burst
    notifications: list[Notification]
    messages: list[Message]
    told: list[int]
    told_position: int
    count: int


def gather(target: Target, now: datetime) -> list[Fresh]:
    """What is to be sent of all that is due. Bursts that have nothing to tell, or not yet, are settled or postponed."""
    due = Burst.objects.filter(target=target, due_at__lte=now).select_related("room").order_by("due_at", "pk")
    return [fresh for burst in due if (fresh := look_at(target, burst, now))]


def look_at(target: Target, burst: Burst, now: datetime) -> Fresh | None:
    unread = find_notifications(target, burst)
    membership = find_membership(target, burst)
    messages, count = find_messages(target, burst, membership)
    news = [notification for notification in unread if notification.pk not in burst.told]
    told_messages = {notification.message_id for notification in news}
    messages = [message for message in messages if message.pk not in told_messages]
    if not news and not messages:
        Burst.objects.filter(pk=burst.pk, events=burst.events).update(due_at=None)
        return None
    if burst.room_id and target.user_id in present(room_topic(burst.room_id)):
        burst.postpone(now + LOOK_AGAIN)
        return None
    cool_at = burst.sent_at and burst.sent_at + target.cool_down
    if cool_at and cool_at > now and not has_been_back(burst, unread, membership):
        burst.postpone(cool_at)
        return None
    positions = [burst.told_position, *(message.position for message in messages)]
    told = [notification.pk for notification in unread]
    return Fresh(burst, news[::-1], messages, told, max(positions), max(count, len(messages)) + len(news))


def find_notifications(target: Target, burst: Burst) -> list[Notification]:
    """What this person was told of the place since the target is there, and has not read. The newest first."""
    theirs = target.user.notifications.visible().unread().for_display()
    return list(theirs.filter(room=burst.room, created_at__gte=target.created_at).order_by("-pk")[:TOLD])


def find_membership(target: Target, burst: Burst) -> Membership | None:
    return target.user.memberships.filter(room=burst.room_id).first() if burst.room_id else None


def find_messages(target: Target, burst: Burst, membership: Membership | None) -> tuple[list[Message], int]:
    """The first of the unread messages, and how many there are, for a target that wants them all."""
    if target.scope != Target.Scope.EVERYTHING or membership is None or not burst.room or burst.room.archived_at:
        return [], 0
    if membership.involvement != membership.Involvement.EVERYTHING:
        return [], 0
    unread = membership.find_unread().filter(position__gt=burst.told_position, created_at__gte=target.created_at)
    unread = unread.exclude(notifications__recipient=target.user_id)
    found = list(unread.select_related("author", "room")[:TOLD])
    return found, len(found)


def has_been_back(burst: Burst, unread: list[Notification], membership: Membership | None) -> bool:
    """Whether anything of what was told has been read since."""
    still = {notification.pk for notification in unread}
    read_position = membership.read_position if membership else 0
    return any(pk not in still for pk in burst.told) or 0 < burst.told_position <= read_position


def digest(target: Target, gathered: list[Fresh]) -> Digest:
    key = make_key(target.pk, [(fresh.burst.place, fresh.told, fresh.told_position) for fresh in gathered])
    return Digest([section(target, fresh) for fresh in gathered], key, target.content_free)


def section(target: Target, fresh: Fresh) -> Section:
    room = fresh.burst.room
    title, url = (room.get_title(target.user), room.get_absolute_url()) if room else ("", "/notifications/")
    lines = [tell_of_notification(notification) for notification in fresh.notifications]
    lines += [tell_of_message(message) for message in fresh.messages]
    return Section(title, absolute(url), sorted(lines, key=lambda line: line.at)[:LINES], fresh.count)
