"""One message that Markdown fails on shows as such, or as it was written, and breaks nothing else."""

from collections.abc import Callable
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from markdown_it import MarkdownIt

from rooms.feeds import RoomFeed
from rooms.live.feed import Cohort, catch_up, render_for
from rooms.models import Message, Room, User
from rooms.outside.digest import tell_of_message

SIGN = "⚡"
BODY = f"{SIGN} soup *today*"

SignIn = Callable[[User], Client]


@pytest.fixture(autouse=True)
def fail(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the parser fail on some texts: of those that it failed on in truth, none is left."""
    parse = MarkdownIt.parse

    def fail(self: MarkdownIt, text: str, env: Any = None) -> Any:
        if SIGN in text:
            raise RuntimeError
        return parse(self, text, env)

    monkeypatch.setattr(MarkdownIt, "parse", fail)


@pytest.fixture
def message(lobby: Room, alice: User, bob: User) -> Message:
    lobby.post(alice, "before", "k-1")
    message = lobby.post(bob, f"{BODY} @Alice Moreau", "k-2")
    lobby.post(alice, "after", "k-3")
    return message


def test_pages_show_it_and_what_stands_beside_it(sign_in: SignIn, message: Message, alice: User) -> None:
    client, room = sign_in(alice), message.room.get_absolute_url()
    other = message.room.messages.get(body="before")
    for each in (message, other):
        client.post(f"/messages/{each.pk}/pinning/")
        client.post(f"/messages/{each.pk}/bookmarking/")
    page = client.get(room).content.decode()
    assert "This message cannot be shown." in page
    assert page.count("<article") == 3
    for path in (f"{room}pins/", "/bookmarks/", "/search/?q=soup", "/notifications/"):
        response = client.get(path)
        assert response.status_code == 200, path
        assert "soup *today*" in BeautifulSoup(response.content, "html.parser").text, path
    menu = client.get(f"/messages/{message.pk}/menu/", headers={"HX-Request": "true"})
    assert "soup *today*" in menu.content.decode()


def test_one_may_reply_to_it_and_go_on(sign_in: SignIn, message: Message, alice: User) -> None:
    client, room = sign_in(alice), message.room.get_absolute_url()
    for act in ("reply", "quote"):
        answer = client.post(
            f"/messages/{message.pk}/{act}/", {"key": "r-1", "body": ""}, headers={"HX-Request": "true"}
        )
        assert "soup *today*" in answer.content.decode(), act
        assert client.get(room).status_code == 200
    client.post(f"{room}messages/", {"key": "r-2", "body": "a reply", "reply_to": message.pk})
    page = client.get(room).content.decode()
    assert "a reply" in page
    assert "soup *today*" in page


def test_it_is_edited_into_one_that_can_be_shown(sign_in: SignIn, message: Message, bob: User) -> None:
    client = sign_in(bob)
    client.post(f"/messages/{message.pk}/editing/", {"body": f"{BODY} again"})
    client.post(f"/messages/{message.pk}/editing/", {"body": "mended"})
    page = client.get(message.room.get_absolute_url()).content.decode()
    assert "mended" in page
    assert "cannot be shown" not in page


def test_what_follows_the_room_goes_on(message: Message) -> None:
    feed = RoomFeed(message.room_id)
    before = feed.position()
    message.room.messages.get(body="before").edit(f"{BODY}, edited")
    message.room.messages.get(body="after").edit("after all")
    changes = catch_up(feed, str(before))
    assert changes is not None
    (frame,) = render_for(feed, changes, [Cohort("en", "UTC")]).values()
    frame = str(frame)
    assert "cannot be shown" in frame
    assert "after all" in frame


def test_it_is_told_of_outside(message: Message) -> None:
    assert tell_of_message(message).excerpt == f"{BODY} @Alice Moreau"
