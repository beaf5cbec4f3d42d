"""What is still new for a target, now that it is due: read, silenced, erased, seen by somebody present is not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Count, Exists, Max, OuterRef
from django.utils import timezone, translation

from rooms.broadcasts import room_topic
from rooms.live.presence import present
from rooms.models import Notification
from rooms.outside.digest import Digest, Section, absolute, make_key, tell_of_message, tell_of_notification
from rooms.outside.models import Burst, Target, Told
from rooms.outside.replies import Answerable

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from rooms.models import Membership, Message, User
    from rooms.models.notification import NotificationQuerySet

NOTHING: dict[str, int] = {"count": 0, "newest": 0}

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
    """What a burst has to tell: the first of it, how much there is, and what is to be remembered when it is told."""

    burst: Burst
    notifications: list[Notification]
    messages: list[Message]
    count: int
    message_ids: list[int]
    """The messages of all the notifications."""
    marks: dict[str, int]


def gather(target: Target, now: datetime) -> list[Fresh]:
    """What is to be sent of all that is due. Bursts that have nothing to tell, or not yet, are settled or postponed."""
    due = Burst.objects.filter(target=target, due_at__lte=now).select_related("room").order_by("due_at", "pk")
    return [fresh for burst in due if (fresh := look_at(target, burst, now))]


def look_at(target: Target, burst: Burst, now: datetime) -> Fresh | None:
    membership = find_membership(target, burst)
    # The messages are asked for later: whatever is said in between is after all of these.
    news = list(find_notifications(target, burst).values_list("pk", "message_id", "position"))
    messages = find_messages(target, burst, membership)
    said = messages.aggregate(count=Count("pk"), newest=Max("position")) if messages is not None else NOTHING
    if not news and not said["count"]:
        Burst.objects.filter(pk=burst.pk, events=burst.events).update(due_at=None)
        return None
    if burst.room_id and target.user_id in present(room_topic(burst.room_id)):
        burst.postpone(now + LOOK_AGAIN)
        return None
    cool_at = burst.sent_at and burst.sent_at + target.cool_down
    if cool_at and cool_at > now and not has_been_back(target, burst, membership):
        burst.postpone(cool_at)
        return None
    first = Notification.objects.for_display().filter(pk__in=[pk for pk, _, _ in news[:LINES]]).order_by("pk")
    return Fresh(
        burst,
        list(first),
        list(messages.select_related("author", "room")[:LINES]) if messages is not None and said["count"] else [],
        len(news) + said["count"],
        [message_id for _, message_id, _ in news if message_id],
        {
            "told_up_to": max([burst.told_up_to, *(pk for pk, _, _ in news)]),
            "told_position": max([burst.told_position, said["newest"] or 0, *(position for _, _, position in news)]),
            "seen_position": membership.read_position if membership else 0,
        },
    )


def find_notifications(target: Target, burst: Burst) -> NotificationQuerySet:
    """What this person was told of the place, has not read, and was never sent. The oldest first.

    The ids of one place come in order: whoever writes one then waits for the burst's row.
    """
    theirs = target.user.notifications.visible().unread().filter(room=burst.room, created_at__gte=target.created_at)
    sent = Told.objects.filter(burst=burst, message_id=OuterRef("message_id"))
    return theirs.filter(~Exists(sent), pk__gt=burst.told_up_to).order_by("pk")


def find_membership(target: Target, burst: Burst) -> Membership | None:
    return target.user.memberships.filter(room=burst.room_id).first() if burst.room_id else None


def find_messages(target: Target, burst: Burst, membership: Membership | None) -> QuerySet[Message] | None:
    """The unread messages that are no notifications, for a target that wants them all. The oldest first."""
    if target.scope != Target.Scope.EVERYTHING or membership is None or not burst.room or burst.room.archived_at:
        return None
    if membership.involvement != membership.Involvement.EVERYTHING:
        return None
    unread = membership.find_unread().filter(position__gt=burst.told_position, created_at__gte=target.created_at)
    return unread.exclude(notifications__recipient=target.user_id)


def has_been_back(target: Target, burst: Burst, membership: Membership | None) -> bool:
    """Whether the owner has read anything of the place since it was told.

    Only what they did themselves counts: that something told is gone may be its author's doing, again and again.
    """
    if membership and membership.read_position > burst.seen_position:
        return True
    return target.user.notifications.filter(room=burst.room, read_at__gt=burst.sent_at).exists()


def digest(target: Target, gathered: list[Fresh]) -> Digest:
    key = make_key(target.pk, [(fresh.burst.place, fresh.count, sorted(fresh.marks.items())) for fresh in gathered])
    return Digest([section(target, fresh) for fresh in gathered], key, target.content_free)


def section(target: Target, fresh: Fresh) -> Section:
    room = fresh.burst.room
    title, url = (room.get_title(target.user), room.get_absolute_url()) if room else ("", "/notifications/")
    told = [(tell_of_notification(notification), notification.message_id) for notification in fresh.notifications]
    told += [(tell_of_message(message), message.pk) for message in fresh.messages]
    told = sorted(told, key=lambda one: one[0].at)[:LINES]
    answers = answerable(fresh, [message_id for _, message_id in told if message_id])
    return Section(title, absolute(url), [line for line, _ in told], fresh.count, answers)


def answerable(fresh: Fresh, message_ids: list[int]) -> Answerable | None:
    """What an answer goes to: the room, with the newest of these messages, which are told one by one. Of the others
    the mail says how many there are: who answers it has not read them.
    """
    room = fresh.burst.room
    if room is None:
        return None
    newest = max(message_ids, default=0)
    return Answerable(room.pk, newest, single=fresh.count == 1 and newest > 0, direct=room.kind == room.Kind.DIRECT)
