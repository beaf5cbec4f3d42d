"""Edits come at a pace, too: each is work under the room's lock."""

import pytest
from bs4 import BeautifulSoup

from rooms.models import Room, User
from rooms.posting import BURST, EditedTooFast, check_edit_pace
from rooms.tests.conftest import SignIn

FRAGMENT = {"HX-Request": "true"}


@pytest.mark.parametrize("headers", [FRAGMENT, {}])
def test_edits_too_many_at_once_are_given_back(
    sign_in: SignIn, alice: User, bob: User, den: Room, headers: dict[str, str]
) -> None:
    message, browser = den.post(bob, "before", "k-1"), sign_in(bob)
    path = f"/messages/{message.pk}/editing/"

    # Two windows follow each other at most while this goes on: one of them gets more than it may.
    for number in range(2 * BURST + 1):
        response = browser.post(path, {"body": f"number {number}"}, headers=headers)
        if response.status_code == 429:
            break
        message.refresh_from_db()
        assert message.body == f"number {number}"

    assert response.status_code == 429
    assert 1 <= int(response["Retry-After"]) <= 10
    assert "Too many changes at once." in response.content.decode()
    assert f"number {number}</textarea>" in response.content.decode()
    message.refresh_from_db()
    assert message.body == f"number {number - 1}"
    check_edit_pace(alice)  # It is counted for each person.


def test_what_is_no_text_is_no_edit(sign_in: SignIn, bob: User, den: Room) -> None:
    path = f"/messages/{den.post(bob, 'before', 'k-1').pk}/editing/"
    browser = sign_in(bob)

    answers = {browser.post(path, {"body": " "}, headers=FRAGMENT).status_code for _ in range(2 * BURST + 1)}

    assert answers == {422}


def test_a_message_with_files_needs_no_text(sign_in: SignIn, bob: User, den: Room) -> None:
    message, browser = den.post(bob, "before", "k-1"), sign_in(bob)
    path = f"/messages/{message.pk}/editing/"
    assert " required" in browser.get(path).content.decode()
    den.messages.update(files=[{"pk": 1, "name": "plan.txt", "kind": "file", "size": 1}])

    assert " required" not in browser.get(path).content.decode()
    assert browser.post(path, {"body": ""}, headers=FRAGMENT).status_code == 200


def test_an_editor_leaves_another_that_is_written_in_alone(sign_in: SignIn, bob: User, den: Room) -> None:
    """What that is, a style sheet's selector says: what the browser would show (e2e/test_changing.py)."""
    path = f"/messages/{den.post(bob, 'before', 'k-1').pk}/editing/"
    html = BeautifulSoup(sign_in(bob).get(path, headers=FRAGMENT).content.decode(), "html.parser")
    targets = {partial["hx-target"]: partial.find("form") is not None for partial in html.find_all("hx-partial")}

    assert len(targets) == 5
    assert all(":user-valid" in target and ":not(:has(" in target for target, form in targets.items() if form)


def test_a_burst_is_followed_by_a_wait(bob: User) -> None:
    with pytest.raises(EditedTooFast) as refusal:
        for _ in range(2 * BURST + 1):
            check_edit_pace(bob)

    assert 1 <= refusal.value.wait <= 10
