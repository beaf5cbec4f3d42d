from django.test import Client

from rooms.models import User
from rooms.tests.conftest import SignIn


def read(browser: Client) -> str:
    return browser.get("/me.css").content.decode()


def test_members_see_the_tools_of_their_own_messages(sign_in: SignIn, bob: User) -> None:
    rule = f'[data-author="{bob.pk}"]:not(.message--erased) .message__own {{ display: block; }}'

    assert rule in read(sign_in(bob))


def test_administrators_see_those_of_erased_messages(sign_in: SignIn, alice: User, bob: User) -> None:
    assert ".message--erased .message__tools" in read(sign_in(alice))
    assert ".message--erased .message__tools" not in read(sign_in(bob))


def test_strangers_see_none(client: Client, alice: User) -> None:
    assert "message__own" not in read(client)


def test_browsers_ask_whether_it_is_still_so(sign_in: SignIn, alice: User, bob: User) -> None:
    browser = sign_in(bob)
    first = browser.get("/me.css")
    assert first["Content-Type"] == "text/css; charset=utf-8"
    assert first["Cache-Control"] == "private, no-cache"
    assert "Cookie" in first["Vary"]
    assert browser.get("/me.css", headers={"If-None-Match": first["ETag"]}).status_code == 304

    bob.change_role("administrator")

    assert browser.get("/me.css", headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_what_names_the_viewer_is_marked(sign_in: SignIn, bob: User) -> None:
    sheet = read(sign_in(bob))

    for named in (bob.pk, "room"):
        assert f'[data-mentions~="{named}"]' in sheet
    assert f'[data-answers="{bob.pk}"]' in sheet
    assert f':not([data-author="{bob.pk}"])' in sheet


def test_here_is_marked_for_those_it_lists_and_for_the_invisible(sign_in: SignIn, bob: User) -> None:
    browser = sign_in(bob)
    assert '[data-mentions~="here"]' not in read(browser)

    bob.set_manners(invisible=True)  # No list may name them.

    assert '[data-mentions~="here"]' in read(browser)
