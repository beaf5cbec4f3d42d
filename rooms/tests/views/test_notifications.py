"""The centre: what one was told, unread first, by rooms; what is read, and what is not."""

import re
from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse

from rooms.models import Membership, Notification, Room, User
from rooms.models.centre import PAGE_SIZE
from rooms.models.notification import count_unread
from rooms.tests.conftest import SignIn

HTMX = {"HX-Request": "true"}


@pytest.fixture
def browser(sign_in: SignIn, bob: User) -> Client:
    return sign_in(bob)


def mention(room: Room, by: User, text: str = "look", times: int = 1) -> list[Notification]:
    """Told to Bob. Written past the limit of pace, which is not the subject here."""
    return [
        room.post(
            by, f"@Bob Okafor {text} {number}", f"{room.pk}-{text}-{number}".replace(" ", "-")
        ).notifications.get()
        for number in range(1, times + 1)
    ]


def read(browser: Client, path: str = "/notifications/", **headers: str) -> str:
    response = browser.get(path, headers=headers or None)
    assert response.status_code == 200
    return response.content.decode()


def list_ids(page: str) -> list[int]:
    """The notifications of a page, from top to bottom."""
    return [int(pk) for pk in re.findall(r'<li id="centre-(\d+)"', page)]


def test_each_says_who_where_what_and_leads_there(browser: Client, lobby: Room, alice: User) -> None:
    (told,) = mention(lobby, alice, "<b>soup</b>")

    page = read(browser)

    assert "<bdi>Alice Moreau</bdi> mentioned you" in page
    assert "@Bob Okafor &lt;b&gt;soup&lt;/b&gt; 1" in page
    assert re.search(rf'id="centre-unread-{lobby.pk}-heading" [^>]*>Lobby</h3>', page)
    assert f'href="/messages/{told.message_id}/"' in page


def test_a_direct_room_is_called_after_the_others(browser: Client, alice: User, bob: User) -> None:
    Room.objects.direct_between([alice, bob]).post(alice, "Hello", "k")

    page = read(browser)

    assert "<bdi>Alice Moreau</bdi> wrote to you" in page
    assert 'dir="auto">Alice Moreau</h3>' in page


def test_an_invitation_leads_to_its_room(browser: Client, den: Room, bob: User) -> None:
    invitation = bob.notifications.get()
    assert "<bdi>Alice Moreau</bdi> let you into <bdi>Den</bdi>" in read(browser)

    assert browser.get(f"/notifications/{invitation.pk}/").url == "/rooms/den/"
    assert count_unread([bob.pk]) == {bob.pk: 0}


def test_what_is_unread_comes_first_then_the_newest_by_rooms(
    browser: Client, lobby: Room, den: Room, alice: User, bob: User
) -> None:
    bob.notifications.all().delete()
    first, second = mention(lobby, alice, times=2)
    (third,) = mention(den, alice)
    (fourth,) = mention(lobby, alice, "again")
    second.read()
    third.read()

    assert list_ids(read(browser)) == [fourth.pk, first.pk, third.pk, second.pk]


def test_pages_neither_skip_nor_double(browser: Client, lobby: Room, alice: User, bob: User) -> None:
    told = mention(lobby, alice, times=2 * PAGE_SIZE + 5)
    for notification in told[:40]:
        notification.read()
    page = read(browser)
    found = list_ids(page)
    while older := re.search(r"\?before=([a-z]+-\d+)", page):
        mention(lobby, alice, f"meanwhile {len(found)}")
        page = read(browser, f"/notifications/?before={older[1]}")
        found += list_ids(page)

    unread, earlier = [n.pk for n in told[40:]], [n.pk for n in told[:40]]
    assert found == [*reversed(unread), *reversed(earlier)]


@pytest.mark.parametrize("before", ["7", "unread", "unread-", "unread-x", "new-5", "read-" + "9" * 20, "read-²"])
def test_a_page_that_there_is_not(browser: Client, before: str) -> None:
    assert browser.get("/notifications/", {"before": before}).status_code == 404


def test_open_lists_get_the_list_alone(browser: Client, lobby: Room, alice: User) -> None:
    (told,) = mention(lobby, alice)

    for path, name in (("/notifications/", "centre"), ("/notifications/latest/", "latest")):
        fragment = read(browser, path, **HTMX)
        assert "<html" not in fragment
        assert f'<li id="{name}-{told.pk}"' in fragment


def test_a_page_costs_the_same_for_one_and_for_many(
    browser: Client, lobby: Room, alice: User, bob: User, django_assert_max_num_queries
) -> None:
    mention(lobby, alice)
    with django_assert_max_num_queries(50) as one:
        read(browser, "/notifications/latest/")
    mention(lobby, alice, "more", times=5)
    Room.objects.direct_between([alice, bob]).post(alice, "Hello", "k")

    with django_assert_max_num_queries(len(one) + 1):  # The names of direct rooms are one more.
        read(browser, "/notifications/latest/")


def test_reading_is_posted_and_deleted(browser: Client, lobby: Room, alice: User, bob: User) -> None:
    (told,) = mention(lobby, alice)
    path = reverse("notification_reading", args=[told.pk])

    for ask, unread in ((browser.post, 0), (browser.delete, 1), (browser.post, 0)):
        assert ask(path).url == "/notifications/"
        assert count_unread([bob.pk]) == {bob.pk: unread}
    assert browser.post(path, {"undo": "1"}).status_code == 302  # As a form without JavaScript says it.
    assert count_unread([bob.pk]) == {bob.pk: 1}


def test_what_changes_is_said_to_the_page(browser: Client, lobby: Room, alice: User) -> None:
    told, _ = mention(lobby, alice, times=2)

    fragment = browser.post(reverse("notification_reading", args=[told.pk]), headers=HTMX).content.decode()

    assert fragment.startswith("<hx-partial")
    assert "Notifications, 1 unread" in fragment
    assert "csrf" not in fragment


def test_all_is_read_or_all_of_a_room(browser: Client, lobby: Room, den: Room, alice: User, bob: User) -> None:
    mention(lobby, alice, times=2)
    assert count_unread([bob.pk]) == {bob.pk: 3}

    browser.post("/notifications/reading/", {"room": "lobby"})
    assert count_unread([bob.pk]) == {bob.pk: 1}

    browser.post("/notifications/reading/")
    assert count_unread([bob.pk]) == {bob.pk: 0}


def test_a_room_one_is_not_in_is_not_there(sign_in: SignIn, charlie: User, den: Room) -> None:
    assert sign_in(charlie).post("/notifications/reading/", {"room": "den"}).status_code == 404


def test_who_opens_the_message_has_read_what_told_of_it(browser: Client, lobby: Room, alice: User, bob: User) -> None:
    told, other = mention(lobby, alice, times=2)

    browser.get(told.get_absolute_url())

    assert list(bob.notifications.unread()) == [other]


def test_nobody_gets_at_what_others_were_told(sign_in: SignIn, lobby: Room, alice: User, charlie: User) -> None:
    (told,) = mention(lobby, alice)
    stranger = sign_in(charlie)

    assert list_ids(read(stranger)) == []
    assert stranger.get(f"/notifications/{told.pk}/").status_code == 404
    assert stranger.post(reverse("notification_reading", args=[told.pk])).status_code == 404
    told.refresh_from_db()
    assert told.read_at is None


@pytest.mark.parametrize("change", ["leave", "silence", "archive", "erase"])
def test_what_is_gone_is_not_there_any_more(browser: Client, den: Room, alice: User, bob: User, change: str) -> None:
    (told,) = mention(den, alice, "secret")
    assert "secret" in read(browser)

    if change == "leave":
        den.dismiss([bob])
    elif change == "silence":
        den.memberships.get(user=bob).involve(Membership.Involvement.NOTHING)
    elif change == "archive":
        den.archive()
    else:
        told.message.erase(by=alice)

    assert "secret" not in read(browser)
    assert told.pk not in list_ids(read(browser))
    assert browser.get(f"/notifications/{told.pk}/").status_code == 404


def test_it_works_without_javascript(browser: Client, lobby: Room, alice: User) -> None:
    (told,) = mention(lobby, alice)
    page = read(browser)

    assert f'<form method="post" action="/notifications/{told.pk}/reading/">' in page
    assert '<button id="bell"' in page and 'popovertarget="latest"' in page
    assert re.search(r'<section id="latest"[^>]* popover ', page)
    assert 'class="latest__all" href="/notifications/"' in page


def test_times_are_those_of_the_reader(browser: Client, lobby: Room, alice: User, bob: User) -> None:
    (told,) = mention(lobby, alice)
    Notification.objects.filter(pk=told.pk).update(created_at=datetime(2026, 3, 1, 23, 30, tzinfo=UTC))
    User.objects.filter(pk=bob.pk).update(time_zone="Asia/Tokyo")

    assert "Mar 2, 08:30" in read(browser)
