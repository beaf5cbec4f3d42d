from datetime import UTC, datetime

import pytest
from django.test import Client

from rooms.models import Message, Room, User
from rooms.tests.conftest import SignIn

URL = "/accounts/profile/"
FORM = {"name": "ボブ", "language": "ja", "time_zone": "Asia/Tokyo"}


def test_it_saves(sign_in: SignIn, bob: User) -> None:
    response = sign_in(bob).post(URL, FORM, follow=True)

    assert response.redirect_chain == [(URL, 302)]
    bob.refresh_from_db()
    assert (bob.name, bob.language, bob.time_zone) == ("ボブ", "ja", "Asia/Tokyo")
    assert response["Content-Language"] == "ja"


def test_it_says_what_is_wrong_and_changes_nothing(sign_in: SignIn, bob: User) -> None:
    response = sign_in(bob).post(URL, {**FORM, "name": "Bob\u202e", "language": "tlh", "time_zone": "Mars/Olympus"})

    assert response.status_code == 422
    assert set(response.context["form"].errors) == {"name", "language", "time_zone"}
    assert '<span dir="auto">Bob Okafor</span>' in response.content.decode()  # Not what was typed.
    bob.refresh_from_db()
    assert (bob.name, bob.language) == ("Bob Okafor", "en")


def test_names_are_kept_in_one_form(sign_in: SignIn, bob: User) -> None:
    sign_in(bob).post(URL, {**FORM, "name": "  Zoe\u0308  "})

    bob.refresh_from_db()
    assert bob.name == "Zoë"


def test_an_unlisted_time_zone_can_be_kept(sign_in: SignIn, bob: User) -> None:
    User.objects.filter(pk=bob.pk).update(time_zone="Japan")

    assert '<option value="Japan" selected>' in sign_in(bob).get(URL).content.decode()
    assert sign_in(bob).post(URL, {**FORM, "time_zone": "Japan"}).status_code == 302


def test_languages_are_listed_in_their_own_words(sign_in: SignIn, bob: User) -> None:
    assert '<option value="ja">日本語</option>' in sign_in(bob).get(URL).content.decode()


def test_pages_follow_the_person_and_not_the_browser(sign_in: SignIn, bob: User) -> None:
    browser = sign_in(bob)
    assert browser.get("/people/", headers={"Accept-Language": "ja"})["Content-Language"] == "en"

    browser.post(URL, FORM)

    page = browser.get("/people/", headers={"Accept-Language": "en"})
    assert page["Content-Language"] == "ja"
    assert {"Cookie", "Accept-Language"} <= set(page["Vary"].split(", "))


def test_the_others_get_the_language_of_their_browser(client: Client, alice: User) -> None:
    for language in ("ja", "en"):
        page = client.get("/accounts/sign-in/", headers={"Accept-Language": language})
        assert page["Content-Language"] == language
        assert "Accept-Language" in page["Vary"]


def test_times_are_those_of_the_person(sign_in: SignIn, bob: User, lobby: Room) -> None:
    message = lobby.post(bob, "Hello", "k")
    Message.objects.filter(pk=message.pk).update(created_at=datetime(2026, 1, 1, 20, 30, tzinfo=UTC))
    browser = sign_in(bob)
    assert "20:30" in browser.get(lobby.get_absolute_url()).content.decode()

    browser.post(URL, {**FORM, "language": "en"})

    assert "05:30" in browser.get(lobby.get_absolute_url()).content.decode()


@pytest.mark.parametrize("language", ["en", "ja"])
def test_one_persons_time_zone_does_not_leak_into_the_next_request(
    sign_in: SignIn, client: Client, bob: User, language: str
) -> None:
    from django.utils import timezone

    bob.introduce(name="Bob", language=language, time_zone="Asia/Tokyo")
    sign_in(bob).get("/people/")

    assert timezone.get_current_timezone_name() == "UTC"
