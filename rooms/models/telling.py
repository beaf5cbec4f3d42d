"""Who is told of a message, and of a room that they were let into."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import batched, chain
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.utils import timezone

from rooms.models.notification import Notification, created

if TYPE_CHECKING:
    from rooms.models.message import Message
    from rooms.models.room import Room
    from rooms.models.user import User

Kind = Notification.Kind
Names = Sequence[int | str]
CROWD = {"room", "here"}
CALLED_KEPT = 500
"""How many people a message lists whom `@here` meant: the list goes to everybody with it."""
AT_ONCE = 10_000
"""Rows of one statement: SQLite may know no more than 32,766 parameters."""

# To make 5,000 rows by bulk_create takes Django a third of a second, in which nobody else can post in the room, and on
# SQLite nobody anywhere.
INSERT = """
    INSERT INTO rooms_notification
    (actor_id, room_id, message_id, position, created_at, recipient_id, kind, template, context, url)
    SELECT %s, %s, %s, %s, %s, told.column1, told.column2, '', '{{}}', '' FROM (VALUES {rows}) AS told
"""


def tell_of(message: Message) -> None:
    """Write the notifications of a message that was just posted. Call inside its transaction.

    A plain message in a shared room concerns nobody in particular, and asks the database nothing.
    """
    if message.room.kind == "direct" or message.mentions or message.reply_to_id:
        crowd = find_crowd(message, message.mentions)
        write(message, kinds := find_recipients(message, crowd))
        keep_called(message, crowd, kinds)


def tell_again(message: Message, before: Names) -> None:
    """Bring them up to date with an edited message, which named `before`. Call inside its transaction.

    Who is named now and was not is told; who is not any more never was; what the others have read stays read. Nobody
    is told of a correction: not those who have come since it said `@room`, nor those of whose row nothing is left.
    """
    told = dict(message.notifications.order_by("pk").select_for_update(no_key=True).values_list("recipient_id", "kind"))
    fresh = [name for name in message.mentions if name not in before]
    if not told and not fresh:
        return
    called = crowd = find_crowd(message, fresh)
    if crowd is not None and CROWD & {*message.mentions} - {*fresh}:
        crowd = [*crowd, *(pk for pk, kind in told.items() if kind == Kind.MENTION)]
    wanted = find_recipients(message, crowd)
    if "here" in fresh:
        keep_called(message, called, wanted)
    message.notifications.filter(recipient__in=told.keys() - wanted.keys()).delete()
    for kind in Kind:
        moved = {pk for pk in told.keys() & wanted.keys() if told[pk] != kind == wanted[pk]}
        if moved:
            message.notifications.filter(recipient__in=moved).update(kind=kind)
    named = {pk: kind for pk, kind in wanted.items() if kind == Kind.MENTION and pk not in before and pk not in told}
    write(message, named)


def find_crowd(message: Message, names: Names) -> Collection[int] | None:
    """Whom `@room` and `@here` among these names mean; None is everybody who is in the room."""
    if "room" in names:
        return None
    if "here" in names:
        from rooms.live.presence import online

        return online()  # Not who has this room before them: they see it anyhow.
    return []


def find_recipients(message: Message, crowd: Collection[int] | None) -> dict[int, str]:
    """The people in the room whom a message concerns, and the strongest reason why. One query."""
    from rooms.models.membership import Membership

    named = {name for name in message.mentions if isinstance(name, int)} | {*(crowd or [])}
    replied = {message.reply_to.author_id} if message.reply_to else set()
    people = Membership.objects.filter(room=message.room_id, user__is_active=True).exclude(user=message.author_id)
    everyone = crowd is None or message.room.kind == "direct"
    members = set((people if everyone else people.filter(user__in=named | replied)).values_list("user_id", flat=True))
    kinds: dict[int, str] = dict.fromkeys(members, Kind.DIRECT) if message.room.kind == "direct" else {}
    kinds |= dict.fromkeys(members & replied, Kind.REPLY)
    return kinds | dict.fromkeys(members if crowd is None else members & named, Kind.MENTION)


def keep_called(message: Message, crowd: Collection[int] | None, kinds: dict[int, str]) -> None:
    """Note in whose eyes a message that says `@here` is marked. Call inside its transaction, before it is drawn."""
    called = sorted(kinds.keys() & {*(crowd or [])})
    if "here" in message.mentions and crowd is not None and len(called) <= CALLED_KEPT:
        from rooms.models import User

        # Every page of the room can read it: of who is invisible it must not say that they were here.
        shown = User.objects.filter(pk__in=called, invisible=False).order_by("pk")
        message.called = list(shown.values_list("pk", flat=True))
        message.save(update_fields=["called"])


def write(message: Message, kinds: dict[int, str]) -> None:
    """One statement, however many they are. No conflict is possible: the room's lock is held."""
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    for some in batched(sorted(kinds.items()), AT_ONCE):
        values: list[Any] = [message.author_id, message.room_id, message.pk, message.position, now]
        values += chain.from_iterable(some)
        with connection.cursor() as cursor:
            cursor.execute(INSERT.format(rows=", ".join(["(%s, %s)"] * len(some))), values)
    if kinds:
        created(kinds.keys(), message.room_id, message.position)


def invite(room: Room, by: User, user_ids: Collection[int]) -> None:
    """Tell people that somebody has let them into a room. Call inside the transaction that does."""
    key = invitation_key(room)
    rows = [
        Notification(recipient_id=pk, kind=Kind.INVITATION, actor=by, room=room, key=key)
        for pk in sorted({*user_ids} - {by.pk})
    ]
    # Two may be letting the same person in, and neither waits for the other.
    Notification.objects.bulk_create(rows, ignore_conflicts=True)
    if rows:
        created([row.recipient_id for row in rows], room.pk)


def invitation_key(room: Room) -> str:
    return f"invitation.{room.pk}"


def forget(room: Room, user_ids: Collection[int]) -> None:
    """Take back all that people were told of a room that they are no longer in."""
    Notification.objects.filter(room=room, recipient__in=user_ids).delete()
