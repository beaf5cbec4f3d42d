import pytest

from rooms.models import Room, User
from rooms.tests.conftest import PASSWORD, SignIn


def test_the_same_people_find_the_same_room(sign_in: SignIn, alice: User, bob: User, charlie: User) -> None:
    first = sign_in(alice).post("/directs/", {"people": [bob.pk, charlie.pk]}).url

    assert sign_in(charlie).post("/directs/", {"people": [alice.pk, bob.pk, charlie.pk]}).url == first
    assert sign_in(alice).post("/directs/", {"people": [bob.pk]}).url != first


def test_finding_it_costs_one_query(alice: User, bob: User, django_assert_num_queries) -> None:
    room = Room.objects.direct_between([alice, bob])

    with django_assert_num_queries(1):
        assert Room.objects.direct_between([bob, alice]) == room


def test_one_may_talk_to_oneself(sign_in: SignIn, bob: User) -> None:
    response = sign_in(bob).post("/directs/", {"people": [bob.pk]}, follow=True)

    assert response.status_code == 200
    assert "Bob Okafor (you)" in response.content.decode()


def test_it_is_called_after_the_others(sign_in: SignIn, alice: User, bob: User) -> None:
    url = sign_in(alice).post("/directs/", {"people": [bob.pk]}).url

    assert '<h1 dir="auto">Bob Okafor</h1>' in sign_in(alice).get(url).content.decode()
    assert '<h1 dir="auto">Alice Moreau</h1>' in sign_in(bob).get(url).content.decode()


@pytest.mark.parametrize("people", [[], ["x"], ["0"], ["99999999999999999999999"]])
def test_it_says_what_is_wrong(sign_in: SignIn, bob: User, people: list[str]) -> None:
    response = sign_in(bob).post("/directs/", {"people": people})

    assert response.status_code == 422
    assert not Room.objects.filter(kind=Room.Kind.DIRECT).exists()


def test_it_has_a_limit(sign_in: SignIn, alice: User, monkeypatch) -> None:
    monkeypatch.setattr(Room, "DIRECT_LIMIT", 2)
    others = [
        User.objects.sign_up(email=f"{number}@example.org", name=str(number), password=PASSWORD).pk
        for number in range(2)
    ]

    response = sign_in(alice).post("/directs/", {"people": others})

    assert response.status_code == 422
    assert "Direct messages are for up to 2 people." in response.content.decode()
    assert sign_in(alice).post("/directs/", {"people": others[:1]}).status_code == 302


def test_those_who_are_gone_cannot_be_chosen(sign_in: SignIn, bob: User, charlie: User) -> None:
    charlie.deactivate()

    assert sign_in(bob).post("/directs/", {"people": [charlie.pk]}).status_code == 422


def test_others_cannot_look_in(sign_in: SignIn, alice: User, bob: User, charlie: User) -> None:
    url = Room.objects.direct_between([bob, charlie]).get_absolute_url()

    assert sign_in(bob).get(url).status_code == 200
    assert sign_in(alice).get(url).status_code == 404


def test_a_room_title_costs_one_query(alice: User, bob: User, charlie: User, django_assert_num_queries) -> None:
    room = Room.objects.direct_between([alice, bob, charlie])

    with django_assert_num_queries(1):
        assert room.get_title(alice) == room.get_title(alice) == "Bob Okafor, Charlie"
