"""Ten messages in ten seconds, then a pause: nobody floods a room, and nobody loses what they wrote."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from rooms.models import Message, Room, User
from rooms.posting import BURST, BURST_SECONDS
from rooms.tests.conftest import SignIn

FRAGMENT = {"HX-Request": "true"}

numbers = count(1)


def say(browser: Client, room: Room, body: str = "so much to say", headers: dict[str, str] = FRAGMENT) -> HttpResponse:
    form = {"key": f"k-{next(numbers)}", "body": body}
    return browser.post(f"{room.get_absolute_url()}messages/", form, headers=headers)


def say_as_much_as_one_may(browser: Client, room: Room) -> None:
    assert {say(browser, room).status_code for _ in range(BURST)} == {200}


def test_the_eleventh_has_to_wait(sign_in: SignIn, bob: User, lobby: Room) -> None:
    browser = sign_in(bob)
    say_as_much_as_one_may(browser, lobby)

    response = say(browser, lobby, "one more thing")

    assert response.status_code == 429
    assert 1 <= int(response["Retry-After"]) <= BURST_SECONDS
    assert 'value="one more thing"' in response.content.decode()
    assert f"Wait {response['Retry-After']} second" in response.content.decode()
    assert lobby.messages.count() == BURST


def test_without_javascript_the_page_keeps_the_text(sign_in: SignIn, bob: User, lobby: Room) -> None:
    browser = sign_in(bob)
    say_as_much_as_one_may(browser, lobby)

    response = say(browser, lobby, "one more thing", headers={})

    assert response.status_code == 429
    assert int(response["Retry-After"])
    assert "<html" in response.content.decode()
    assert 'value="one more thing"' in response.content.decode()


def test_when_the_time_has_passed_it_is_sent(sign_in: SignIn, bob: User, lobby: Room) -> None:
    browser = sign_in(bob)
    say_as_much_as_one_may(browser, lobby)
    first = lobby.messages.earliest("position")
    Message.objects.filter(pk=first.pk).update(created_at=timezone.now() - timedelta(seconds=BURST_SECONDS))

    assert say(browser, lobby).status_code == 200
    assert say(browser, lobby).status_code == 429


def test_what_was_sent_may_be_sent_again(sign_in: SignIn, bob: User, lobby: Room) -> None:
    browser = sign_in(bob)
    say_as_much_as_one_may(browser, lobby)
    last = lobby.messages.latest("position")

    response = browser.post(
        f"{lobby.get_absolute_url()}messages/", {"key": last.key, "body": "again"}, headers=FRAGMENT
    )

    assert response.status_code == 200
    assert f"message-{last.pk}" in response.content.decode()


def test_it_counts_in_all_rooms_together(sign_in: SignIn, bob: User, lobby: Room, den: Room) -> None:
    browser = sign_in(bob)
    say_as_much_as_one_may(browser, lobby)

    assert say(browser, den).status_code == 429


def test_others_may_go_on(sign_in: SignIn, alice: User, bob: User, lobby: Room) -> None:
    say_as_much_as_one_may(sign_in(bob), lobby)

    assert say(sign_in(alice), lobby).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_many_at_once_are_no_more_than_ten(sign_in: SignIn, bob: User, lobby: Room, den: Room) -> None:
    browsers = [sign_in(bob) for _ in range(8)]
    rooms = [lobby, den]

    def send(number: int) -> int:
        try:
            return say(browsers[number % 8], rooms[number % 2]).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(send, range(40)))

    assert sorted(set(answers)) == [200, 429]
    assert answers.count(200) == BURST == Message.objects.count()
