"""What becomes of a message: its wordings, its pin, and what replies show of it."""

import pytest

from rooms.models import Archived, Bookmark, Message, Room, User
from rooms.models.pins import MOST_PINS, TooManyPins
from rooms.models.wording import MOST_WORDINGS
from rooms.templatetags.messages import show_message


@pytest.fixture
def message(den: Room, bob: User) -> Message:
    return den.post(bob, "soup at none", "k-1")


def wordings(message: Message) -> list[tuple[str, str | None]]:
    found = message.wordings.order_by("pk").select_related("written_by")
    return [(wording.body, wording.written_by and wording.written_by.name) for wording in found]


def test_what_it_said_before_is_kept_with_who_said_so(message: Message, alice: User, bob: User) -> None:
    posted = message.created_at
    message.edit("soup at noon", by=alice)
    message.edit("soup at one")
    message.edit("soup at one")  # No change.

    assert wordings(message) == [("soup at none", bob.name), ("soup at noon", alice.name)]
    first, second = message.wordings.order_by("pk")
    assert first.written_at == posted
    assert first.replaced_at <= second.written_at <= second.replaced_at
    assert Message.objects.get(pk=message.pk).edited_by == bob


def test_of_very_many_wordings_the_first_and_the_latest_are_kept(message: Message) -> None:
    for number in range(MOST_WORDINGS + 5):
        message.edit(f"number {number}")

    kept = [body for body, _ in wordings(message)]

    assert len(kept) == MOST_WORDINGS
    assert kept[0] == "soup at none"
    assert kept[1:] == [f"number {number}" for number in range(5, MOST_WORDINGS + 4)]


def test_two_who_edit_at_once_write_both_wordings(message: Message, alice: User, bob: User) -> None:
    other = Message.objects.get(pk=message.pk)
    message.edit("soup at noon", by=alice)
    other.edit("soup at one", by=bob)

    assert wordings(message) == [("soup at none", bob.name), ("soup at noon", alice.name)]


def test_an_erased_message_leaves_nothing_behind(message: Message, alice: User, bob: User) -> None:
    message.edit("soup at noon")
    message.pin(alice)
    Bookmark.objects.create(user=alice, message=message)

    message.erase(alice)

    message = Message.objects.get(pk=message.pk)
    assert wordings(message) == []
    assert not message.bookmarks.exists()
    assert message.pinned_at is message.pinned_by is None
    assert message.body == ""
    assert message.erased_by == alice
    message.pin(alice)
    assert Message.objects.get(pk=message.pk).pinned_at is None


@pytest.mark.parametrize("act", ["edit", "erase"])
def test_replies_take_its_tick(message: Message, den: Room, alice: User, act: str) -> None:
    reply = den.post(alice, "noon?", "k-2", message)
    other = den.post(alice, "well", "k-3")
    taken_back = den.post(alice, "or not", "k-4", message)
    taken_back.erase(alice)
    before = Message.objects.get(pk=taken_back.pk).clock

    getattr(message, act)(*{"edit": ["soup at noon"], "erase": [alice]}[act])

    clocks = dict(Message.objects.values_list("pk", "clock"))
    assert clocks[reply.pk] == clocks[message.pk] == Room.objects.get(pk=den.pk).clock
    assert clocks[other.pk] == other.position
    assert clocks[taken_back.pk] == before  # It shows nothing of it.


def test_a_pin_is_a_change_like_any_other(message: Message, den: Room, alice: User, bob: User) -> None:
    message.pin(alice)
    pinned = Message.objects.get(pk=message.pk)
    assert (pinned.pinned_by, pinned.clock) == (alice, Room.objects.get(pk=den.pk).clock)
    message.pin(bob)
    assert Message.objects.get(pk=message.pk).pinned_by == alice
    assert Message.objects.get(pk=message.pk).clock == pinned.clock

    message.unpin()

    unpinned = Message.objects.get(pk=message.pk)
    assert (unpinned.pinned_at, unpinned.pinned_by) == (None, None)
    assert unpinned.clock == pinned.clock + 1
    message.unpin()
    assert Message.objects.get(pk=message.pk).clock == unpinned.clock


def test_a_room_has_only_so_many_pins(message: Message, den: Room, alice: User) -> None:
    den.post(alice, "first", "k-2").pin(alice)
    said = [
        Message(
            room=den,
            author=alice,
            key=f"b-{n}",
            body="x",
            position=100 + n,
            clock=100 + n,
            pinned_at=message.created_at,
        )
        for n in range(MOST_PINS - 1)
    ]
    Message.objects.bulk_create(said)

    with pytest.raises(TooManyPins):
        message.pin(alice)

    assert Message.objects.get(pk=message.pk).pinned_at is None


def test_nothing_of_it_changes_in_an_archived_room(message: Message, den: Room, alice: User) -> None:
    den.archive()
    for act in (lambda: message.pin(alice), message.unpin, lambda: message.edit("x"), lambda: message.erase(alice)):
        with pytest.raises(Archived):
            act()


def test_an_excerpt_is_one_line(den: Room, bob: User) -> None:
    assert den.post(bob, "one\n\n  two", "k-2").excerpt == "one two"
    assert den.post(bob, "/me waves", "k-3").excerpt == "waves"
    assert len(den.post(bob, "x" * 10_000, "k-4").excerpt) == 120
    den.messages.filter(key="k-2").update(body="", files=[{"name": "plan.png"}])
    assert "plan.png" in den.messages.get(key="k-2").excerpt


def test_a_reply_never_shows_what_was_erased_while_it_was_reacted_to(den: Room, alice: User, bob: User) -> None:
    original = den.post(alice, "Plums", "k-1")
    reply = den.post(bob, "Indeed", "k-2", original)
    seen = Message.objects.for_display().get(pk=reply.pk)  # As a view looks it up.
    Message.objects.get(pk=original.pk).erase(alice)

    seen.react(alice, "👍")

    assert "Plums" not in show_message(seen)  # As the view answers; it is kept in the cache as well.
    assert "Plums" not in show_message(Message.objects.for_display().get(pk=reply.pk))


def test_a_reply_never_shows_what_was_erased_while_it_was_posted(den: Room, alice: User, bob: User) -> None:
    original = den.post(alice, "Plums", "k-1")
    seen = Message.objects.for_display().get(pk=original.pk)
    Message.objects.get(pk=original.pk).erase(alice)

    reply = den.post(bob, "Indeed", "k-2", seen)

    assert "Plums" not in show_message(reply)
    assert "Plums" not in show_message(Message.objects.for_display().get(pk=reply.pk))
