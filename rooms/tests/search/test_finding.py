"""Who finds what."""

from itertools import chain

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from rooms.models import Message, Room, User
from rooms.search import finding, index, postgresql, sqlite
from rooms.search.finding import search
from rooms.search.query import read_query
from rooms.tests.search.conftest import Find, Say

TEXTS = [
    "The Café opens at nine, and Ｗｉｄｅ letters too",
    "昨日、田中さんは病院に行きました。",
    "カタカナのﾊﾝｶｸとデータ",
    "See https://example.org/guide?page=2 for v1.2.3",
    "We are going\n  home now 🎉🎉",
    "OK, I go to Oslo",
    "100% sure_thing 'quoted' \"AND\" NEAR(x) * col:umn",
]


@pytest.mark.parametrize(
    ("asked", "place"),
    [
        ("café", 0), ("CAFE", 0), ("afé", 0), ("wide", 0), ("ｗｉｄｅ", 0), ("nine opens", 0), ('"at nine, and"', 0),
        ("病院", 1), ("病", 1), ("に", 1), ("行きまし", 1), ("田中さんは病院", 1), ("病 田", 1), ("、", 1),
        ("かたかな", 2), ("ハンカク", 2), ("データ", 2), ("でーた", 2), ("ﾃﾞｰﾀ", 2),
        ("example.org/guide", 3), ("1.2.3", 3), ("page=2", 3),
        ('"going home"', 4), ("“going  home”", 4), ("「going home」", 4), ("🎉", 4), ("🎉🎉", 4), ("home　going", 4),
        ("ok", 5), ("os", 5), ("i", 5), ('"i go to"', 5),
        ("100%", 6), ("sure_th", 6), ("'quoted'", 6), ("AND\" near(x", 6), ("*", 6), ("col:umn", 6),
    ],
)  # fmt: skip
def test_texts_are_found_by_their_parts(lobby: Room, bob: User, find: Find, say: Say, asked: str, place: int) -> None:
    for text in TEXTS:
        say(lobby, bob, text)

    assert TEXTS[place] in find(bob, asked)


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("**AI** rules", "ai"), ("「AI」とは", "ai"), ("（AI）とは", "AI"), ("(ok)", "ok"), ("see #42", "42"),
        ("see (#4)", "#4"), ("$20", "20"), ("yes,no", "no"), ("“QA”", "qa"), ("a/b/cd", "cd"),
        ("snake_ok_case", "ok"), ("`x`", "x"),
    ],
)  # fmt: skip
def test_short_words_are_found_beside_signs(
    lobby: Room, bob: User, find: Find, say: Say, text: str, asked: str
) -> None:
    say(lobby, bob, text)

    assert find(bob, asked) == [text]


@pytest.mark.parametrize(("text", "asked"), [("rain", "ai"), ("142", "42"), ("किताब", "त"), ("x1", "1"), ("нет", "ет")])
def test_short_words_are_not_found_within_others(
    lobby: Room, bob: User, find: Find, say: Say, text: str, asked: str
) -> None:
    say(lobby, bob, text)

    assert find(bob, asked) == []


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("see the **release notes** now", '"the release notes now"'),
        ("a [map](https://example.org) here", '"map here"'),
        ("a [map](https://example.org) here", "example.org"),
        ("a [map](https://example.org) here", '"map here" example.org'),
        ("> line one\n> line two", '"one line"'),
        ("the _quick_ fox", '"the quick fox"'),
        ("**un**believable", "unbelievable"),
        ("2 \\* 3 :tada:", "🎉"),
        ("the **end** of the line, " * 80, '"the end of"'),
        ("I don’t know", "don't"),
        ("I don't know", "don’t"),
        ("Donau\u00addampf", "donaudampf"),
        ("zero\u200bwidth", "zerowidth"),
        ("zerowidth", "zero\u200bwidth"),
    ],
)
def test_texts_are_found_as_they_are_read(lobby: Room, bob: User, find: Find, say: Say, text: str, asked: str) -> None:
    say(lobby, bob, text)

    assert find(bob, asked) == [text]


@pytest.mark.parametrize(
    "asked",
    ["院病", '"nine opens"', "caffe", "病園", '"going now"', "sl", "k", "nine 病院", "ばーた", "sure thingy", "100% %"],
)
def test_what_was_not_said_is_not_found(lobby: Room, bob: User, find: Find, say: Say, asked: str) -> None:
    for text in TEXTS:
        say(lobby, bob, text)

    assert find(bob, asked) == []


def test_nobody_finds_what_was_said_where_they_are_not(
    den: Room, lobby: Room, alice: User, bob: User, charlie: User, find: Find, say: Say
) -> None:
    say(den, alice, "The secret is out")
    say(lobby, alice, "No secret at all")

    assert find(bob, "secret") == ["No secret at all", "The secret is out"]
    assert find(charlie, "secret") == ["No secret at all"]
    assert find(charlie, "secret in:den") == []

    den.dismiss([bob])

    assert find(bob, "secret") == ["No secret at all"]


def test_who_is_in_few_rooms_asks_the_index_for_them(
    den: Room, lobby: Room, alice: User, bob: User, charlie: User, find: Find, say: Say
) -> None:
    for number in range(30):
        say(lobby, alice, f"word {number}")
    say(den, alice, "word in the den")
    lobby.dismiss([bob])

    asked = finding.translate(bob, read_query(bob, "word"), None)

    assert asked.groups == [[finding.facet("room", den.pk)]]
    assert [len(found) for found in index.find(asked)] == [1]
    assert find(bob, "word") == ["word in the den"]


def test_who_is_in_most_rooms_asks_for_all_of_them(
    lobby: Room, bob: User, find: Find, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(lobby, bob, "word")
    monkeypatch.setattr(finding, "SHARE", 1 << 62)  # The tests before this one have used up ids.

    assert finding.translate(bob, read_query(bob, "word"), None).groups == []
    assert find(bob, "word") == ["word"]


def test_edited_and_erased_text_is_gone_at_once(lobby: Room, bob: User, find: Find, say: Say) -> None:
    edited, erased = say(lobby, bob, "Before the change"), say(lobby, bob, "Before it went")
    assert len(find(bob, "before")) == 2

    edited.edit("After the change")
    erased.erase(bob)

    assert find(bob, "before") == find(bob, "went") == []
    assert find(bob, "change") == ["After the change"]
    assert list(index.find(index.Asked([finding.facet("author", bob.pk)]))) == [[edited.pk]]


@pytest.mark.parametrize("asked", ["zebra", "from:bob", "in:lobby", "has:link"])
def test_what_another_version_erases_is_found_no_more(lobby: Room, bob: User, find: Find, say: Say, asked: str) -> None:
    """One that knows of no index, and so leaves the message in it."""
    message = say(lobby, bob, "A zebra: https://example.org")
    assert find(bob, asked)

    Message.objects.filter(pk=message.pk).update(erased_at=timezone.now(), erased_by=bob)

    assert list(index.find(index.Asked([finding.facet("author", bob.pk)]))) == [[message.pk]]
    assert find(bob, asked) == []


def test_a_message_may_change_many_times(lobby: Room, bob: User, find: Find, say: Say) -> None:
    message = say(lobby, bob, "version 0")
    for number in range(1, 30):
        message.edit(f"version {number} {'odd' if number % 2 else 'even'}")

    assert find(bob, "version") == find(bob, "odd") == ["version 29 odd"]
    assert find(bob, "even") == []


@pytest.mark.parametrize("at_once", [False, True])
@pytest.mark.parametrize("count", [0, 1, 19, 20, 21, 45])
def test_pages_follow_each_other_without_gap_or_double(
    lobby: Room, alice: User, bob: User, say: Say, count: int, at_once: bool
) -> None:
    said = [say(lobby, (alice, bob)[number % 2], f"needle {number}").pk for number in range(count)]
    if at_once:
        Message.objects.update(created_at=timezone.now())
    query, before, pages = read_query(bob, "needle"), None, []

    while True:
        page = search(bob, query, before)
        pages.append([message.pk for message in page.messages])
        if page.before is None:
            break
        before = page.before

    assert list(chain(*pages)) == said[::-1]
    assert all(len(page) == finding.PAGE_SIZE for page in pages[:-1])


def test_a_request_ends_where_it_has_looked_at_enough(lobby: Room, bob: User, say: Say, monkeypatch) -> None:
    for number in range(8):
        say(lobby, bob, "abc bcd" if number else "abcd")  # All of abc and bcd, and no abcd but for the first.
    monkeypatch.setattr(finding, "BATCH", 2)
    monkeypatch.setattr(finding, "MOST", 4)
    query = read_query(bob, "abcd")

    first = search(bob, query)
    rest = search(bob, query, first.before)

    assert (first.messages, first.complete) == ([], False)
    assert [message.body for message in rest.messages] == ["abcd"]


def test_a_request_ends_where_it_has_read_enough(lobby: Room, bob: User, say: Say, monkeypatch) -> None:
    for number in range(8):
        say(lobby, bob, "abc bcd " * 50 if number else "abcd")
    monkeypatch.setattr(finding, "BATCH", 2)
    monkeypatch.setattr(finding, "LETTERS", 1_000)
    query = read_query(bob, "abcd")

    first = search(bob, query)
    rest = search(bob, query, first.before)

    assert (first.messages, first.complete) == ([], False)
    assert [message.body for message in rest.messages] == ["abcd"]


@pytest.mark.parametrize("size", [sqlite.FIRST, 2])
def test_pieces_of_the_index_are_read_one_after_the_other(
    lobby: Room, bob: User, say: Say, monkeypatch, size: int
) -> None:
    monkeypatch.setattr(sqlite, "FIRST", size)
    monkeypatch.setattr(postgresql, "MOST", size)
    said = [say(lobby, bob, f"again {number}").pk for number in range(9)]
    asked = index.Asked(read_query(bob, "again").needles[0].terms)

    narrower = asked._replace(above=said[2], below=said[6])

    assert list(chain(*index.find(asked))) == said[::-1]
    assert list(chain(*index.find(narrower))) == said[5:2:-1]


def test_the_index_reads_no_whole_table(lobby: Room, bob: User, say: Say) -> None:
    for number in range(3):
        say(lobby, bob, f"Something {number}")
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert len(search(bob, read_query(bob, "something from:bob in:lobby")).messages) == 3

    reads = [query["sql"] for query in queries if "search_" in query["sql"]]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")  # Three rows are read sooner without an index.
        cursor.execute(f"EXPLAIN {'' if connection.vendor == 'postgresql' else 'QUERY PLAN'} {reads[-1]}")
        plan = str(cursor.fetchall())
    assert ("VIRTUAL TABLE INDEX" if connection.vendor == "sqlite" else "Bitmap Index Scan on search_terms") in plan


@pytest.mark.parametrize("by_author", [False, True])
@pytest.mark.parametrize("most", [1, 3, 1_000])
def test_ids_far_apart_are_found_in_order(
    lobby: Room, bob: User, say: Say, monkeypatch: pytest.MonkeyPatch, most: int, by_author: bool
) -> None:
    """As if a block had four ids and a stretch sixteen: all ways through PostgreSQL's, and the one through SQLite's."""
    monkeypatch.setattr(postgresql, "BLOCK", 2)
    monkeypatch.setattr(postgresql, "STRETCH", 4)
    monkeypatch.setattr(postgresql, "MOST", most)
    said = [say(lobby, bob, "often, and seldom" if number % 13 == 0 else "often").pk for number in range(50)]
    groups = [[finding.facet("author", bob.pk)]] if by_author else []

    for word, expected in (("often", said), ("seldom", said[::13])):
        asked = index.Asked(read_query(bob, word).needles[0].terms, groups)
        assert list(chain(*index.find(asked))) == expected[::-1]
        for above, below in ((said[3], said[40]), (said[30], said[31]), (said[9], said[10] + 500), (said[20], said[5])):
            between = [pk for pk in expected[::-1] if above < pk < below]
            assert list(chain(*index.find(asked._replace(above=above, below=below)))) == between
