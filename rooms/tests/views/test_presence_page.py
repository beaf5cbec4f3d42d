"""Everybody who is in a room just now, and when people were last seen."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.db.models.functions import Now
from django.test import Client
from django.utils import timezone

from rooms.live.attendance import Attendance
from rooms.models import Room, User
from rooms.models.presence import note_departure
from rooms.tests.conftest import SignIn


def be_here(room: Room, *people: User) -> None:
    ids = [person.pk for person in people]
    Attendance.objects.create(process="one", seen_at=Now(), follows={"online": ids, f"room.{room.pk}": ids})


def test_it_lists_who_is_here(sign_in: SignIn, den: Room, alice: User, bob: User) -> None:
    be_here(den, bob)
    page = sign_in(alice).get(f"{den.get_absolute_url()}presence/").content.decode()
    assert "Bob Okafor</span>" in page.partition("<main")[2]
    assert "Alice Moreau" not in page.partition("<main")[2]


def test_nobody_invisible_or_gone_from_the_room_is_in_it(
    sign_in: SignIn, den: Room, alice: User, bob: User, charlie: User
) -> None:
    be_here(den, alice, bob, charlie)
    User.objects.filter(pk=bob.pk).update(invisible=True)
    page = sign_in(alice).get(f"{den.get_absolute_url()}presence/").content.decode().partition("<main")[2]
    assert "Alice Moreau" in page
    assert "Bob" not in page
    assert "Charlie" not in page


def test_who_is_not_in_the_room_learns_nothing(sign_in: SignIn, den: Room, charlie: User, bob: User) -> None:
    be_here(den, bob)
    assert sign_in(charlie).get(f"{den.get_absolute_url()}presence/").status_code == 404


def people_page(browser: Client, path: str = "/people/") -> str:
    return browser.get(path).content.decode().partition("<main")[2]


@pytest.mark.parametrize("path", ["/people/", "/people/{bob}/"])
def test_people_see_when_somebody_was_last_seen(sign_in: SignIn, alice: User, bob: User, path: str) -> None:
    browser, path = sign_in(alice), path.format(bob=bob.pk)
    assert "Last seen" not in people_page(browser, path)
    User.objects.filter(pk=bob.pk).update(last_seen_at=timezone.now() - timedelta(hours=2))
    assert "Last seen 2\xa0hours ago" in people_page(browser, path)
    User.objects.filter(pk=bob.pk).update(shares_last_seen=False)
    assert "Last seen" not in people_page(browser, path)


@pytest.mark.parametrize("path", ["/people/", "/people/{bob}/"])
def test_who_is_online_is_not_last_seen(
    sign_in: SignIn, alice: User, bob: User, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    User.objects.filter(pk=bob.pk).update(last_seen_at=timezone.now() - timedelta(hours=2))
    monkeypatch.setattr("rooms.views.people.shown_online", lambda: frozenset({bob.pk}))
    page = people_page(sign_in(alice), path.format(bob=bob.pk))
    assert "Online" in page
    assert "Last seen" not in page


def test_becoming_invisible_looks_like_going(sign_in: SignIn, alice: User, bob: User, charlie: User) -> None:
    """Two people, one of whom closes the page while the other becomes invisible, read the same from then on."""
    bob.change_visibility(invisible=True)
    note_departure([charlie.pk], timezone.now())
    note_departure([bob.pk], timezone.now() + timedelta(hours=1))
    page = BeautifulSoup(people_page(sign_in(alice)), "html.parser")
    rows = {row.select_one(".row__name").text: row for row in page.select(".row")}
    traces = {name: [str(tag.text) for tag in row.select(".row__text > *")][1:] for name, row in rows.items()}
    assert [text for text in traces["Bob Okafor"] if "@" not in text] == [
        text for text in traces["Charlie"] if "@" not in text
    ]
    assert "Last seen" in str(rows["Charlie"])


def test_it_is_written_once_a_minute_at_most(bob: User) -> None:
    first = timezone.now()
    note_departure([bob.pk], first)
    note_departure([bob.pk], first + timedelta(seconds=50))
    bob.refresh_from_db()
    assert bob.last_seen_at == first
    note_departure([bob.pk], first + timedelta(seconds=70))
    bob.refresh_from_db()
    assert bob.last_seen_at == first + timedelta(seconds=70)
