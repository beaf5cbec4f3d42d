"""Whom a text names: people of the room, in any script, and nobody else."""

import time
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from rooms.models import Membership, Room, User, Workspace
from rooms.models.mentions import Mentions, find_mentions, match, read_candidates
from rooms.naming import find_places, fold


def sign_up(*names: str) -> list[int]:
    return [
        User.objects.sign_up(email=f"{number}@example.org", name=name, password="x").pk
        for number, name in enumerate(names)
    ]


def named(text: str, *names: str) -> list[str]:
    """What of a text names somebody, in a room of people of these names."""
    found = match(list(find_places(text)), {fold(name): [number] for number, name in enumerate(names)})
    return [text[start:end] for start, end in found.spans]


def find(text: str, room: Room, author: User) -> Mentions:
    return find_mentions(read_candidates(text, room, author), room, author)


@pytest.mark.parametrize(
    ("text", "names", "expected"),
    [
        ("Hello @Bob", ["Bob"], ["@Bob"]),
        ("@bob, look; @BOB!", ["Bob"], ["@bob", "@BOB"]),
        ("(@Bob) *@Bob* “@Bob’s”", ["Bob"], ["@Bob", "@Bob", "@Bob"]),
        ("@Bobby", ["Bob"], []),
        ("@Bob_2 @Bob2", ["Bob"], []),
        ("a@bob.org", ["Bob", "bob.org"], []),
        ("https://example.org/@Bob", ["Bob"], []),
        ("@ Bob", ["Bob"], []),
        ("@Alice Moreau is here", ["Alice", "Alice Moreau"], ["@Alice Moreau"]),
        ("@Alice Moreaux", ["Alice", "Alice Moreau"], ["@Alice"]),
        ("@Alice  Moreau", ["Alice Moreau"], ["@Alice  Moreau"]),
        ("@Alice\nMoreau", ["Alice Moreau"], []),
        ("@山田 太郎 様", ["山田 太郎"], ["@山田 太郎"]),
        ("@山田太郎さん、@山田\u3000太郎さん", ["山田 太郎"], ["@山田太郎", "@山田\u3000太郎"]),
        ("こんにちは@さくらさん", ["さくら"], ["@さくら"]),
        ("@さくらこ", ["さくら", "さくらこ"], ["@さくらこ"]),
        ("＠ｂｏｂ ＠ﾔﾏﾀﾞ", ["Bob", "ヤマダ"], ["＠ｂｏｂ", "＠ﾔﾏﾀﾞ"]),
        ("@Bobさん", ["Bob"], ["@Bob"]),
        ("@민수는 @สมชายครับ", ["민수", "สมชาย"], ["@민수", "@สมชาย"]),
        ("@Ольга @ΣΊΣΥΦΟΣ @straße", ["ольга", "Σίσυφος", "STRASSE"], ["@Ольга", "@ΣΊΣΥΦΟΣ", "@straße"]),
        ("@José", ["Jose"], []),
        ("@Jose\u0301", ["José"], ["@Jose\u0301"]),
        ("@Jose\u0301", ["Jose"], []),
        ("@\u1e39", ["l\u0323\u0304"], ["@\u1e39"]),
        ("@l\u0304\u0323", ["\u1e39"], ["@l\u0304\u0323"]),
        ("@<b>&amp;", ["<b>&amp;"], ["@<b>&amp;"]),
        ("@@Bob", ["Bob"], []),
        ("@Bob@Alice", ["Bob", "Alice"], ["@Bob"]),
        ("@محمد", ["محمد"], ["@محمد"]),
    ],
)
def test_names_stand_in_text(text: str, names: list[str], expected: list[str]) -> None:
    assert named(text, *names) == expected


def test_only_people_of_the_room_are_named(den: Room, alice: User, bob: User) -> None:
    assert find("@Charlie @Bob Okafor @Alice Moreau", den, alice) == ([bob.pk], [(9, 20)])


def test_those_who_are_gone_are_not_named(lobby: Room, alice: User, bob: User, den: Room) -> None:
    direct = Room.objects.direct_between([alice, bob])
    assert find("@Bob Okafor", direct, alice).named == [bob.pk]
    bob.deactivate()
    assert find("@Bob Okafor", direct, alice).named == []


def test_two_of_one_name_are_both_named(lobby: Room, alice: User) -> None:
    both = sign_up("Kim", "kim")
    assert find("@Kim", lobby, alice).named == both


def test_a_text_without_names_costs_nothing(lobby: Room, alice: User) -> None:
    with CaptureQueriesContext(connection) as queries:
        find("no one, at alice@example.org or at @ 5 o'clock " * 50, lobby, alice)
    assert len(queries) == 0


def test_names_are_read_before_the_lock(lobby: Room, alice: User, bob: User) -> None:
    with CaptureQueriesContext(connection) as queries:
        candidates = read_candidates("@Bob Okafor @Charlie", lobby, alice)
    assert len(queries) == 1
    with CaptureQueriesContext(connection) as queries:
        assert find_mentions(candidates, lobby, alice).named
    assert len(queries) == 1
    with CaptureQueriesContext(connection) as queries:
        message = lobby.post(alice, "@Bob Okafor", "k-1")
    assert where_the_transaction_begins(queries) == 1
    with CaptureQueriesContext(connection) as queries:
        message.edit("@Bob Okafor!")
    assert where_the_transaction_begins(queries) == 1
    with CaptureQueriesContext(connection) as queries:
        message.edit("Bob Okafor!")
    assert where_the_transaction_begins(queries) == 0


def where_the_transaction_begins(queries: CaptureQueriesContext) -> int:
    """How many queries come before; a test is a transaction itself, and there it is a savepoint."""
    return [query["sql"].split()[0] for query in queries].index("SAVEPOINT")


@pytest.mark.parametrize("way", ["leaves", "is deactivated"])
def test_who_goes_before_the_lock_is_not_named(den: Room, alice: User, bob: User, way: str) -> None:
    namesake = User.objects.sign_up(email="x@example.org", name="bob okafor", password="x")
    den.admit([namesake])
    candidates = read_candidates("@Bob Okafor and @Bob Okafor", den, alice)
    den.dismiss([bob]) if way == "leaves" else bob.deactivate()
    assert find_mentions(candidates, den, alice) == ([namesake.pk], [(0, 11), (16, 27)])
    den.dismiss([namesake])
    assert find_mentions(candidates, den, alice) == ([], [])


def test_names_are_found_by_any_first_letter(lobby: Room, alice: User) -> None:
    names = ["zoë", "Zoé", "\uff3aed", "Éva", "\ufb01nn", "山田", "K (Kelvin)", "\u212a", "1st", "_x", "\u0130nci"]
    for name, pk in zip(names, sign_up(*names), strict=True):
        assert find(f"@{name}, @{name.lower()}", lobby, alice).named == [pk]


def test_a_message_keeps_whom_it_names(lobby: Room, alice: User, bob: User, charlie: User) -> None:
    message = lobby.post(alice, "@Bob Okafor, see", "k-1")
    message.refresh_from_db()
    assert (message.mentions, message.mention_spans) == ([bob.pk], [[0, 11]])
    message.edit("I mean @Charlie")
    message.refresh_from_db()
    assert (message.mentions, message.mention_spans) == ([charlie.pk], [[7, 15]])
    message.erase(by=alice)
    message.refresh_from_db()
    assert (message.mentions, message.mention_spans) == ([], [])


def test_everyone_can_be_called_once_a_minute(lobby: Room, den: Room, alice: User, bob: User) -> None:
    first = lobby.post(bob, "@room dinner, @here too", "k-1")
    assert first.mentions == ["room", "here"]
    assert lobby.post(bob, "@room again", "k-2").mentions == []
    assert lobby.post(alice, "@room I call", "k-3").mentions == ["room"]
    assert den.post(bob, "@room over here", "k-4").mentions == ["room"]
    first.erase(by=bob)
    assert lobby.post(bob, "@room unsaid, so said again", "k-5").mentions == []
    Membership.objects.filter(user=bob).update(called_at=timezone.now() - timedelta(minutes=1))
    assert lobby.post(bob, "@room", "k-6").mentions == ["room"]


def test_an_edited_call_is_the_same_call(lobby: Room, bob: User) -> None:
    message = lobby.post(bob, "@room diner", "k-1")
    message.edit("@room dinner")
    assert message.mentions == ["room"]
    other = lobby.post(bob, "Dinner", "k-2")
    other.edit("@room Dinner")
    assert other.mentions == []


def test_an_edit_that_may_not_call_again_keeps_the_call_it_was(lobby: Room, alice: User, bob: User) -> None:
    message = lobby.post(bob, "@room hi", "k-1")
    message.edit("@room @here hi")
    message.refresh_from_db()
    assert (message.mentions, message.mention_spans) == (["room"], [[0, 5]])
    assert alice.notifications.filter(message=message).exists()


def test_a_person_called_room_is_named_by_those_who_may_not_call_everyone(lobby: Room, alice: User, bob: User) -> None:
    (room,) = sign_up("Room")
    Workspace.objects.update(crowd_mentions=Workspace.CrowdMentions.ADMINISTRATORS)
    assert find("@room", lobby, alice).named == ["room"]
    assert find("@room", lobby, bob).named == [room]


def test_administrators_may_keep_the_calls_to_themselves(lobby: Room, alice: User, bob: User) -> None:
    Workspace.objects.update(crowd_mentions=Workspace.CrowdMentions.ADMINISTRATORS)
    assert lobby.post(bob, "@room @here", "k-1").mentions == []
    assert lobby.post(alice, "@room @here", "k-2").mentions == ["room", "here"]


def test_nobody_is_called_in_direct_messages(alice: User, bob: User) -> None:
    direct = Room.objects.direct_between([alice, bob])
    assert direct.post(alice, "@room @here @Bob Okafor", "k-1").mentions == [bob.pk]


NAMES = ["Bob", "Bobby", "Alice Moreau", "山田 太郎", "さくら", "Σίσυφος", "ﬁn", "İnci", "ﷺ", "room"]
PIECES = st.one_of(st.sampled_from([*NAMES, "@", "＠", " ", "\n", "\u0301", "\u200d", "/", "."]), st.text(max_size=3))


@given(st.lists(PIECES, max_size=40).map("".join))
def test_whatever_is_written_names_stand_where_they_are_said_to(text: str) -> None:
    names = {fold(name): [name] for name in NAMES}
    found = match(list(find_places(text)), names)
    said = {text[start + 1 : end] for start, end in found.spans}
    assert {fold(name) for name in found.named} == {fold(name) for name in said}
    assert found.spans == sorted(found.spans)
    assert all(text[start] in "@＠" and "\n" not in text[start:end] for start, end in found.spans)
    assert all(end <= start for (_, end), (start, _) in zip(found.spans, found.spans[1:], strict=False))


SLOW = {
    "of letters that fold to eighteen": "@aŀ" + "ﷺ" * 150 + "\n",
    "of such letters, and a name begins with them": "@" + "ﷺ" * 150 + "\n",
    "of accents in the wrong order": "@a" + "\u0301\u0323" * 75 + "\n",
    "of letters that come together": "@" + "\u1100\u1161" * 75 + "\n",
    "of the longest name": "@" + "ﷺ" * 80 + "\n",
}


@pytest.mark.parametrize(
    "piece", ["@", "@ ", "@a", "@Bob ", "@山", " @\u0301", "@ﷺ", "@" + "a" * 200 + " ", *SLOW.values()]
)
def test_a_text_of_nothing_but_signs_takes_no_time(piece: str) -> None:
    repeated = [letter * length for letter in "aﷺ가" for length in range(1, 81)]
    names = {fold(name): [name] for name in [*NAMES, *repeated, "Al", "a" + "\u0323" * 39 + "\u0301" * 40]}
    text = (piece * 10_000)[:10_000]
    began = time.process_time()
    match(list(find_places(text)), names)
    assert time.process_time() - began < 0.25
