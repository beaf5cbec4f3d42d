"""What the words and filters mean."""

from random import Random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from rooms.models import Message, Room, User
from rooms.search import index
from rooms.search.query import read_query
from rooms.tests.search.conftest import Find, Say


@pytest.fixture
def talk(lobby: Room, den: Room, alice: User, bob: User, charlie: User, say: Say) -> None:
    direct = Room.objects.direct_between([alice, bob])
    for room, author, body in [
        (lobby, alice, "one https://example.org"),
        (lobby, bob, "two"),
        (lobby, charlie, "three"),
        (den, alice, "four"),
        (den, bob, "five"),
        (direct, alice, "six"),
        (direct, bob, "seven"),
    ]:
        say(room, author, body)
    message = say(lobby, alice, "eight")
    index.remove(message)
    message.files = [{"name": "Grundriss Küche.png", "kind": "image", "size": 7}]
    message.save(update_fields=["files"])
    index.add([message])


@pytest.mark.parametrize(
    ("asked", "numbers"),
    [
        ("from:alice", "eight six four one"),
        ("from:moreau", "eight six four one"),
        ("FROM:@Alice in:lobby", "eight one"),
        ('from:"alice moreau" in:den', "four"),
        ("from:alice from:bob in:den", "five four"),
        ("from:alice moreau in:den", "four"),
        ("From:@Alice  Moreau eight", "eight"),
        ("from:alice eight", "eight"),
        ("from:alice from:bob two", "two"),
        ("from:me", "seven five two"),
        ("in:alice moreau six", "six"),
        ("from：me in：den", "five"),
        ("in:lobby", "eight three two one"),
        ("in:#den in:lobby from:me", "five two"),
        ("in:alice", "seven six"),
        ('in:"Alice Mor" from:me', "seven"),
        ("has:link", "one"),
        ("has:links from:bob", ""),
        ("has:image", "eight"),
        ("has:file has:image küche", "eight"),
        ("grundriss.png", ""),
        ("grundriss .png", "eight"),
        ("from:", ""),
        ("in: den five", "five"),
        ("after:2020-01-01 before:2100 six", "six"),
        ("on:2019", ""),
    ],
)
def test_filters_say_who_where_and_what(talk: None, bob: User, find: Find, asked: str, numbers: str) -> None:
    assert " ".join(body.split()[0] for body in find(bob, asked)) == numbers


@pytest.mark.parametrize(
    ("asked", "numbers"),
    [
        ("from:川瀬 陽菜 写真", "写真1"),
        ("from:川瀬　陽菜　写真", "写真1"),
        ("from:川瀬陽菜", "会議 写真1"),
        ("from:陽菜 写真", "写真1"),
        ("from:川瀬 写真", "写真1"),
        ('from:"川瀬 陽菜" 会', "会議"),
        ('from:"川瀬陽" 会', "会議"),
        ("in:川瀬 陽菜 写真", ""),
    ],
)
def test_names_are_written_as_they_are_shown(
    lobby: Room, alice: User, bob: User, find: Find, say: Say, asked: str, numbers: str
) -> None:
    alice.introduce(name="川瀬 陽菜", language="ja", time_zone="UTC")
    for author, body in ((alice, "写真1"), (bob, "写真2"), (alice, "会議")):
        say(lobby, author, body)

    assert " ".join(find(bob, asked)) == numbers


def test_it_tells_who_writes_an_unknown_name_how_to(bob: User) -> None:
    assert read_query(bob, "from:zoe miller x").problems == [
        "Nobody is called “zoe”.",
        'A name with spaces goes into quotation marks: from:"zoe miller"',
    ]


@pytest.mark.parametrize("kind", ["from:bob", "in:lobby"])
def test_names_are_read_once_and_compared_with_few(lobby: Room, bob: User, kind: str) -> None:
    with CaptureQueriesContext(connection) as once:
        read_query(bob, kind)
    with CaptureQueriesContext(connection) as often:
        assert not read_query(bob, f"{kind} " * 5).problems
    with CaptureQueriesContext(connection) as most:
        problems = read_query(bob, f"{kind} " * 28).problems

    assert len(once) == len(often) == len(most)
    assert problems == [f"“{kind.split(':')[0]}:” may stand there five times."]


def test_ones_own_name_goes_before_being_oneself(alice: User, bob: User, lobby: Room, find: Find, say: Say) -> None:
    say(lobby, bob, "by Bob")
    say(lobby, alice, "by whom Alice has renamed")
    alice.introduce(name="Me Too", language="en", time_zone="UTC")

    assert find(bob, "from:me by") == ["by whom Alice has renamed"]


@pytest.mark.parametrize("text", ["in:room-no-9", "from:zoe", "has:x", "on:x", "before:2026-13", "after:99999"])
def test_what_is_not_understood_finds_nothing_and_says_so(talk: None, bob: User, find: Find, text: str) -> None:
    assert len(read_query(bob, f"one {text}").problems) == 1
    assert find(bob, f"one {text}") == []


def test_what_is_found_is_what_stands_in_the_messages(
    lobby: Room, den: Room, alice: User, bob: User, find: Find, say: Say
) -> None:
    """After many posts, edits and erasures, against a search that reads everything."""
    random, said = Random(11), list[Message]()
    words = ["alpha", "beta", "alphabet", "病院", "院", "に行く", "x", "go", "🎉", "C++"]
    for _ in range(120):
        act = random.choice(["say", "say", "edit", "erase"]) if said else "say"
        text = random.choice([" ", ""]).join(random.choices(words, k=random.randint(1, 4)))
        message = random.choice(said) if said else None
        if act == "say" or message is None:
            said.append(say(random.choice([lobby, den]), random.choice([alice, bob]), text))
        elif act == "edit":
            message.edit(text)
        else:
            message.erase(alice)

    for word in ("alpha", "alphabet", "bet", "病院", "院", "行", "く", "院に", "🎉", "c++"):
        bodies = Message.objects.filter(erased_at=None).order_by("-pk").values_list("body", flat=True)
        assert find(bob, word) == [body for body in bodies if word in body.casefold()][:20], word
