import re

import pytest
from django.test import Client

from rooms.feeds.standing import read_inboxes
from rooms.models import Room, User
from rooms.tests.conftest import PASSWORD, SignIn


def names_in(page: str) -> list[str]:
    return re.findall(r'room-link__name" dir="auto">([^<]*)<', page)


def test_the_list_has_ones_own_rooms(sign_in: SignIn, alice: User, bob: User, charlie: User, den: Room) -> None:
    Room.objects.direct_between([bob, alice])
    Room.objects.direct_between([bob, charlie, alice])
    Room.objects.direct_between([bob])
    Room.objects.direct_between([alice, charlie])

    page = sign_in(bob).get("/rooms/").content.decode()

    assert names_in(page) == ["Den", "Lobby", "Alice Moreau", "Alice Moreau, Charlie", "Bob Okafor (you)"]


def test_the_list_says_how_much_is_unread(sign_in: SignIn, alice: User, bob: User, lobby: Room) -> None:
    browser = sign_in(bob)
    assert "room-link__badge" not in browser.get("/rooms/").content.decode()

    lobby.post(alice, "One", "1")
    lobby.post(alice, "Two", "2")
    lobby.post(bob, "Mine does not count", "3")

    assert "2 unread messages" in browser.get("/rooms/").content.decode()


def test_the_list_names_the_open_room(sign_in: SignIn, bob: User, lobby: Room, den: Room) -> None:
    page = sign_in(bob).get(den.get_absolute_url()).content.decode()

    assert re.findall(r'href="([^"]*)" aria-current="page"', page) == [den.get_absolute_url()]


def test_the_list_is_live(sign_in: SignIn, bob: User) -> None:
    page = sign_in(bob).get("/rooms/").content.decode()

    assert 'hx-ws:connect="/live/inbox/"' in page
    assert f'id="live-inbox-cursor" value="{read_inboxes([bob])[bob.pk].cursor}"' in page
    assert page.index("</nav>") < page.index("/live/inbox/") < page.index("</aside>")


def test_the_list_costs_the_same_for_any_number(
    sign_in: SignIn, alice: User, bob: User, charlie: User, den: Room, django_assert_num_queries
) -> None:
    Room.objects.direct_between([bob, alice])
    browser = sign_in(bob)
    browser.get("/rooms/")  # Puts a CSRF token into the session.
    with django_assert_num_queries(6):  # Session, person, team, memberships, members of direct rooms, notifications.
        browser.get("/rooms/")
    for number in range(5):
        other = User.objects.sign_up(email=f"{number}@example.org", name=str(number), password=PASSWORD)
        Room.objects.direct_between([bob, other, charlie])
        Room.objects.open_up(Room.Kind.OPEN, name=f"Room {number}", creator=alice)

    with django_assert_num_queries(6):
        browser.get("/rooms/")


def test_a_room_for_everyone(sign_in: SignIn, alice: User, bob: User, charlie: User) -> None:
    response = sign_in(bob).post("/rooms/", {"name": "Garden", "topic": "What grows", "kind": "open"})

    room = Room.objects.get(name="Garden")
    assert response.url == room.get_absolute_url()
    assert (room.topic, room.creator) == ("What grows", bob)
    assert room.memberships.count() == 3


def test_a_room_of_chosen_people(sign_in: SignIn, bob: User, charlie: User, alice: User) -> None:
    sign_in(bob).post("/rooms/", {"name": "Garden", "kind": "closed", "people": [charlie.pk]})

    room = Room.objects.get(name="Garden")
    assert {membership.user for membership in room.memberships.all()} == {bob, charlie}


@pytest.mark.parametrize("name", ["雑談", "🌱🌱", "Ça va?", "new", "a/b", "مرحبا", "हिन्दी", "...", "Den", "%00"])
def test_any_name_has_a_url_that_works(sign_in: SignIn, bob: User, den: Room, name: str) -> None:
    browser = sign_in(bob)

    response = browser.post("/rooms/", {"name": name, "kind": "open"}, follow=True)

    assert response.status_code == 200
    assert response.context["room"].name == name
    assert browser.get(response.context["room"].get_absolute_url() + "settings/").status_code == 200


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " "),
        ("name", "nul\x00"),
        ("name", "\u202egnorw"),
        ("name", "x" * 81),
        ("topic", "two\nlines"),
        ("topic", "x" * 251),
        ("kind", "direct"),
        ("kind", ""),
        ("people", "99999999999999999999999"),
        ("people", "x"),
    ],
)
def test_it_says_what_is_wrong(sign_in: SignIn, bob: User, field: str, value: str) -> None:
    response = sign_in(bob).post("/rooms/", {"name": "Garden", "kind": "closed", field: value})

    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert not Room.objects.filter(creator=bob).exists()


def test_a_deactivated_person_cannot_be_chosen(sign_in: SignIn, bob: User, charlie: User) -> None:
    charlie.deactivate()

    response = sign_in(bob).post("/rooms/", {"name": "Garden", "kind": "closed", "people": [charlie.pk]})

    assert response.status_code == 422


def test_the_first_person_has_nobody_to_choose(sign_in: SignIn, alice: User) -> None:
    browser = sign_in(alice)

    assert 'name="people"' not in browser.get("/rooms/new/").content.decode()
    assert browser.post("/rooms/", {"name": "Garden", "kind": "closed"}).status_code == 302


def test_the_form_names_people_once(sign_in: SignIn, alice: User, bob: User) -> None:
    page = sign_in(alice).get("/rooms/new/").content.decode()

    assert f'value="{bob.pk}"' in page
    assert f'value="{alice.pk}"' not in page


def test_names_are_text(sign_in: SignIn, bob: User) -> None:
    attack = '<b hx-get="/x" hx-trigger="load">x</b>'

    page = sign_in(bob).post("/rooms/", {"name": attack, "topic": attack, "kind": "open"}, follow=True)

    assert "<b hx-get" not in page.content.decode()
    assert "&lt;b hx-get" in page.content.decode()


def test_a_room_that_is_none_of_yours_is_not_there(sign_in: SignIn, charlie: User, den: Room) -> None:
    browser = sign_in(charlie)

    assert browser.get(den.get_absolute_url()).status_code == 404
    assert browser.get("/rooms/nowhere/").status_code == 404
    assert browser.get("/rooms/%00/").status_code == 404


def test_strangers_cannot_tell_which_rooms_there_are(client: Client, den: Room) -> None:
    assert client.get("/rooms/den/").url == "/accounts/sign-in/?next=%2Frooms%2Fden%2F"
    assert client.get("/rooms/nowhere/").status_code == 302
