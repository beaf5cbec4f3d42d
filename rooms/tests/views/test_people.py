import pytest
from bs4 import BeautifulSoup
from django.test import Client

from rooms.models import Room, User, Workspace
from rooms.tests.conftest import PASSWORD, SignIn


def read(browser: Client) -> str:
    return browser.get("/people/").content.decode()


def test_everyone_sees_who_is_here(sign_in: SignIn, bob: User, charlie: User) -> None:
    charlie.deactivate()

    page = read(sign_in(bob))

    assert "Alice Moreau" in page
    assert "Charlie" not in page


def test_members_see_neither_link_nor_addresses(sign_in: SignIn, bob: User) -> None:
    page = read(sign_in(bob))

    assert "alice@example.org" not in page
    assert Workspace.objects.get().join_code not in page
    assert "deactivation" not in page


def test_administrators_see_all_of_it(sign_in: SignIn, alice: User, bob: User, charlie: User) -> None:
    charlie.deactivate()

    page = read(sign_in(alice))

    assert f'value="http://testserver/join/{Workspace.objects.get().join_code}/"' in page
    assert f'action="/people/{bob.pk}/deactivation/"' in page
    assert f'action="/people/{charlie.pk}/reactivation/"' in page


def test_it_costs_the_same_for_any_number(sign_in: SignIn, alice: User, django_assert_num_queries) -> None:
    browser = sign_in(alice)
    read(browser)  # Puts a CSRF token into the session.
    with django_assert_num_queries(6):  # Session, person, people, team, inbox position, memberships.
        read(browser)
    for number in range(5):
        User.objects.sign_up(email=f"{number}@example.org", name=str(number), password=PASSWORD)

    with django_assert_num_queries(6):
        read(browser)


def test_the_join_link_is_replaced(sign_in: SignIn, alice: User) -> None:
    old = Workspace.objects.get().join_code

    page = sign_in(alice).post("/people/join-code/", follow=True).content.decode()

    assert old not in page
    assert Workspace.objects.get().join_code in page


def test_roles_are_given_and_taken(sign_in: SignIn, alice: User, bob: User) -> None:
    browser = sign_in(alice)

    for role in ("administrator", "member"):
        assert browser.post(f"/people/{bob.pk}/role/", {"role": role}).status_code == 302
        assert User.objects.get(pk=bob.pk).role == role


@pytest.mark.parametrize("role", ["", "owner", "Administrator"])
def test_an_unknown_role_is_refused(sign_in: SignIn, alice: User, bob: User, role: str) -> None:
    assert sign_in(alice).post(f"/people/{bob.pk}/role/", {"role": role}).status_code == 422
    assert User.objects.get(pk=bob.pk).role == "member"


@pytest.mark.parametrize("act", ["role", "deactivation"])
def test_the_last_administrator_stays(sign_in: SignIn, alice: User, bob: User, act: str) -> None:
    browser = sign_in(alice)

    response = browser.post(f"/people/{alice.pk}/{act}/", {"role": "member"})

    assert response.status_code == 422
    assert "Make somebody else one first." in response.content.decode()
    bob.change_role("administrator")
    assert browser.post(f"/people/{alice.pk}/{act}/", {"role": "member"}).status_code == 302


def test_deactivation_takes_effect_at_once(sign_in: SignIn, alice: User, bob: User, den: Room) -> None:
    there = sign_in(bob)
    assert there.get("/people/").status_code == 200

    sign_in(alice).post(f"/people/{bob.pk}/deactivation/")

    assert there.get("/people/").status_code == 302
    assert bob.get_rooms().count() == 0


def test_reactivation_opens_the_open_rooms(sign_in: SignIn, alice: User, bob: User, den: Room) -> None:
    there = sign_in(bob)
    bob.deactivate()

    sign_in(alice).post(f"/people/{bob.pk}/reactivation/")

    assert [room.name for room in bob.get_rooms()] == ["Lobby"]
    assert there.get("/people/").status_code == 302  # The old session is gone for good.
    response = Client().post("/accounts/sign-in/", {"email": "bob@example.org", "password": PASSWORD})
    assert response.status_code == 302


def test_reactivation_says_when_the_address_has_a_new_owner(sign_in: SignIn, alice: User, bob: User) -> None:
    bob.deactivate()
    User.objects.sign_up(email="bob@example.org", name="Bobby", password=PASSWORD)

    response = sign_in(alice).post(f"/people/{bob.pk}/reactivation/")

    assert response.status_code == 422
    assert "Somebody else now uses the e-mail address of Bob Okafor." in response.content.decode()
    assert not User.objects.get(pk=bob.pk).is_active


@pytest.mark.parametrize("act", ["join-code", "{bob}/role", "{bob}/deactivation", "{bob}/reactivation"])
def test_members_decide_nothing(sign_in: SignIn, bob: User, charlie: User, act: str) -> None:
    path = f"/people/{act.format(bob=bob.pk)}/"

    assert sign_in(charlie).post(path, {"role": "administrator"}).status_code == 404
    assert User.objects.get(pk=bob.pk).role == "member"


def test_administrators_choose_who_may_call_everyone(sign_in: SignIn, alice: User, bob: User) -> None:
    assert "@room" not in read(sign_in(bob))
    assert sign_in(bob).post("/people/crowd-mentions/", {"crowd_mentions": "administrators"}).status_code == 404
    assert Workspace.objects.get().crowd_mentions == "everyone"

    browser = sign_in(alice)
    assert browser.post("/people/crowd-mentions/", {"crowd_mentions": "administrators"}).url == "/people/"
    assert Workspace.objects.get().crowd_mentions == "administrators"
    (checked,) = BeautifulSoup(read(browser), "html.parser").find_all(checked=True)
    assert checked["value"] == "administrators"

    assert browser.post("/people/crowd-mentions/", {"crowd_mentions": "nobody"}).status_code == 422
    assert Workspace.objects.get().crowd_mentions == "administrators"
