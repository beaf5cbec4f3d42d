"""Reactions: who may, what may be one, how they are counted, and that each is a change like any other."""

import pytest
from django.core.exceptions import ValidationError

from rooms.live.testing import captured_bells
from rooms.models import Archived, Message, Room, User
from rooms.models.reacting import MOST_REACTIONS, normalize_reaction
from rooms.models.reaction import Reaction
from rooms.models.room import NotAMember

FAMILY = "👨‍👩‍👧‍👦"


@pytest.fixture
def message(den: Room, alice: User) -> Message:
    return den.post(alice, "Tea is ready", "tea")


def shown(message: Message) -> list[tuple[str, list[int]]]:
    """As its row says it; asserts that the rows of reactions say the same."""
    reactions = Message.objects.get(pk=message.pk).reactions
    rows = Reaction.objects.filter(message=message).values_list("content", "user")
    assert sorted(rows) == sorted((content, pk) for content, user_ids in reactions for pk in user_ids)
    return [(content, user_ids) for content, user_ids in reactions]


def test_equal_ones_are_counted_together(message: Message, alice: User, bob: User) -> None:
    message.react(bob, "👍")
    message.react(alice, "🎉")
    message.react(alice, "👍")

    assert shown(message) == [("👍", [bob.pk, alice.pk]), ("🎉", [alice.pk])]


def test_one_takes_it_back(message: Message, alice: User, bob: User) -> None:
    message.react(bob, "👍")
    message.react(alice, "👍")
    message.unreact(bob, "👍")
    assert shown(message) == [("👍", [alice.pk])]

    message.toggle_reaction(alice, "👍")
    assert shown(message) == []

    message.toggle_reaction(alice, "👍")
    assert shown(message) == [("👍", [alice.pk])]


def test_each_is_a_tick_and_a_bell(message: Message, bob: User) -> None:
    with captured_bells() as bells:
        message.react(bob, "👍")
    message.room.refresh_from_db()
    assert message.clock == message.room.clock > message.position
    assert len(bells) == 1

    with captured_bells() as bells:
        message.react(bob, "👍")
        message.unreact(bob, "🎉")
    assert message.room.clock == Room.objects.get(pk=message.room_id).clock
    assert bells == []


def test_only_members_react(message: Message, bob: User, charlie: User) -> None:
    with pytest.raises(NotAMember):
        message.react(charlie, "👍")

    message.react(bob, "👍")
    message.room.dismiss([bob])
    with pytest.raises(NotAMember):
        message.unreact(bob, "👍")
    assert shown(message) == [("👍", [bob.pk])]  # What they said stays said.


def test_nothing_is_said_in_an_archived_room(message: Message, bob: User) -> None:
    message.react(bob, "👍")
    message.room.archive()

    for verb in (message.react, message.unreact, message.toggle_reaction):
        with pytest.raises(Archived):
            verb(bob, "👍")
    assert shown(message) == [("👍", [bob.pk])]


def test_erasing_takes_them_along(message: Message, alice: User, bob: User) -> None:
    stale = Message.objects.for_display().get(pk=message.pk)
    message.react(bob, "👍")
    message.erase(alice)
    assert shown(message) == []

    stale.react(bob, "🎉")
    assert shown(message) == []


def test_a_message_takes_so_many_different_ones(message: Message, alice: User, bob: User) -> None:
    for number in range(MOST_REACTIONS):
        message.react(bob, f"no {number}")

    with pytest.raises(ValidationError, match="20 different"):
        message.react(bob, "one more")
    message.react(alice, "no 7")
    assert len(shown(message)) == MOST_REACTIONS


def test_people_at_once_lose_nothing(message: Message, alice: User, bob: User) -> None:
    """Each looks at the row as it was before the other."""
    first, second = (Message.objects.for_display().get(pk=message.pk) for _ in range(2))
    first.react(alice, "👍")
    second.react(bob, "👍")
    assert shown(message) == [("👍", [alice.pk, bob.pk])]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("👍", "👍"),
        (" 👍\n", "👍"),
        ("👍🏽", "👍🏽"),
        (FAMILY, FAMILY),
        ("🇯🇵", "🇯🇵"),
        ("🏴󠁧󠁢󠁳󠁣󠁴󠁿", "🏴󠁧󠁢󠁳󠁣󠁴󠁿"),
        ("1️⃣", "1️⃣"),
        ("❤", "❤️"),
        ("❤️", "❤️"),
        ("❤︎", "❤️"),
        (":tada:", "🎉"),
        (":nothing_known:", ":nothing_known:"),
        ("LGTM", "LGTM"),
        ("ship  it", "ship it"),
        ("いいね！", "いいね！"),
        ("e\u0301", "é"),
        ("x" * 16, "x" * 16),
        (FAMILY * 4, FAMILY * 4),
        ("a\u200bb\u200e", "ab"),
        ("<b>&\"'", "<b>&\"'"),
    ],
)
def test_one_emoji_or_some_letters(given: str, kept: str) -> None:
    assert normalize_reaction(given) == kept
    assert normalize_reaction(kept) == kept


@pytest.mark.parametrize(
    "given",
    [
        "",
        "   ",
        "x" * 17,
        FAMILY * 17,
        "e" + "\u0301" * 80,
        "a\u202eb",
        "a\u2066b",
        "a\x00b",
        "\ud800",
        "\u200b",
        "\u200d",
    ],
)
def test_nothing_else_is(given: str) -> None:
    with pytest.raises(ValidationError):
        normalize_reaction(given)
