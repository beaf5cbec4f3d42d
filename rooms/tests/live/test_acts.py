"""Whatever is done with a message rings its room once, and is a change that a page which was away is told of."""

from collections.abc import Callable
from typing import NamedTuple

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from pytest import MonkeyPatch

from rooms import broadcasts
from rooms.feeds import RoomFeed
from rooms.files.uploading import upload
from rooms.links.models import Card
from rooms.links.reading import show
from rooms.live.feed import Cohort, catch_up, render_for
from rooms.live.testing import assert_no_bells, assert_rings
from rooms.models import Message, Room, User

pytestmark = pytest.mark.django_db

Deed = Callable[[Message, User], object]


class Act(NamedTuple):
    """What somebody does, and what everybody sees of it."""

    do: Deed
    sign: str
    before: Deed = lambda message, user: None
    """What has to be done before it can be."""


def share(message: Message, user: User) -> None:
    file = upload(user, message.room, "page-1", SimpleUploadedFile("note.txt", b"A note"))
    message.room.post(user, "see here", "k-file", attachments=[file.pk])


def answer(message: Message, user: User) -> None:
    message.room.post(user, "because", "k-reply", message)


def link(message: Message, user: User) -> None:
    message.edit("https://harbour.example/tides")


def show_preview(message: Message, user: User) -> None:
    """As the worker does that has read the page."""
    Card.objects.update(title="Tide tables", read_at=timezone.now())
    show(message.pk)


def remove_preview(message: Message, user: User) -> None:
    message.links.get().remove()


ACTS = {
    "post": Act(lambda message, user: message.room.post(user, "another", "k-2"), "another"),
    "say what one does": Act(lambda message, user: message.room.post(user, "/me waves", "k-2"), "waves"),
    "reply": Act(answer, "because"),
    "share a file": Act(share, "note.txt"),
    "edit": Act(lambda message, user: message.edit("in other words"), "in other words"),
    "erase": Act(lambda message, user: message.erase(by=user), "Message erased"),
    "react": Act(lambda message, user: message.react(user, "🎉"), "🎉"),
    "pin": Act(lambda message, user: message.pin(by=user), "message-{pk}"),
    "link to a page": Act(link, "Reading <bdi>harbour.example</bdi>"),
    "show a preview": Act(show_preview, "Tide tables", before=link),
    "remove a preview": Act(remove_preview, "message-{pk}", before=link),
    "rename the room": Act(lambda message, user: message.room.change(name="Quay", topic=""), "Quay"),
    "archive the room": Act(lambda message, user: message.room.archive(), "This room is archived"),
    "restore the room": Act(
        lambda message, user: message.room.unarchive(),
        "closure",
        before=lambda message, user: message.room.archive(),
    ),
}


@pytest.fixture
def message(lobby: Room, alice: User) -> Message:
    return Message.objects.get(pk=lobby.post(alice, "what was said", "k-1").pk)


@pytest.mark.parametrize("name", ACTS)
def test_an_act_rings_once_and_is_told_of(name: str, message: Message, alice: User) -> None:
    act, feed = ACTS[name], RoomFeed(message.room_id)
    act.before(message, alice)
    before, cohort = feed.position(), Cohort("en", "UTC")

    with assert_rings(feed.topic):
        act.do(message, alice)

    changes = catch_up(feed, str(before))
    assert changes.position.clock > before.clock
    assert act.sign.format(pk=message.pk) in str(render_for(feed, changes, [cohort])[cohort])


@pytest.mark.parametrize("name", ["react", "pin"])
def test_what_is_taken_back_rings_as_well(name: str, message: Message, alice: User) -> None:
    ACTS[name].do(message, alice)
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
    ACTS[name].before(message, alice)
    monkeypatch.setattr(broadcasts, "room_changed", lambda *args: None)
    topic = RoomFeed(message.room_id).topic

    with pytest.raises(AssertionError, match="should ring 1 times and rang 0 times"), assert_rings(topic):
        ACTS[name].do(message, alice)
