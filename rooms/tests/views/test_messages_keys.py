"""A message's key: sending the same again, however often and however fast, is one message."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client

from rooms.models import Room, User
from rooms.tests.conftest import SignIn

FRAGMENT = {"HX-Request": "true"}


def url(room: Room) -> str:
    return f"{room.get_absolute_url()}messages/"


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_are_one_message_and_one_answer(sign_in: SignIn, bob: User, lobby: Room) -> None:
    browsers = [sign_in(bob) for _ in range(20)]

    def send(browser: Client) -> tuple[int, bytes]:
        try:
            response = browser.post(url(lobby), {"key": "k-1", "body": "only once"}, headers=FRAGMENT)
            return response.status_code, response.content
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as threads:
        ((status, _),) = set(threads.map(send, browsers))

    assert status == 200
    assert lobby.messages.get().body == "only once"


def test_the_first_text_stands(sign_in: SignIn, bob: User, lobby: Room) -> None:
    browser = sign_in(bob)
    browser.post(url(lobby), {"key": "k-1", "body": "the first"}, headers=FRAGMENT)

    response = browser.post(url(lobby), {"key": "k-1", "body": "the second"}, headers=FRAGMENT)

    assert "the first" in response.content.decode()
    assert lobby.messages.get().body == "the first"


def test_somebody_elses_key_is_another(sign_in: SignIn, alice: User, bob: User, lobby: Room) -> None:
    for author in (alice, bob):
        sign_in(author).post(url(lobby), {"key": "k-1", "body": "mine"}, headers=FRAGMENT)

    assert lobby.messages.count() == 2


def test_a_key_of_another_room_is_refused_and_the_text_kept(sign_in: SignIn, bob: User, lobby: Room, den: Room) -> None:
    browser = sign_in(bob)
    browser.post(url(den), {"key": "k-1", "body": "secret"}, headers=FRAGMENT)

    response = browser.post(url(lobby), {"key": "k-1", "body": "public"}, headers=FRAGMENT)

    assert response.status_code == 422
    assert "public" in response.content.decode()
    assert not lobby.messages.exists()
