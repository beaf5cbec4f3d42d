"""What of a room counts, by how much somebody wants to hear of it and by what is said there."""

from collections.abc import Callable

import pytest

from rooms.models import Membership, Message, Room, User
from rooms.models.membership import read_everything

COUNTED = {
    # Of a plain message, a mention, a reply, and in a direct room a plain message and a mention.
    "everything": (1, 1, 1, 1, 1),
    "mentions": (0, 1, 1, 0, 1),
    "nothing": (0, 0, 0, 0, 0),
    "hidden": (0, 0, 0, 0, 0),
}
KINDS = ("plain", "mention", "reply", "direct", "direct mention")
MATRIX = [(level, kind, row[KINDS.index(kind)]) for level, row in COUNTED.items() for kind in KINDS]


@pytest.fixture
def say(den: Room, alice: User, bob: User) -> Callable[[str], Message]:
    """Let Alice say something of that kind, for Bob to hear."""

    def say(kind: str) -> Message:
        room = Room.objects.direct_between([alice, bob]) if kind.startswith("direct") else den
        body = "Soup is ready, @Bob Okafor" if "mention" in kind else "Soup is ready"
        answered = den.post(bob, "When?", "question") if kind == "reply" else None
        return room.post(alice, body, f"key-{kind.replace(' ', '-')}", reply_to=answered)

    return say


def standing(room: Room, user: User) -> Membership:
    return Membership.objects.with_unread().get(room=room, user=user)


@pytest.mark.parametrize(("level", "kind", "counted"), MATRIX)
def test_what_counts(say, den: Room, alice: User, bob: User, level: str, kind: str, counted: int) -> None:
    room = Room.objects.direct_between([alice, bob]) if kind.startswith("direct") else den
    room.memberships.get(user=bob).involve(level)

    message = say(kind)

    membership = standing(message.room, bob)
    assert membership.unread == counted
    assert bool(membership.mentioned) == bool(counted and kind in {"mention", "reply", "direct mention"})


@pytest.mark.parametrize("level", COUNTED)
@pytest.mark.parametrize("kind", KINDS)
def test_the_level_may_be_chosen_afterwards(say, bob: User, level: str, kind: str) -> None:
    room = say(kind).room

    room.memberships.get(user=bob).involve(level)

    assert standing(room, bob).unread == COUNTED[level][KINDS.index(kind)]


@pytest.mark.parametrize("level", COUNTED)
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_erased_counts_nowhere(say, alice: User, bob: User, level: str, kind: str) -> None:
    message = say(kind)
    message.room.memberships.get(user=bob).involve(level)

    message.erase(by=alice)

    assert (standing(message.room, bob).unread, standing(message.room, bob).mentioned) == (0, 0)


def test_a_name_that_is_edited_out_calls_nobody(say, den: Room, bob: User) -> None:
    den.memberships.get(user=bob).involve("mentions")
    message = say("mention")
    assert standing(den, bob).unread == 1

    message.edit("Soup is ready, everybody")
    assert standing(den, bob).unread == 0

    message.edit("Soup is ready, @Bob Okafor")
    assert standing(den, bob).unread == 1


@pytest.mark.parametrize("kind", KINDS)
def test_read_means_none(say, bob: User, kind: str) -> None:
    room = say(kind).room

    read_everything(bob.pk)

    assert (standing(room, bob).unread, standing(room, bob).mentioned) == (0, 0)


def test_what_one_says_oneself_never_counts(say, den: Room, alice: User) -> None:
    say("mention")

    assert standing(den, alice).unread == 0


def test_a_room_that_counts_for_nothing_still_says_what_is_new(say, den: Room, bob: User) -> None:
    den.memberships.get(user=bob).involve("hidden")

    message = say("plain")

    assert den.memberships.get(user=bob).find_unread().get() == message
