"""The page of a person: who they are, and how to write to them."""

from bs4 import BeautifulSoup
from django.test import Client

from rooms.models import Room, User
from rooms.tests.conftest import SignIn


def read(browser: Client, person: User) -> BeautifulSoup:
    page = BeautifulSoup(browser.get(f"/people/{person.pk}/").content.decode(), "html.parser")
    return page.main


def test_it_says_who_they_are(sign_in: SignIn, alice: User, bob: User) -> None:
    page = read(sign_in(bob), alice)

    assert page.h1.get_text() == "Alice Moreau"
    assert page.img["src"] == f"/avatars/{alice.pk}/"
    assert [tag.get_text() for tag in page.select(".tag")] == ["Administrator"]
    assert "alice@example.org" not in str(page)
    assert "bob@example.org" in str(read(sign_in(alice), bob))


def test_one_writes_to_them(sign_in: SignIn, alice: User, bob: User) -> None:
    browser = sign_in(bob)
    form = read(browser, alice).select_one("form")
    assert form.button.get_text() == "Write to Alice Moreau"

    filled = {field["name"]: field["value"] for field in form.select("input")}
    response = browser.post(form["action"], filled)

    assert response.url == Room.objects.direct_between([alice, bob]).get_absolute_url()


def test_ones_own_leads_to_the_settings(sign_in: SignIn, bob: User) -> None:
    page = read(sign_in(bob), bob)

    assert page.form is None
    assert page.select("a[href='/accounts/profile/']")


def test_who_is_gone_is_there_for_administrators(sign_in: SignIn, alice: User, bob: User, charlie: User) -> None:
    charlie.deactivate()

    assert sign_in(bob).get(f"/people/{charlie.pk}/").status_code == 404
    page = read(sign_in(alice), charlie)
    assert [tag.get_text() for tag in page.select(".tag")] == ["Deactivated"]
    assert page.form is None  # Nobody would read it.


def test_one_comes_to_it_from_the_list_and_from_messages(
    sign_in: SignIn, lobby: Room, alice: User, bob: User, charlie: User
) -> None:
    browser = sign_in(bob)
    message = lobby.post(charlie, "Good morning", "k")
    link = f'href="/people/{charlie.pk}/"'
    assert link in browser.get("/people/").content.decode()
    assert link in browser.get(f"/messages/{message.pk}/menu/").content.decode()

    charlie.deactivate()

    assert link not in browser.get(f"/messages/{message.pk}/menu/").content.decode()
