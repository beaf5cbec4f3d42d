"""Who is told of what, and who is not; what it costs; what becomes of it."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from rooms.live.attendance import ONLINE, write
from rooms.live.testing import assert_no_bells, assert_rings
from rooms.models import Membership, Message, Notification, Room, User, telling
from rooms.models.membership import read_together
from rooms.models.notification import KEPT, count_unread
from rooms.models.telling import tell_of


def told(message: Message) -> dict[str, str]:
    """The kinds of notifications that a message made, by the first names of their recipients."""
    rows = message.notifications.select_related("recipient")
    return {row.recipient.name.split()[0]: row.kind for row in rows}


def reply(room: Room, author: User, to: Message, body: str = "Indeed") -> Message:
    with transaction.atomic():
        tick = room.tick()
        fact = {"author": author, "body": body, "position": tick, "clock": tick}
        message = room.messages.create(key=f"reply-{tick}", reply_to=to, **fact)
        tell_of(message)
    return message


def unread_of(user: User) -> int:
    return count_unread([user.pk])[user.pk]


def test_whom_a_message_names_is_told(den: Room, alice: User, bob: User, charlie: User) -> None:
    message = den.post(alice, "@Bob Okafor and @Charlie, come in. @Alice Moreau says so.", "k")

    assert told(message) == {"Bob": "mention"}  # Charlie is not in the den.
    row = message.notifications.get()
    assert (row.actor, row.room, row.position, row.read_at) == (alice, den, message.position, None)


def test_nobody_is_told_of_what_is_meant_for_nobody(lobby: Room, alice: User) -> None:
    assert told(lobby.post(alice, "Good morning", "k")) == {}


def test_in_direct_rooms_everybody_else_is_told(alice: User, bob: User, charlie: User) -> None:
    direct = Room.objects.direct_between([alice, bob, charlie])

    assert told(direct.post(bob, "Hello", "k")) == {"Alice": "direct", "Charlie": "direct"}


def test_whoever_is_answered_is_told(lobby: Room, alice: User, bob: User) -> None:
    message = lobby.post(bob, "Is it raining?", "k")

    assert told(reply(lobby, alice, message)) == {"Bob": "reply"}
    assert told(reply(lobby, bob, message)) == {}


def test_whoever_left_is_not_told_of_an_answer(den: Room, alice: User, bob: User) -> None:
    message = den.post(bob, "Is it raining?", "k")
    den.dismiss([bob])

    assert told(reply(den, alice, message)) == {}


def test_the_strongest_reason_counts(alice: User, bob: User, charlie: User) -> None:
    direct = Room.objects.direct_between([alice, bob, charlie])
    message = direct.post(bob, "Is it raining?", "k")

    assert told(reply(direct, alice, message)) == {"Bob": "reply", "Charlie": "direct"}
    assert told(direct.post(alice, "@Bob Okafor: yes", "k")) == {"Bob": "mention", "Charlie": "direct"}


def test_everyone_in_the_room_is_told(den: Room, alice: User, bob: User, charlie: User) -> None:
    dora = User.objects.sign_up(email="dora@example.org", name="Dora", password="x")
    den.admit([dora])
    User.objects.filter(pk=dora.pk).update(is_active=False)

    assert told(den.post(alice, "@room tea is ready", "k")) == {"Bob": "mention"}


def test_here_means_those_who_are_online(den: Room, lobby: Room, alice: User, bob: User, charlie: User) -> None:
    write("a process", 1, {ONLINE: [alice.pk, bob.pk]})

    message = lobby.post(alice, "@here tea is redy", "k")
    assert told(message) == {"Bob": "mention"}

    write("a process", 2, {ONLINE: [alice.pk, charlie.pk]})
    message.edit("@here tea is ready")
    assert told(message) == {"Bob": "mention"}


def test_here_marks_it_for_those_who_are_told(den: Room, lobby: Room, alice: User, bob: User, charlie: User) -> None:
    write("a process", 1, {ONLINE: [alice.pk, bob.pk]})
    message = lobby.post(alice, "@here tea is redy", "k")
    assert message.marked_for == ["here", bob.pk]

    write("a process", 2, {ONLINE: [alice.pk, charlie.pk]})
    message.edit("@here tea is ready")
    assert Message.objects.get(pk=message.pk).marked_for == ["here", bob.pk]

    message.edit("@here @Charlie tea is ready")
    assert Message.objects.get(pk=message.pk).marked_for == [charlie.pk, "here", bob.pk]


def test_an_edit_marks_it_for_those_whom_it_calls(lobby: Room, alice: User, bob: User, charlie: User) -> None:
    write("a process", 1, {ONLINE: [alice.pk, charlie.pk]})
    message = lobby.post(alice, "Tea is ready", "k")
    message.edit("@here tea is ready")
    assert Message.objects.get(pk=message.pk).marked_for == ["here", charlie.pk]


def test_of_the_invisible_it_does_not_say_that_they_were_here(lobby: Room, alice: User, bob: User) -> None:
    bob.set_manners(invisible=True)
    write("a process", 1, {ONLINE: [alice.pk, bob.pk]})
    message = lobby.post(alice, "@here tea is ready", "k")
    assert told(message) == {"Bob": "mention"}
    assert message.marked_for == ["here"]


def test_whom_it_meant_is_not_listed_for_ever(lobby: Room, alice: User, bob: User, monkeypatch) -> None:
    monkeypatch.setattr(telling, "CALLED_KEPT", 0)
    write("a process", 1, {ONLINE: [alice.pk, bob.pk]})
    message = lobby.post(alice, "@here tea is ready", "k")
    assert message.marked_for == ["here", "room"]
    message.erase(by=alice)
    assert Message.objects.get(pk=message.pk).marked_for == []


def test_nothing_is_asked_for_a_plain_message(lobby: Room, alice: User, django_assert_num_queries) -> None:
    message = lobby.post(alice, "Good morning", "k")

    with django_assert_num_queries(0):
        tell_of(message)


def test_many_cost_as_many_queries_as_one(
    lobby: Room, alice: User, bob: User, charlie: User, django_assert_num_queries
) -> None:
    message = lobby.post(alice, "@Bob Okafor", "k")
    message.notifications.all().delete()
    with CaptureQueriesContext(transaction.get_connection()) as one:
        tell_of(message)
    message.notifications.all().delete()
    message.mentions = ["room"]
    people = User.objects.bulk_create(User(name=f"P{n}", email=f"p{n}@example.org") for n in range(100))
    Membership.objects.bulk_create(Membership(room=lobby, user=person) for person in people)

    with django_assert_num_queries(len(one)):
        tell_of(message)

    assert len(told(message)) == 102


def test_a_correction_tells_those_whom_it_names_anew(den: Room, alice: User, bob: User, charlie: User) -> None:
    den.admit([charlie])
    message = den.post(alice, "@Bob Okafor, look", "k")
    bob.notifications.get(message=message).read()

    message.edit("@Bob Okafor and @Charlie, look")

    assert told(message) == {"Bob": "mention", "Charlie": "mention"}
    assert list(message.notifications.unread().values_list("recipient__name", flat=True)) == ["Charlie"]


def test_a_correction_takes_back_what_was_told(lobby: Room, alice: User, bob: User, charlie: User) -> None:
    message = lobby.post(alice, "@Bob Okafor, look", "k")

    message.edit("@Charlie, look")

    assert told(message) == {"Charlie": "mention"}


def test_a_correction_can_leave_a_weaker_reason(alice: User, bob: User) -> None:
    direct = Room.objects.direct_between([alice, bob])
    message = direct.post(alice, "@Bob Okafor, look", "k")
    direct.memberships.get(user=bob).read(message.position)

    message.edit("Look")

    assert told(message) == {"Bob": "direct"}
    assert unread_of(bob) == 0


def test_nobody_is_called_by_a_correction_who_was_not_there(den: Room, alice: User, bob: User, charlie: User) -> None:
    message = den.post(alice, "@room tea is redy", "k")
    den.admit([charlie])

    message.edit("@room tea is ready")

    assert told(message) == {"Bob": "mention"}


def test_what_was_told_long_ago_is_not_told_again(alice: User, bob: User) -> None:
    message = Room.objects.direct_between([alice, bob]).post(alice, "Helo", "k")
    bob.notifications.all().delete()

    message.edit("Hello")

    assert told(message) == {}


def test_what_is_erased_was_never_told(lobby: Room, alice: User, bob: User) -> None:
    message = lobby.post(alice, "@Bob Okafor, look", "k")

    message.erase(by=alice)

    assert not bob.notifications.exists()
    assert unread_of(bob) == 0


def test_whoever_leaves_takes_nothing_with_them(den: Room, alice: User, bob: User) -> None:
    den.post(alice, "@Bob Okafor, look", "k")
    assert unread_of(bob) == 2

    den.dismiss([bob])
    assert not bob.notifications.exists()

    den.admit([bob])
    assert unread_of(bob) == 0


def test_to_be_let_in_is_an_invitation(den: Room, alice: User, bob: User) -> None:
    row = bob.notifications.get()

    assert (row.kind, row.actor, row.room, row.message) == ("invitation", alice, den, None)
    assert not alice.notifications.exists()


def test_whoever_comes_by_themselves_is_not_invited(alice: User, bob: User, charlie: User, lobby: Room) -> None:
    Room.objects.direct_between([alice, bob])
    Room.objects.open_up(Room.Kind.OPEN, name="Garden", creator=alice)

    assert not Notification.objects.exists()


def test_converting_invites_those_who_were_not_in(den: Room, alice: User, bob: User, charlie: User) -> None:
    den.convert(Room.Kind.CLOSED, [alice, bob, charlie], by=bob)

    assert charlie.notifications.get().actor == bob
    assert bob.notifications.get().actor == alice


def test_to_enter_is_to_have_read_the_invitation(den: Room, bob: User) -> None:
    assert unread_of(bob) == 1

    den.refresh_from_db()
    den.memberships.get(user=bob).read(den.clock)

    assert unread_of(bob) == 0


def test_reading_a_room_reads_what_was_told_of_it(lobby: Room, alice: User, bob: User, charlie: User) -> None:
    for number in range(3):
        lobby.post(alice, "@Bob Okafor and @Charlie", f"k-{number}")
    first = lobby.messages.earliest("position")

    read_together(lobby.pk, [bob.pk], first.position)
    assert (unread_of(bob), unread_of(charlie)) == (2, 3)

    read_together(lobby.pk, [bob.pk, charlie.pk], first.position + 2)
    assert (unread_of(bob), unread_of(charlie)) == (0, 0)


@pytest.mark.parametrize(("level", "count"), [("everything", 2), ("mentions", 1), ("nothing", 0), ("hidden", 0)])
def test_a_silenced_room_tells_nothing(alice: User, bob: User, level: str, count: int) -> None:
    direct = Room.objects.direct_between([alice, bob])
    direct.post(alice, "Hello", "k")
    direct.post(alice, "@Bob Okafor?", "l")

    direct.memberships.get(user=bob).involve(level)

    assert unread_of(bob) == count


def test_counts_are_one_query_for_everybody(
    lobby: Room, alice: User, bob: User, charlie: User, django_assert_num_queries
) -> None:
    lobby.post(alice, "@Bob Okafor", "k")

    with django_assert_num_queries(1):
        assert count_unread([bob.pk, charlie.pk]) == {bob.pk: 1, charlie.pk: 0}


def test_reading_and_its_reverse_are_live_once(lobby: Room, alice: User, bob: User) -> None:
    row = lobby.post(alice, "@Bob Okafor", "k").notifications.get()

    with assert_rings(f"inbox.{bob.pk}"):
        row.read()
    assert unread_of(bob) == 0
    with assert_no_bells():
        row.read()

    with assert_rings(f"inbox.{bob.pk}"):
        row.unread()
    assert unread_of(bob) == 1
    with assert_no_bells():
        row.unread()


def test_all_can_be_read_or_those_of_a_room(lobby: Room, den: Room, alice: User, bob: User, charlie: User) -> None:
    lobby.post(alice, "@Bob Okafor and @Charlie", "k")
    assert unread_of(bob) == 2

    with assert_rings(f"inbox.{bob.pk}"):
        Notification.objects.read_all(bob, lobby)
    assert list(bob.notifications.unread().values_list("room", flat=True)) == [den.pk]

    Notification.objects.read_all(bob)
    assert (unread_of(bob), unread_of(charlie)) == (0, 1)
    with assert_no_bells():
        Notification.objects.read_all(bob)


def test_what_was_read_long_ago_goes(lobby: Room, den: Room, alice: User, bob: User) -> None:
    old = timezone.now() - KEPT - timedelta(days=1)
    bob.notifications.update(read_at=old, created_at=old)
    kept = lobby.post(alice, "@Bob Okafor", "k").notifications.get()

    kept.read()

    assert list(bob.notifications.all()) == [kept]


def test_what_was_never_read_stays(den: Room, lobby: Room, alice: User, bob: User) -> None:
    bob.notifications.update(created_at=timezone.now() - KEPT - timedelta(days=1))

    lobby.post(alice, "@Bob Okafor", "k").notifications.get().read()

    assert bob.notifications.count() == 2
