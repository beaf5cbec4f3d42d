"""Whatever is done with a message rings its room once, and is a change that a page which was away is told of."""

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest import MonkeyPatch

from rooms import broadcasts
from rooms.feeds import RoomFeed
from rooms.files.uploading import upload
from rooms.live.feed import Cohort, catch_up, render_for
from rooms.live.testing import assert_no_bells, assert_rings
from rooms.models import Message, Room, User

pytestmark = pytest.mark.django_db

Act = Callable[[Message, User], object]


def share(message: Message, user: User) -> None:
    file = upload(user, message.room, "page-1", SimpleUploadedFile("note.txt", b"A note"))
    message.room.post(user, "see here", "k-file", attachments=[file.pk])


def answer(message: Message, user: User) -> None:
    message.room.post(user, "because", "k-reply", message)


ACTS: dict[str, tuple[Act, str]] = {
    "post": (lambda message, user: message.room.post(user, "another", "k-2"), "another"),
    "say what one does": (lambda message, user: message.room.post(user, "/me waves", "k-2"), "waves"),
    "reply": (answer, "because"),
    "share a file": (share, "note.txt"),
    "edit": (lambda message, user: message.edit("in other words"), "in other words"),
    "erase": (lambda message, user: message.erase(by=user), "Message erased"),
    "react": (lambda message, user: message.react(user, "🎉"), "🎉"),
    "pin": (lambda message, user: message.pin(by=user), "message-{pk}"),
}
"""What somebody does, and what everybody sees of it."""


@pytest.fixture
def message(lobby: Room, alice: User) -> Message:
    return Message.objects.get(pk=lobby.post(alice, "what was said", "k-1").pk)


@pytest.mark.parametrize("name", ACTS)
def test_an_act_rings_once_and_is_told_of(name: str, message: Message, alice: User) -> None:
    act, sign = ACTS[name]
    feed = RoomFeed(message.room_id)
    before, cohort = feed.position(), Cohort("en", "UTC")

    with assert_rings(feed.topic):
        act(message, alice)

    changes = catch_up(feed, str(before))
    assert changes.position.clock > before.clock
    assert sign.format(pk=message.pk) in str(render_for(feed, changes, [cohort])[cohort])


@pytest.mark.parametrize("name", ["react", "pin"])
def test_what_is_taken_back_rings_as_well(name: str, message: Message, alice: User) -> None:
    ACTS[name][0](message, alice)
    topic = RoomFeed(message.room_id).topic

    with assert_rings(topic):
        message.unreact(alice, "🎉") if name == "react" else message.unpin()
    with assert_no_bells(topic):
        message.unreact(alice, "🎉") if name == "react" else message.unpin()


def test_replies_are_told_of_with_what_they_reply_to(message: Message, alice: User, bob: User) -> None:
    reply = message.room.post(bob, "because", "k-2", message)
    before, feed = RoomFeed(message.room_id).position(), RoomFeed(message.room_id)

    with assert_rings(feed.topic):
        message.edit("in other words")

    assert {entry.pk for entry in catch_up(feed, str(before)).items if hasattr(entry, "pk")} >= {message.pk, reply.pk}


@pytest.mark.parametrize("name", ACTS)
def test_a_forgotten_bell_is_noticed(name: str, message: Message, alice: User, monkeypatch: MonkeyPatch) -> None:
    """The tests above have teeth: without the bell they fail."""
    monkeypatch.setattr(broadcasts, "room_changed", lambda *args: None)
    topic = RoomFeed(message.room_id).topic

    with pytest.raises(AssertionError, match="should ring 1 times and rang 0 times"), assert_rings(topic):
        ACTS[name][0](message, alice)
