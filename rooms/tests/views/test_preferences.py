"""The page of settings: each section is a form of its own, and takes effect in every open page."""

import pytest
from bs4 import BeautifulSoup

from rooms.live.testing import assert_rings, captured_bells
from rooms.models import User
from rooms.tests.conftest import SignIn

URL = "/accounts/profile/"


def test_the_page_has_a_form_for_each_section(sign_in: SignIn, bob: User) -> None:
    page = BeautifulSoup(sign_in(bob).get(URL).content.decode(), "html.parser")

    sections = page.select("section[id^=settings-]")
    assert [section["id"].removeprefix("settings-") for section in sections][:3] == ["profile", "toasts", "privacy"]
    for section in sections:
        assert page.find(id=section["aria-labelledby"]).name == "h2"
    assert {"/accounts/profile/", "/accounts/toasts/", "/accounts/privacy/"} <= {
        form["action"] for form in page.select("section form")
    }
    ids = [element["id"] for element in page.select("[id]")]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("toasts", User.Toasts.values)
def test_toasts_and_sound(sign_in: SignIn, bob: User, toasts: str) -> None:
    with assert_rings(f"inbox.{bob.pk}"):
        response = sign_in(bob).post("/accounts/toasts/", {"toasts": toasts, "sound": "on"}, follow=True)

    assert response.redirect_chain == [(f"{URL}#settings-toasts", 302)]
    assert "Your notifications are saved." in response.content.decode()
    bob.refresh_from_db()
    assert (bob.toasts, bob.sound) == (toasts, True)


def test_silence_is_the_default(bob: User) -> None:
    assert not bob.sound


def test_what_is_wrong_stands_beside_the_field(sign_in: SignIn, bob: User) -> None:
    response = sign_in(bob).post("/accounts/toasts/", {"toasts": "shouting", "sound": "on"})

    assert response.status_code == 422
    page = BeautifulSoup(response.content.decode(), "html.parser")
    section = page.find(id="settings-toasts")
    assert section.select(".errorlist")
    assert section.select("[autofocus]")
    assert section.select("[name=sound][checked]")  # As it was filled in.
    assert not page.find(id="settings-profile").select(".errorlist")
    bob.refresh_from_db()
    assert not bob.sound


def test_what_others_see(sign_in: SignIn, bob: User) -> None:
    browser = sign_in(bob)

    with assert_rings(f"inbox.{bob.pk}"):
        browser.post("/accounts/privacy/", {"invisible": "on", "shares_receipts": "on"})

    bob.refresh_from_db()
    assert (bob.invisible, bob.shares_receipts, bob.shares_last_seen) == (True, True, False)
    page = BeautifulSoup(browser.get(URL).content.decode(), "html.parser")
    checked = {field["name"] for field in page.select("#settings-privacy [checked]")}
    assert checked == {"invisible", "shares_receipts"}


def test_one_section_leaves_the_others_alone(sign_in: SignIn, bob: User) -> None:
    bob.set_manners(toasts="nothing", sound=True)

    sign_in(bob).post("/accounts/privacy/", {"invisible": "on"})

    bob.refresh_from_db()
    assert (bob.toasts, bob.sound, bob.name) == ("nothing", True, "Bob Okafor")


def test_another_language_is_told_to_open_pages(sign_in: SignIn, bob: User) -> None:
    with captured_bells() as bells:
        sign_in(bob).post(URL, {"name": bob.name, "language": "ja", "time_zone": "UTC"})

    assert [bell["user"] for bell in bells if bell["type"] == "revoke"] == [bob.pk]


def test_the_same_language_is_not(sign_in: SignIn, bob: User) -> None:
    with captured_bells() as bells:
        sign_in(bob).post(URL, {"name": "Robert", "language": "en", "time_zone": "UTC"})

    assert [bell for bell in bells if bell["type"] == "revoke"] == []
