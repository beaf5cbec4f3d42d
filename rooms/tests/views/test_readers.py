"""Who has seen a message: for its author, in small rooms, of those who show it."""

import pytest
from bs4 import BeautifulSoup
from django.test import Client

from rooms.models import Message, Room, User
from rooms.models.membership import read_together
from rooms.tests.conftest import SignIn


def names(browser: Client, message: Message) -> list[str]:
    response = browser.get(f"/messages/{message.pk}/readers/", headers={"HX-Request": "true"})
    assert response.status_code == 200
    return [item.text for item in BeautifulSoup(response.content, "html.parser").select(".readers__people span")]


@pytest.fixture
def message(den: Room, alice: User) -> Message:
    return den.post(alice, "Seen?", "k-1")


def test_who_has_read_up_to_it_has_seen_it(
    sign_in: SignIn, message: Message, den: Room, alice: User, bob: User
) -> None:
    browser = sign_in(alice)
    assert names(browser, message) == []
    read_together(den.pk, [bob.pk], message.position - 1)
    assert names(browser, message) == []
    read_together(den.pk, [bob.pk], message.position)
    assert names(browser, message) == ["Bob Okafor"]


def test_opening_the_room_shows_it(sign_in: SignIn, message: Message, alice: User, bob: User) -> None:
    sign_in(bob).get(message.room.get_absolute_url())
    assert names(sign_in(alice), message) == ["Bob Okafor"]


def test_marking_all_as_read_shows_it(sign_in: SignIn, message: Message, alice: User, bob: User) -> None:
    from rooms.models.membership import read_everything

    read_everything(bob.pk)
    assert names(sign_in(alice), message) == ["Bob Okafor"]


@pytest.mark.parametrize("hiding", [{"shares_receipts": False}, {"invisible": True}])
def test_what_is_read_while_one_hides_it_stays_hidden(
    sign_in: SignIn, message: Message, den: Room, alice: User, bob: User, hiding: dict[str, bool]
) -> None:
    """Nothing sets them apart from somebody who has not read it."""
    before = sign_in(alice).get(f"/messages/{message.pk}/readers/").content
    User.objects.filter(pk=bob.pk).update(**hiding)
    read_together(den.pk, [bob.pk], message.position)
    assert den.memberships.get(user=bob).read_position == message.position
    assert names(sign_in(alice), message) == []
    after = sign_in(alice).get(f"/messages/{message.pk}/readers/").content
    assert strip_tokens(after) == strip_tokens(before)


def strip_tokens(page: bytes) -> str:
    document = BeautifulSoup(page, "html.parser")
    return document.select_one("section.readers").prettify()


@pytest.mark.parametrize("hiding", [{"shares_receipts": False}, {"invisible": True}])
def test_who_does_not_show_it_does_not_see_it(
    sign_in: SignIn, message: Message, den: Room, alice: User, bob: User, hiding: dict[str, bool]
) -> None:
    read_together(den.pk, [bob.pk], message.position)
    User.objects.filter(pk=alice.pk).update(**hiding)
    assert names(sign_in(alice), message) == []
    assert "so you do not see it" in sign_in(alice).get(f"/messages/{message.pk}/readers/").content.decode()


def test_only_its_author_may_ask(sign_in: SignIn, message: Message, bob: User, charlie: User, alice: User) -> None:
    for other in (bob, charlie):
        assert sign_in(other).get(f"/messages/{message.pk}/readers/").status_code == 404
    message.erase(by=alice)
    assert sign_in(alice).get(f"/messages/{message.pk}/readers/").status_code == 404


def test_large_rooms_do_not_tell(sign_in: SignIn, message: Message, den: Room, alice: User) -> None:
    crowd = [User(email=f"{n}@example.org", name=f"Person {n}") for n in range(18)]
    User.objects.bulk_create(crowd)
    den.admit(crowd)
    assert sign_in(alice).get(f"/messages/{message.pk}/readers/").status_code == 200
    assert "Seen by" in sign_in(alice).get(f"/messages/{message.pk}/menu/").content.decode()
    den.admit([User.objects.sign_up(email="one@example.org", name="One more", password="a long secret")])
    assert sign_in(alice).get(f"/messages/{message.pk}/readers/").status_code == 404
    assert "Seen by" not in sign_in(alice).get(f"/messages/{message.pk}/menu/").content.decode()
