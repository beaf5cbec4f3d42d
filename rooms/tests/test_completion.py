"""Completing a name: where it is being typed, whom it may become, and the text after that."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from rooms.completion import complete, find_caret, find_choice, find_emoji, find_opening, narrow, suggest
from rooms.models import Room, User, Workspace
from rooms.models.mentions import find_mentions, read_candidates
from rooms.naming import fold


def typed(text: str, caret: int | None = None) -> str | None:
    opening = find_opening(text, len(text) if caret is None else caret)
    return opening.typed if opening else None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@", ""),
        ("hello @al", "al"),
        ("hello @Alice Mo", "Alice Mo"),
        ("こんにちは@山", "山"),
        ("hello", None),
        ("al@ice", None),
        ("https://example.org/@al", None),
        ("@@", None),
        ("@ al", None),
        ("@al\nice", None),
        ("@Bob and @al", "al"),
        ("＠山", "山"),
        ("@" + "a" * 200, None),
    ],
)
def test_a_name_that_was_begun(text: str, expected: str | None) -> None:
    assert typed(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (":sm", "sm"),
        ("so :thumbs_u", "thumbs_u"),
        ("ね ：ねこ", "ねこ"),
        (":+1", None),
        (":s", None),
        ("12:30", None),
        ("note:that", None),
        (":smile:", None),
        ("https://example", None),
        (":)", None),
        (":two words", None),
    ],
)
def test_an_emoji_that_was_begun(text: str, expected: str | None) -> None:
    opening = find_emoji(text, len(text))
    assert (opening.typed if opening else None) == expected


@pytest.mark.parametrize(
    ("before", "text", "caret"),
    [
        ("", "hello", 5),
        ("@al", "@all", 4),
        ("@al x", "@all x", 4),
        ("one two", "one @two", 5),
        ("one @al two", "one @a two", 6),
        ("@ya", "@や", 2),
        ("aaaa", "aaaaa", 5),
        ("", "", 0),
    ],
)
def test_the_caret_is_where_the_text_changed(before: str, text: str, caret: int) -> None:
    assert find_caret(text, before) == caret


@given(st.text(max_size=20), st.text(max_size=5), st.text(max_size=20))
def test_what_follows_the_caret_was_there_before(start: str, new: str, end: str) -> None:
    caret = find_caret(start + new + end, start + end)
    assert (start + end).endswith((start + new + end)[caret:])
    assert 0 <= caret <= len(start + new + end)


def names(room: Room, viewer: User, typed: str) -> list[str]:
    return [choice.name for choice in suggest(room, viewer, typed)]


def test_those_who_spoke_last_come_first(lobby: Room, alice: User, bob: User, charlie: User) -> None:
    assert names(lobby, alice, "") == ["Bob Okafor", "Charlie", "room", "here"]
    lobby.post(bob, "first", "k-1")
    lobby.post(charlie, "second", "k-2")
    assert names(lobby, alice, "") == ["Charlie", "Bob Okafor", "room", "here"]


def test_any_word_of_a_name_will_do(lobby: Room, alice: User, bob: User) -> None:
    for begun in ("b", "BOB", "bob o", "oka", "ｂｏ"):
        assert names(lobby, alice, begun) == ["Bob Okafor"]
    for other in ("ob", "kafor", "bob x", "bob okafor "):
        assert names(lobby, alice, other) == []


def test_a_name_that_is_whole_is_not_offered(lobby: Room, alice: User, bob: User) -> None:
    assert names(lobby, alice, "bob okafor") == []
    User.objects.sign_up(email="x@example.org", name="Bob Okafor Junior", password="x")
    assert names(lobby, alice, "bob okafor") == ["Bob Okafor", "Bob Okafor Junior"]


@pytest.mark.parametrize(
    ("name", "begun"),
    [
        ("Zoë Brand", "ZOË"),
        ("Zoë Brand", "bra"),
        ("\u212aelvin", "k"),
        ("ﬁnn", "fi"),
        ("ＢＯＢ", "bob"),
        ("Straße", "strass"),
        ("İnci", "i\u0307n"),
        ("x_100% y", "x_100% y"),
        ("K.", "\u212a."),
    ],
)
def test_a_database_leaves_nobody_out(lobby: Room, alice: User, name: str, begun: str) -> None:
    User.objects.sign_up(email="x@example.org", name=name, password="x")
    assert name in names(lobby, alice, begun) or fold(begun) == fold(name)
    assert list(narrow(lobby.memberships.filter(user__name=name), fold(begun)))


def test_names_that_cannot_be_are_not_read(lobby: Room, alice: User, bob: User, charlie: User) -> None:
    found = narrow(lobby.memberships.all(), "oka").values_list("user__name", flat=True)
    assert list(found) == ["Bob Okafor"]


def test_names_without_spaces(lobby: Room, alice: User) -> None:
    User.objects.sign_up(email="x@example.org", name="山田 太郎", password="x")
    for begun in ("山", "山田", "山田 ", "山田\u3000太", "山田太", "太"):
        assert names(lobby, alice, begun) == ["山田 太郎"]
    assert names(lobby, alice, "山田 太郎 ") == []
    assert names(lobby, alice, "山田 太郎さん") == []


def test_eight_are_offered_and_namesakes_are_one(lobby: Room, alice: User) -> None:
    for number in range(12):
        User.objects.sign_up(email=f"{number}@example.org", name=f"Kim {number % 10}", password="x")
    found = suggest(lobby, alice, "kim")
    assert len(found) == 8
    assert [choice.people for choice in found][:3] == [2, 2, 1]


def test_only_the_rooms_people_are_offered(den: Room, alice: User, bob: User, charlie: User) -> None:
    assert names(den, alice, "") == ["Bob Okafor", "room", "here"]
    assert find_choice(den, alice, str(charlie.pk)) is None
    assert find_choice(den, alice, "9" * 40) is None
    assert find_choice(den, alice, "nonsense") is None


def test_everyone_is_offered_to_whom_may_call_them(lobby: Room, alice: User, bob: User) -> None:
    assert names(lobby, bob, "ro") == ["room"]
    Workspace.objects.update(crowd_mentions=Workspace.CrowdMentions.ADMINISTRATORS)
    assert names(lobby, bob, "ro") == []
    assert find_choice(lobby, bob, "room") is None
    assert names(lobby, alice, "ro") == ["room"]
    assert names(Room.objects.direct_between([alice, bob]), alice, "") == ["Bob Okafor"]


def test_what_is_completed_names_them(lobby: Room, alice: User, bob: User) -> None:
    text = "see @ok tomorrow"
    opening = find_opening(text, 7)
    assert opening
    completed = complete(text, opening, bob.name)
    assert completed == "see @Bob Okafor tomorrow"
    assert find_mentions(read_candidates(completed, lobby, alice), lobby, alice).named == [bob.pk]


def test_offering_costs_three_queries(lobby: Room, bob: User) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert len(suggest(lobby, bob, "")) == 4
    assert len(queries) == 3
