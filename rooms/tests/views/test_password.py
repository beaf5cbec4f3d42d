from django.test import Client

from rooms.live.access import authenticate
from rooms.models import User
from rooms.tests.conftest import PASSWORD, SignIn

URL = "/accounts/password/"
NEW = "battery staple horse"


def key_of(browser: Client) -> str:
    return browser.cookies["session"].value


def test_it_changes_and_other_browsers_are_signed_out(sign_in: SignIn, bob: User) -> None:
    here, there = sign_in(bob), sign_in(bob)

    response = here.post(URL, {"current": PASSWORD, "password": NEW}, follow=True)

    assert response.redirect_chain == [("/accounts/profile/", 302)]
    assert here.get("/people/").status_code == 200
    assert there.get("/people/").status_code == 302
    assert User.objects.get(pk=bob.pk).check_password(NEW)


def test_live_pages_of_other_browsers_are_signed_out(sign_in: SignIn, bob: User) -> None:
    here, there = sign_in(bob), sign_in(bob)
    stolen = key_of(here)
    assert authenticate(stolen) == authenticate(key_of(there)) == bob

    here.post(URL, {"current": PASSWORD, "password": NEW})

    assert authenticate(key_of(here)) == bob
    assert authenticate(key_of(there)) is authenticate(stolen) is None


def test_the_current_one_is_needed(sign_in: SignIn, bob: User) -> None:
    response = sign_in(bob).post(URL, {"current": "wrong", "password": NEW})

    assert response.status_code == 422
    assert "This is not your current password." in response.content.decode()
    assert User.objects.get(pk=bob.pk).check_password(PASSWORD)


def test_a_weak_one_is_refused(sign_in: SignIn, bob: User) -> None:
    for weak in ("short", "password1234", "bob@example.org"):
        response = sign_in(bob).post(URL, {"current": PASSWORD, "password": weak})
        assert (response.status_code, list(response.context["form"].errors)) == (422, ["password"])


def test_spaces_are_part_of_it(sign_in: SignIn, bob: User) -> None:
    sign_in(bob).post(URL, {"current": PASSWORD, "password": f"  {NEW} "})

    assert User.objects.get(pk=bob.pk).check_password(f"  {NEW} ")


def test_a_borrowed_browser_does_not_guess_it(sign_in: SignIn, bob: User) -> None:
    browser = sign_in(bob)
    for _ in range(10):
        assert browser.post(URL, {"current": "wrong", "password": NEW}).status_code == 422

    response = browser.post(URL, {"current": PASSWORD, "password": NEW})

    assert response.status_code == 429
    assert "Wait 3 minutes, then try again." in response.content.decode()
    assert User.objects.get(pk=bob.pk).check_password(PASSWORD)
