from django.test import Client

from rooms.models import Room, User
from rooms.tests.conftest import SignIn


def test_it_opens_the_oldest_room(sign_in: SignIn, bob: User, lobby: Room, den: Room) -> None:
    Room.objects.direct_between([bob])

    assert sign_in(bob).get("/").url == lobby.get_absolute_url()


def test_it_opens_the_room_where_one_was_last(sign_in: SignIn, alice: User, lobby: Room) -> None:
    garden = Room.objects.open_up(Room.Kind.OPEN, name="庭 🌱", creator=alice)
    browser = sign_in(alice)

    browser.get(garden.get_absolute_url())

    assert browser.get("/").url == garden.get_absolute_url()


def test_it_does_not_open_a_room_one_has_lost(sign_in: SignIn, bob: User, lobby: Room, den: Room) -> None:
    browser = sign_in(bob)
    browser.get(den.get_absolute_url())
    assert browser.get("/").url == den.get_absolute_url()

    den.dismiss([bob])

    assert browser.get("/").url == lobby.get_absolute_url()


def test_those_without_rooms_get_the_list(sign_in: SignIn, bob: User, lobby: Room) -> None:
    lobby.convert(Room.Kind.CLOSED, [lobby.creator])

    assert sign_in(bob).get("/").url == "/rooms/"


def test_a_forged_cookie_does_no_harm(sign_in: SignIn, bob: User, lobby: Room) -> None:
    browser = sign_in(bob)

    for value in ("%00", "nowhere", "%ED%A0%80", "x" * 4000):
        browser.cookies["last_room"] = value
        assert browser.get("/").url == lobby.get_absolute_url()


def test_it_costs_four_queries(sign_in: SignIn, bob: User, lobby: Room, django_assert_num_queries) -> None:
    browser = sign_in(bob)

    with django_assert_num_queries(4):  # Session, person, last room, oldest room.
        browser.get("/")


def test_strangers_are_asked_who_they_are(client: Client, alice: User) -> None:
    assert client.get("/").url == "/accounts/sign-in/?next=%2F"
