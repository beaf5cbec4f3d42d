"""A message is drawn once for all who read it alike, and anew for whatever changes it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from rooms.models import Message, Room, User
from rooms.templatetags.messages import show_message


@pytest.fixture
def message(db: None) -> Message:
    user = User.objects.create(email="ann@example.org", name="Ann")
    room = Room.objects.open_up(Room.Kind.CLOSED, name="Den", creator=user)
    return room.post(user, "hello", "k-1")


def read_again(message: Message) -> Message:
    return Message.objects.for_display().get(pk=message.pk)


def test_a_message_is_drawn_once(message: Message) -> None:
    assert show_message(message) is show_message(read_again(message))


def test_an_edited_message_is_drawn_anew(message: Message) -> None:
    before = show_message(message)
    message.edit("good-bye")
    assert "good-bye" in show_message(read_again(message)) != before


def test_a_new_name_is_drawn_anew(message: Message) -> None:
    show_message(message)
    message.author.introduce(name="Anna", language="en", time_zone="UTC")
    assert "Anna" in show_message(read_again(message))


def test_each_language_and_time_zone_has_its_own(message: Message) -> None:
    with translation.override("en"), timezone.override("UTC"):
        english = show_message(message)
    with translation.override("ja"), timezone.override("Asia/Tokyo"):
        japanese = show_message(message)
    assert "+00:00" in english
    assert "+09:00" in japanese
    assert "Erase" in english
    assert "Erase" not in japanese


def test_drawing_asks_the_database_nothing(message: Message) -> None:
    again = read_again(message)
    with CaptureQueriesContext(connection) as queries:
        show_message(again)
    assert len(queries) == 0


def test_another_epoch_is_drawn_anew(message: Message) -> None:
    show_message(message)
    Message.objects.update(body="from the backup")
    Room.objects.update(epoch="restored")
    assert "from the backup" in show_message(read_again(message))
