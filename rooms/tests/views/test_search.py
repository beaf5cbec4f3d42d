"""The page of search, as each sees it."""

from datetime import UTC, datetime, timedelta

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext

from rooms import posting
from rooms.models import Message, Room, User
from rooms.posting import BURST
from rooms.search.models import Document, Recent
from rooms.tests.conftest import SignIn

HTMX = {"HX-Request": "true"}


def read_hits(html: bytes) -> list[str]:
    return [" ".join(hit.get_text().split()) for hit in BeautifulSoup(html, "html.parser").select(".found__text")]


@pytest.fixture
def talk(lobby: Room, den: Room, alice: User, bob: User) -> list[Message]:
    said = [(lobby, bob, "The ferry leaves at nine"), (den, alice, "A ferry for the den"), (lobby, bob, "Bring gloves")]
    return [room.post(author, body, f"k{number}") for number, (room, author, body) in enumerate(said)]


def test_it_finds_in_ones_own_rooms_and_marks_what_it_found(sign_in: SignIn, bob: User, charlie: User, talk) -> None:
    page = BeautifulSoup(sign_in(bob).get("/search/?q=FERRY").content, "html.parser")

    assert [mark.get_text() for mark in page.select(".found__text mark")] == ["ferry", "ferry"]
    assert [link["href"] for link in page.select(".found__text")] == [f"/messages/{talk[n].pk}/" for n in (1, 0)]
    assert read_hits(sign_in(charlie).get("/search/?q=ferry").content) == ["The ferry leaves at nine"]


def test_a_hit_opens_in_its_room(sign_in: SignIn, bob: User, talk) -> None:
    browser = sign_in(bob)

    response = browser.get(f"/messages/{talk[0].pk}/", follow=True)

    assert response.request["QUERY_STRING"] == f"around={talk[0].pk}"
    assert f'id="message-{talk[0].pk}"' in response.content.decode()


def test_while_one_types_only_the_list_is_sent(sign_in: SignIn, bob: User, talk) -> None:
    response = sign_in(bob).get("/search/?q=gloves", headers=HTMX)

    assert read_hits(response.content) == ["Bring gloves"]
    assert b"<html" not in response.content and b"1 message" in response.content
    assert not Recent.objects.exists()


def test_what_was_said_is_text(sign_in: SignIn, bob: User, lobby: Room) -> None:
    lobby.post(bob, "<b hx-get='/x'>ferry</b> & `<img src=x onerror=alert(1)>`", "k")

    page = BeautifulSoup(sign_in(bob).get('/search/?q="<b> ferry').content, "html.parser")
    hit = BeautifulSoup(sign_in(bob).get("/search/?q=ferry").content, "html.parser").select_one(".found__text")

    assert page.select_one("#search-text")["value"].strip() == '"<b> ferry'
    assert hit.find_all(True) == hit.find_all("mark") != []
    assert "onerror=alert(1)" in hit.get_text()


def test_pages_go_on_where_the_last_one_ended(sign_in: SignIn, bob: User, lobby: Room) -> None:
    for number in range(25):
        lobby.post(bob, f"ferry {number}", f"k{number}")
    browser = sign_in(bob)

    first = BeautifulSoup(browser.get("/search/?q=ferry").content, "html.parser")
    link = first.select_one(".founds__more a")
    rest, fragment = browser.get(link["href"]), browser.get(link["hx-get"], headers=HTMX)

    assert read_hits(rest.content) == read_hits(fragment.content) == [f"ferry {number}" for number in range(4, -1, -1)]
    assert b"<html" in rest.content and b"<html" not in fragment.content


def test_what_a_search_costs_does_not_grow_with_what_it_finds(sign_in: SignIn, alice: User, bob: User) -> None:
    browser, counts = sign_in(bob), []
    for number in range(3):
        direct = Room.objects.direct_between([alice, bob])
        closed = Room.objects.open_up(Room.Kind.CLOSED, name=f"Room {number}", creator=alice, people=[bob])
        for room in (direct, closed):
            room.post(alice, "ferry", f"k{number}-{room.pk}")
        with CaptureQueriesContext(connection) as queries:
            found = browser.get("/search/?q=ferry", headers=HTMX)
        assert len(read_hits(found.content)) == 2 * number + 2
        counts.append(len(queries))

    assert len(set(counts)) == 1, counts


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("from:nobody", "Nobody is called “nobody”."),
        ("in:nowhere", "None of your rooms is called “nowhere”."),
        ("has:fun", "has: is followed by file, image or link."),
        ("before:later", "“later” is no date"),
        ("on:2026-02-30", "“2026-02-30” is no date"),
        (
            " ".join(f"w{number}" for number in range(31)),
            "Search for at most 30 words; a phrase",
        ),
        (" ".join(f"w{number}" for number in range(30)) + " w1 W1", "Nothing like that was said in your rooms."),
        ("nothing-like-it", "Nothing like that was said in your rooms."),
    ],
)
def test_it_says_what_it_does_not_understand(sign_in: SignIn, bob: User, talk, query: str, words: str) -> None:
    assert words in sign_in(bob).get("/search/", {"q": query}).content.decode()


def test_who_searches_too_often_is_told_to_wait(
    sign_in: SignIn, bob: User, charlie: User, talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posting, "BURST_SECONDS", 1_000_000_000)  # The test is to begin and to end in one of them.
    browser = sign_in(bob)
    for number in range(3 * BURST):
        assert browser.get(f"/search/?q=word {number}", headers=HTMX).status_code == 200

    refused = [browser.get("/search/?q=ferry", headers=headers) for headers in (HTMX, {})]

    assert browser.get("/search/").status_code == 200
    assert read_hits(sign_in(charlie).get("/search/?q=ferry").content) == ["The ferry leaves at nine"]
    for response in refused:
        assert response.status_code == 429 and int(response.headers["Retry-After"]) >= 1
        assert "Too many searches at once." in response.content.decode()
        assert read_hits(response.content) == []
    assert not bob.recent_searches.exists()


def test_rooms_one_is_not_in_are_not_told_of(sign_in: SignIn, charlie: User, talk) -> None:
    browser = sign_in(charlie)

    there, nowhere = (browser.get(f"/search/?q=in:{name}", headers=HTMX).content for name in ("den", "nay"))

    assert there.replace(b"den", b"nay") == nowhere


def test_ten_searches_are_kept_and_can_be_cleared(sign_in: SignIn, bob: User, talk) -> None:
    browser = sign_in(bob)
    for number in range(12):
        browser.get(f"/search/?q=word {number}")
    browser.get("/search/?q=word 5")
    browser.post("/search/recent/", {"q": "  typed   and left "}, headers=HTMX)
    for unkept in ("", "in:lobby", "from:nobody"):
        browser.get(f"/search/?q={unkept}")

    kept = list(bob.recent_searches.values_list("text", flat=True))
    assert kept == ["typed and left", "word 5", *(f"word {number}" for number in (11, 10, 9, 8, 7, 6, 4, 3))]
    assert "typed and left" in browser.get("/search/").content.decode()

    browser.post("/search/recent/clearing/")

    assert not bob.recent_searches.exists()
    assert "typed and left" not in browser.get("/search/").content.decode()


def test_it_says_when_not_all_is_indexed_yet(sign_in: SignIn, bob: User, talk) -> None:
    browser = sign_in(bob)
    note = "still being prepared"
    assert note not in browser.get("/search/?q=ferry").content.decode()

    Document.objects.filter(pk=talk[0].pk).delete()

    assert note in browser.get("/search/?q=ferry").content.decode()


@pytest.mark.parametrize("text", ["\0", "%00", "x" * 5000, '"' * 50, "(" * 100, "from:", "😀" * 300, "\ud800"])
def test_whatever_is_typed_is_answered(sign_in: SignIn, bob: User, talk, text: str) -> None:
    response = sign_in(bob).get("/search/", {"q": text.encode("utf-8", "surrogatepass")})

    assert response.status_code == 200


@pytest.fixture
def days(lobby: Room, bob: User) -> list[Message]:
    """Three a day, at 01:00, 12:00 and 23:00 UTC, on four days of March that are not all next to each other."""
    times = [datetime(2026, 3, day, hour, tzinfo=UTC) for day in (1, 2, 5, 6) for hour in (1, 12, 23)]
    messages = [lobby.post(bob, f"{at:%d %H}", f"{at:%d-%H}") for at in times]
    for message, at in zip(messages, times, strict=True):
        Message.objects.filter(pk=message.pk).update(created_at=at)
    return messages


@pytest.mark.parametrize(
    ("zone", "day", "first"),
    [
        ("UTC", "2026-03-02", "02 01"),
        ("UTC", "2026-03-03", "05 01"),
        ("UTC", "2020-01-01", "01 01"),
        ("UTC", "0001-01-01", "01 01"),
        ("Asia/Tokyo", "2026-03-02", "01 23"),
        ("America/Los_Angeles", "2026-03-02", "02 12"),
        ("UTC", "2026-03-07", None),
        ("UTC", "9999-12-31", None),
    ],
)
def test_a_room_opens_at_a_day_of_the_reader(
    sign_in: SignIn, lobby: Room, bob: User, days, zone: str, day: str, first: str | None
) -> None:
    User.objects.filter(pk=bob.pk).update(time_zone=zone)

    response = sign_in(bob).get(f"/rooms/lobby/?on={day}")

    pk = next((message.pk for message in days if message.body == first), None)
    around, _, place = response.url.removeprefix("/rooms/lobby/?").partition("#")
    assert (around.startswith(f"around={pk}"), place) == ((True, f"message-{pk}") if first else (False, ""))


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("2026-03-02", ""),
        ("2026-03-03", "Nothing was said here on Tuesday, March 3, 2026. This is what came next."),
        ("2026-03-07", "Nothing was said here on Saturday, March 7, 2026, nor later."),
        ("9999-12-31", "nor later."),
        ("nonsense", "“nonsense” is no date: write it like 2026-11-22."),
        ("2026-11-31", "“2026-11-31” is no date"),
        ("", "“” is no date"),
        ("<b>", "“<b>” is no date"),
    ],
)
def test_a_room_tells_why_it_is_not_the_day_asked_for(
    sign_in: SignIn, lobby: Room, bob: User, days, asked: str, words: str
) -> None:
    response = sign_in(bob).get("/rooms/lobby/", {"on": asked}, follow=True)

    answer = BeautifulSoup(response.content, "html.parser").select_one("#answer").get_text()
    assert response.status_code == 200
    assert words in answer and bool(words) == bool(answer.strip())


def test_nobody_is_told_of_days_in_rooms_of_others(sign_in: SignIn, den: Room, charlie: User) -> None:
    for day in ("2026-03-01", "nonsense"):
        assert sign_in(charlie).get(f"/rooms/den/?on={day}").status_code == 404


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("on:2026-03-02", ["02 23", "02 12", "02 01"]),
        ("after:2026-03-05 before:2026-03-06", ["05 23", "05 12", "05 01"]),
        ("after:2026-03-06", ["06 23", "06 12", "06 01"]),
        ("before:2026/3/2 01", ["01 23", "01 12", "01 01"]),
        ("on:2026年3月5日 12", ["05 12"]),
        ("on:2026-02", []),
        ("before:2026", []),
        ("12 from:me in:lobby on:2026-03", ["06 12", "05 12", "02 12", "01 12"]),
    ],
)
def test_days_narrow_it_down(sign_in: SignIn, bob: User, days, query: str, found: list[str]) -> None:
    assert read_hits(sign_in(bob).get("/search/", {"q": query}).content) == found


def test_yesterday_is_the_readers(sign_in: SignIn, bob: User, lobby: Room) -> None:
    message = lobby.post(bob, "Just now", "now")
    Message.objects.filter(pk=message.pk).update(created_at=message.created_at - timedelta(days=1))

    browser = sign_in(bob)

    assert read_hits(browser.get("/search/?q=on:yesterday").content) == ["Just now"]
    assert read_hits(browser.get("/search/?q=on:today").content) == []


@pytest.mark.parametrize("path", ["/search/?q=ferry", "/bookmarks/", "/rooms/lobby/pins/"])
def test_lists_tell_the_time_in_japanese(sign_in: SignIn, bob: User, days, path: str) -> None:
    browser = sign_in(bob)
    message = days[0]
    message.edit("ferry")
    for act in ("pinning", "bookmarking"):
        assert browser.post(f"/messages/{message.pk}/{act}/").status_code < 400
    User.objects.filter(pk=bob.pk).update(language="ja", time_zone="Asia/Tokyo")

    times = BeautifulSoup(browser.get(path).content, "html.parser").select(".found time")

    assert [time.get_text() for time in times] == ["2026年3月1日 10:00"]
