"""What somebody has read, and what of a room they want to hear of."""

import pytest
from django.utils import timezone

from rooms.live.testing import assert_no_bells, assert_rings
from rooms.models import Membership, Message, Notification, Room, User
from rooms.models.membership import read_everything, read_together

Involvement = Membership.Involvement


def membership(room: Room, user: User) -> Membership:
    return room.memberships.get(user=user)


def unread(room: Room, user: User) -> int:
    return Membership.objects.with_unread().get(room=room, user=user).unread


def note(user: User, message: Message, kind: str = "mention") -> Notification:
    values = {"kind": kind, "actor": message.author, "room": message.room, "position": message.position}
    return Notification.objects.update_or_create(recipient=user, message=message, defaults=values)[0]


@pytest.fixture
def said(den: Room, alice: User) -> list[Message]:
    """Three messages by Alice, of which the second is put before Bob."""
    return [den.post(alice, f"Number {number}", f"k-{number}") for number in range(3)]


def test_reading_goes_forward_only(den: Room, bob: User, said: list[Message]) -> None:
    membership(den, bob).read(said[1].position)
    membership(den, bob).read(said[0].position)

    assert membership(den, bob).read_position == said[1].position
    assert unread(den, bob) == 1


def test_reading_ends_with_what_the_room_has_come_to(den: Room, alice: User, bob: User, said: list[Message]) -> None:
    read_together(den.pk, [bob.pk], said[-1].position + 100)  # A page from before a backup was restored.
    den.post(alice, "Never seen", "later")

    assert unread(den, bob) == 1


def test_reading_a_room_reads_what_told_of_it(den: Room, bob: User, said: list[Message]) -> None:
    early, late = note(bob, said[1]), note(bob, said[2])

    membership(den, bob).read(said[1].position)

    early.refresh_from_db(), late.refresh_from_db()
    assert early.read_at
    assert not late.read_at


def test_unread_from_a_later_message_reads_nothing(den: Room, bob: User, said: list[Message]) -> None:
    early = note(bob, said[1])
    mine = membership(den, bob)
    mine.read(said[0].position)
    mine.refresh_from_db()

    mine.unread_from(said[2])

    early.refresh_from_db()
    assert early.read_at is None
    assert membership(den, bob).read_position == mine.read_position == said[0].position
    assert (unread(den, bob), membership(den, bob).unread_held) == (2, True)


def test_it_is_unread_again_from_a_message(den: Room, bob: User, said: list[Message]) -> None:
    early, late = note(bob, said[0]), note(bob, said[1])
    membership(den, bob).read(said[-1].position)

    with assert_rings(f"inbox.{bob.pk}"):
        membership(den, bob).unread_from(said[1])

    early.refresh_from_db(), late.refresh_from_db()
    assert unread(den, bob) == 2
    assert early.read_at
    assert not late.read_at


def test_what_is_unread_by_hand_stays_so_in_open_pages(den: Room, alice: User, bob: User, said: list[Message]) -> None:
    membership(den, bob).read(said[-1].position)
    membership(den, bob).unread_from(said[1])

    read_together(den.pk, [alice.pk, bob.pk], said[-1].position)  # As the sweep does it for who looks.
    assert unread(den, bob) == 2

    membership(den, bob).read(said[-1].position)  # As opening the room does it.
    assert unread(den, bob) == 0
    later = den.post(alice, "And on", "later")
    read_together(den.pk, [bob.pk], later.position)
    assert unread(den, bob) == 0


def test_keeping_up_with_a_room_rings_nothing(den: Room, alice: User, said: list[Message]) -> None:
    with assert_no_bells():
        read_together(den.pk, [alice.pk], said[-1].position)

    assert membership(den, alice).read_position == said[-1].position


def test_erasing_and_editing_leave_no_wrong_number(den: Room, alice: User, bob: User, said: list[Message]) -> None:
    said[0].erase(by=alice)
    said[1].edit("Otherwise")
    assert unread(den, bob) == 2

    membership(den, bob).unread_from(said[0])  # The tombstone stands; it counts for nothing.
    assert unread(den, bob) == 2


def test_everything_is_read_at_once(den: Room, lobby: Room, alice: User, bob: User, said: list[Message]) -> None:
    lobby.post(alice, "Hello", "hello")
    note(bob, said[1])
    Notification.objects.create(recipient=bob, kind="invitation", room=den, key="in")
    membership(den, bob).unread_from(said[0])

    with assert_rings(f"inbox.{bob.pk}"):
        read_everything(bob.pk)

    assert unread(den, bob) == unread(lobby, bob) == 0
    assert not bob.notifications.unread().exists()
    assert not membership(den, bob).unread_held
    with assert_no_bells():
        read_everything(bob.pk)


def test_everything_is_read_for_nobody_else(den: Room, alice: User, bob: User, said: list[Message]) -> None:
    den.post(bob, "Yes", "yes")
    mine = note(alice, said[0])

    read_everything(bob.pk)

    assert unread(den, alice) == 1
    mine.refresh_from_db()
    assert mine.read_at is None


def test_involvement_is_changed_once(den: Room, bob: User) -> None:
    with assert_rings(f"inbox.{bob.pk}"):
        membership(den, bob).involve("mentions")
    with assert_no_bells():
        membership(den, bob).involve("mentions")

    assert membership(den, bob).involvement == Involvement.MENTIONS


def test_involvement_is_one_of_four(den: Room, bob: User) -> None:
    with pytest.raises(ValueError, match="shouting"):
        membership(den, bob).involve("shouting")

    assert membership(den, bob).involvement == Involvement.EVERYTHING


def test_who_has_left_meanwhile_is_not_taken_back(den: Room, bob: User, said: list[Message]) -> None:
    stale = membership(den, bob)
    den.dismiss([bob])

    stale.involve("hidden")
    stale.unread_from(said[0])
    stale.read(said[0].position)

    assert not den.memberships.filter(user=bob).exists()


def test_what_is_new_is_what_others_said(den: Room, alice: User, bob: User, said: list[Message]) -> None:
    den.post(bob, "Mine", "mine")
    said[0].erase(by=alice)
    Message.objects.filter(pk=said[1].pk).update(created_at=timezone.now())

    assert [message.pk for message in membership(den, bob).find_unread()] == [said[1].pk, said[2].pk]
