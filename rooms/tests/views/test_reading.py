"""The line above what is new, the way to it, and how a room becomes read and unread."""

from collections.abc import Callable

import pytest
from bs4 import BeautifulSoup, Tag
from django.test import Client

from rooms.models import Membership, Message, Notification, Room, User
from rooms.tests.conftest import SignIn

HTMX = {"HX-Request": "true"}


def open_room(browser: Client, room: Room, query: str = "", **headers: str) -> BeautifulSoup:
    return BeautifulSoup(browser.get(room.get_absolute_url() + query, **headers).content.decode(), "html.parser")


def find_line(page: BeautifulSoup) -> str | None:
    """The text of the message below the line; None where there is no line."""
    lines = page.select("#unread")
    assert len(lines) < 2
    if not lines:
        return None
    below = lines[0].find_next_sibling("article")
    assert isinstance(below, Tag)
    return below.select(".message__body")[0].get_text(strip=True)


def find_bar(page: BeautifulSoup) -> Tag | None:
    return page.select_one("#news .news")


def unread(room: Room, user: User) -> int:
    return Membership.objects.with_unread().get(room=room, user=user).unread


@pytest.fixture
def say(den: Room, alice: User) -> Callable[[int], list[Message]]:
    def say(count: int) -> list[Message]:
        return [den.post(alice, f"Number {number}", f"k-{number}") for number in range(1, count + 1)]

    return say


def test_a_line_stands_above_what_is_new(sign_in: SignIn, den: Room, alice: User, bob: User, say) -> None:
    den.post(alice, "Old", "old")
    browser = sign_in(bob)
    assert find_line(open_room(browser, den)) == "Old"
    say(3)

    page = open_room(browser, den)

    assert find_line(page) == "Number 1"
    assert page.select("#unread")[0]["role"] == "separator"
    assert page.select("#unread")[0]["aria-label"] == "New since you left"
    assert find_bar(page) is None  # Three can be seen without being told.
    assert unread(den, bob) == 0
    assert find_line(open_room(browser, den)) is None


def test_the_line_passes_over_what_one_said_oneself(sign_in: SignIn, den: Room, bob: User, say) -> None:
    den.post(bob, "Mine", "mine")
    say(1)[0].erase(by=bob)
    den.post(bob, "Mine, too", "too")

    assert find_line(open_room(sign_in(bob), den)) is None


def test_the_line_sorts_right_before_its_message(sign_in: SignIn, den: Room, bob: User, say) -> None:
    first = say(2)[0]

    assert open_room(sign_in(bob), den).select("#unread")[0]["data-position"] == str(first.position - 1)


def test_a_bar_leads_to_what_is_above(sign_in: SignIn, den: Room, bob: User, say) -> None:
    first = say(50)[0]
    browser = sign_in(bob)
    page = open_room(browser, den)
    bar = find_bar(page)
    assert bar
    assert "50 new messages since" in bar.get_text(" ", strip=True)
    assert find_line(page) is None

    path, _, fragment = str(bar.select(".news__jump--far")[0]["href"]).partition("#")

    assert path == f"{den.get_absolute_url()}?around={first.pk}&unread={first.position}"
    assert fragment == "unread"
    assert find_line(open_room(browser, den, path.removeprefix(den.get_absolute_url()))) == "Number 1"


def test_many_on_the_page_are_jumped_to_on_the_page(sign_in: SignIn, den: Room, bob: User, say) -> None:
    say(20)

    bar = find_bar(open_room(sign_in(bob), den))

    assert bar
    near, far = bar.select("a")
    assert near["href"] == "#unread"
    assert str(far["href"]).startswith(f"{den.get_absolute_url()}?around=")


def test_the_line_is_found_by_scrolling_up(sign_in: SignIn, den: Room, bob: User, say) -> None:
    say(50)
    browser = sign_in(bob)
    page = open_room(browser, den)
    older, mark = page.select("#older")[0], page.select("#news-mark")[0]
    assert older["hx-include"] == "#news-mark"

    history = browser.get(f"{older['hx-get']}&{mark['name']}={mark['value']}", headers=HTMX).content.decode()
    without_script = open_room(browser, den, "?" + str(older["href"]).partition("?")[2])

    assert find_line(BeautifulSoup(history, "html.parser")) == find_line(without_script) == "Number 1"


@pytest.mark.parametrize("nonsense", ["x", "", "-1", "9" * 30, "٣"])
def test_nonsense_draws_no_line(sign_in: SignIn, den: Room, bob: User, say, nonsense: str) -> None:
    say(2)
    browser = sign_in(bob)
    open_room(browser, den)

    assert find_line(open_room(browser, den, f"?unread={nonsense}")) is None


def test_history_does_not_read_the_room(sign_in: SignIn, den: Room, bob: User, say) -> None:
    say(100)

    page = open_room(sign_in(bob), den, f"?before={Room.objects.get(pk=den.pk).clock - 40}")

    assert unread(den, bob) == 100
    assert find_bar(page)


def test_opening_a_room_costs_no_more_where_nothing_is_new(
    sign_in: SignIn, den: Room, bob: User, say, django_assert_max_num_queries
) -> None:
    say(3)
    browser = sign_in(bob)
    open_room(browser, den)

    with django_assert_max_num_queries(12) as queries:
        open_room(browser, den)

    assert not any("erased_at" in query["sql"] and "COUNT" not in query["sql"] for query in queries.captured_queries)


def test_it_marks_a_room_read(sign_in: SignIn, den: Room, bob: User, say) -> None:
    say(2)
    browser = sign_in(bob)

    assert browser.post(f"/rooms/{den.slug}/reading/").url == den.get_absolute_url()
    assert unread(den, bob) == 0
    answer = browser.post(f"/rooms/{den.slug}/reading/", headers=HTMX).content.decode()
    assert 'hx-target="#unread" hx-swap="delete"' in answer


def test_it_marks_everything_read(sign_in: SignIn, den: Room, lobby: Room, alice: User, bob: User, say) -> None:
    lobby.post(alice, "Hello", "hello")
    say(2)
    Notification.objects.create(recipient=bob, kind="invitation", room=den, key="in")

    assert sign_in(bob).post("/reading/").url == "/rooms/"

    assert unread(den, bob) == unread(lobby, bob) == 0
    assert not bob.notifications.unread().exists()


def test_it_marks_unread_from_a_message(sign_in: SignIn, den: Room, bob: User, say) -> None:
    browser, said = sign_in(bob), say(4)
    open_room(browser, den)
    url = f"/messages/{said[1].pk}/unreading/"
    assert "Number 2" in browser.get(url).content.decode()

    assert browser.post(url).url == "/rooms/"  # Not the room: it would be read.

    assert unread(den, bob) == 3
    assert find_line(open_room(browser, den)) == "Number 2"
    assert unread(den, bob) == 0


def test_it_marks_unread_in_the_open_page(sign_in: SignIn, den: Room, bob: User, say) -> None:
    browser, said = sign_in(bob), say(4)
    open_room(browser, den)

    answer = browser.post(f"/messages/{said[1].pk}/unreading/", headers=HTMX).content.decode()

    assert f'<hx-partial hx-target="#message-{said[1].pk}" hx-swap="beforebegin"><div id="unread"' in answer
    assert "Mark as read" in answer
    assert unread(den, bob) == 3
