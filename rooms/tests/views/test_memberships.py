"""What somebody wants to hear of a room, chosen in its header or on a page of its own."""

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from rooms.models import Membership, Room, User
from rooms.tests.conftest import SignIn

HTMX = {"HX-Request": "true"}


@pytest.fixture
def url(den: Room) -> str:
    return f"/rooms/{den.slug}/involvement/"


def level(room: Room, user: User) -> str:
    return room.memberships.get(user=user).involvement


@pytest.mark.parametrize("chosen", Membership.Involvement.values)
def test_it_saves(sign_in: SignIn, den: Room, bob: User, url: str, chosen: str) -> None:
    response = sign_in(bob).post(url, {"involvement": chosen})

    assert level(den, bob) == chosen
    assert response.url == ("/hidden-rooms/" if chosen == "hidden" else den.get_absolute_url())


def test_it_saves_from_the_header(sign_in: SignIn, den: Room, bob: User, url: str) -> None:
    response = sign_in(bob).post(url, {"involvement": "mentions"}, headers=HTMX)

    assert level(den, bob) == "mentions"
    assert 'hx-target="#involvement-level"' in response.content.decode()
    assert "Notify me about: Mentions only" in response.content.decode()


def test_it_saves_from_the_settings(sign_in: SignIn, den: Room, bob: User, url: str) -> None:
    browser = sign_in(bob)
    form = {"involvement": "mentions", "listed": "on"}

    answer = browser.post(url, form, headers=HTMX).content.decode()
    assert level(den, bob) == "mentions"
    assert f'hx-target="#involvement-note-{den.pk}"' in answer
    assert "#involvement-level" not in answer  # It is no part of that page.

    answer = browser.post(url, form | {"involvement": "hidden"}, follow=True)
    assert level(den, bob) == "hidden"
    assert answer.redirect_chain == [("/accounts/profile/#settings-rooms", 302)]


def test_the_settings_list_every_room(sign_in: SignIn, lobby: Room, den: Room, alice: User, bob: User) -> None:
    den.memberships.get(user=bob).involve("hidden")
    Room.objects.direct_between([alice, bob])
    Room.objects.open_up(Room.Kind.CLOSED, name="Attic", creator=alice)
    Room.objects.open_up(Room.Kind.OPEN, name="Cellar", creator=alice).archive()

    page = BeautifulSoup(sign_in(bob).get("/accounts/profile/").content.decode(), "html.parser")

    rows = page.select("#settings-rooms .row")
    chosen = {row.a.get_text(): row.select_one("option[selected]")["value"] for row in rows}
    assert list(chosen.items()) == [("Alice Moreau", "everything"), ("Den", "hidden"), ("Lobby", "everything")]


def test_the_settings_cost_the_same_for_any_number(
    sign_in: SignIn, lobby: Room, alice: User, bob: User, charlie: User
) -> None:
    browser = sign_in(bob)
    Room.objects.direct_between([alice, bob])
    browser.get("/accounts/profile/")  # Puts a CSRF token into the session.
    with CaptureQueriesContext(connection) as few:
        browser.get("/accounts/profile/")
    Room.objects.direct_between([charlie, bob])
    Room.objects.open_up(Room.Kind.OPEN, name="Cellar", creator=alice)

    with CaptureQueriesContext(connection) as more:
        browser.get("/accounts/profile/")

    assert len(more) == len(few)


def test_it_says_what_is_wrong(sign_in: SignIn, den: Room, bob: User, url: str) -> None:
    response = sign_in(bob).post(url, {"involvement": "shouting"})

    assert response.status_code == 422
    assert level(den, bob) == "everything"


def test_the_header_shows_what_is_chosen(sign_in: SignIn, den: Room, bob: User, url: str) -> None:
    den.memberships.get(user=bob).involve("nothing")

    page = BeautifulSoup(sign_in(bob).get(den.get_absolute_url()).content.decode(), "html.parser")

    assert page.select("#involvement-level")[0].get_text() == "Notify me about: Nothing"
    assert [radio["value"] for radio in page.select("#involvement-menu input:checked")] == ["nothing"]


def test_others_keep_theirs(sign_in: SignIn, den: Room, alice: User, bob: User, url: str) -> None:
    sign_in(bob).post(url, {"involvement": "hidden"})

    assert level(den, alice) == "everything"


def test_a_hidden_room_can_be_opened_and_brought_back(sign_in: SignIn, den: Room, alice: User, bob: User) -> None:
    browser = sign_in(bob)
    direct = Room.objects.direct_between([alice, bob])
    for room in (den, direct):
        room.memberships.get(user=bob).involve("hidden")

    assert browser.get(den.get_absolute_url()).status_code == 200
    assert names_of(browser) == ["Alice Moreau", "Den"]
    browser.post(f"/rooms/{den.slug}/involvement/", {"involvement": "everything"})
    assert names_of(browser) == ["Alice Moreau"]


def test_the_page_of_hidden_rooms_costs_the_same_for_many(sign_in: SignIn, alice: User, bob: User) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    browser, costs = sign_in(bob), []
    for number in range(3):
        room = Room.objects.open_up(Room.Kind.OPEN, name=f"Room {number}", creator=alice)
        room.memberships.get(user=bob).involve("hidden")
        with CaptureQueriesContext(connection) as queries:
            assert len(names_of(browser)) == number + 1
        costs.append(len(queries))

    assert costs[1] == costs[2]


def names_of(browser: Client) -> list[str]:
    return [membership.title for membership in browser.get("/hidden-rooms/").context["memberships"]]


def test_the_list_leads_to_what_is_hidden(sign_in: SignIn, den: Room, bob: User) -> None:
    browser = sign_in(bob)
    links = "nav#rooms a[href='/hidden-rooms/']", f"nav#rooms a[href='{den.get_absolute_url()}']"
    before = BeautifulSoup(browser.get("/rooms/").content.decode(), "html.parser")
    den.memberships.get(user=bob).involve("hidden")
    after = BeautifulSoup(browser.get("/rooms/").content.decode(), "html.parser")

    assert [len(before.select(link)) for link in links] == [0, 1]
    assert [len(after.select(link)) for link in links] == [1, 0]
