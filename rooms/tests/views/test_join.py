import pytest
from django.test import Client

from rooms.models import Room, User, Workspace
from rooms.tests.conftest import PASSWORD, SignIn

FORM = {"name": "Dana", "email": "dana@example.org", "password": PASSWORD, "time_zone": "Europe/Paris"}


@pytest.fixture
def link(alice: User) -> str:
    return f"/join/{Workspace.objects.get().join_code}/"


def test_it_makes_a_member_of_every_open_room(client: Client, link: str, den: Room) -> None:
    response = client.post(link, FORM, follow=True)

    dana = User.objects.get(name="Dana")
    assert not dana.is_administrator
    assert [room.name for room in dana.get_rooms()] == ["Lobby"]
    assert response.context["user"] == dana
    assert "Join Garden" not in response.content.decode()


def test_it_says_whom_one_joins(client: Client, link: str) -> None:
    assert "Join Garden" in client.get(link).content.decode()


@pytest.mark.parametrize("code", ["x", "%00", "日本語", "a" * 500])
def test_a_wrong_link_says_whom_to_ask(client: Client, alice: User, code: str) -> None:
    for response in (client.get(f"/join/{code}/"), client.post(f"/join/{code}/", FORM)):
        assert response.status_code == 404
        assert "Ask an administrator of your team for a new one." in response.content.decode()
    assert User.objects.get() == alice


def test_an_old_link_has_stopped_working(client: Client, link: str) -> None:
    assert client.get(link).status_code == 200

    Workspace.objects.get().regenerate_join_code()

    assert client.get(link).status_code == 404


@pytest.mark.django_db
def test_there_is_no_link_before_there_is_a_team(client: Client) -> None:
    assert client.get("/join/x/").status_code == 404


def test_those_who_are_in_go_home(sign_in: SignIn, alice: User, link: str) -> None:
    assert sign_in(alice).get(link).url == "/"


def test_an_address_is_taken_once(client: Client, link: str, bob: User) -> None:
    response = client.post(link, {**FORM, "email": "BOB@example.org"})

    assert response.status_code == 422
    assert "Someone already uses this e-mail address. Sign in instead?" in response.content.decode()


def test_nobody_raises_their_own_role(client: Client, link: str) -> None:
    client.post(link, {**FORM, "role": "administrator", "is_active": "", "kind": "open"})

    assert not User.objects.get(name="Dana").is_administrator
