"""A message is drawn once for all who read it alike, and anew for whatever changes it."""

from sys import getsizeof

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation
from django.utils.safestring import SafeString

from rooms.models import Message, Room, User
from rooms.models.history import Page
from rooms.templatetags.messages import KEPT_BYTES, kept, show_message, show_page


@pytest.fixture
def message(db: None) -> Message:
    user = User.objects.create(email="ann@example.org", name="Ann")
    room = Room.objects.open_up(Room.Kind.CLOSED, name="Den", creator=user)
    return room.post(user, "hello", "k-1")


def read_again(message: Message) -> Message:
    return Message.objects.for_display().get(pk=message.pk)


def test_a_message_is_drawn_once(message: Message) -> None:
    assert show_message(message) is show_message(read_again(message))


def test_what_is_kept_is_bounded_by_its_size(message: Message) -> None:
    kept.clear()
    show_message(message.room.post(message.author, "&" * 9_999, "k-2"))
    assert kept.currsize > 50_000
    large = SafeString("x" * 1_000_000)
    for number in range(KEPT_BYTES // 1_000_000 + 5):
        kept[number] = large
    assert KEPT_BYTES - 1_000_100 < sum(map(getsizeof, kept.values())) <= KEPT_BYTES
    kept.clear()


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
    assert "+0000" in english
    assert "+0900" in japanese
    assert "Reply" in english
    assert "Reply" not in japanese


def test_drawing_asks_the_database_nothing(message: Message) -> None:
    again = read_again(message)
    with CaptureQueriesContext(connection) as queries:
        show_message(again)
    assert len(queries) == 0


def test_another_epoch_is_drawn_anew(message: Message) -> None:
    show_message(message)
    Message.objects.update(body="from the backup", html_version=0)
    Room.objects.update(epoch="restored")
    assert "from the backup" in show_message(read_again(message))


def test_a_page_reads_whole_only_what_is_not_kept(message: Message) -> None:
    message.room.post(message.author, "and more", "k-2")
    with CaptureQueriesContext(connection) as queries:
        first = show_page(Page.newest(message.room.messages.all()))
    assert len(queries) == 2
    with CaptureQueriesContext(connection) as queries:
        assert show_page(Page.newest(message.room.messages.all())) == first
    assert len(queries) == 1
    assert first.index("hello") < first.index("and more")


def test_a_page_shows_what_was_edited_since(message: Message) -> None:
    page = Page.newest(message.room.messages.all())
    message.edit("good-bye")
    assert "good-bye" in show_page(page)
    assert "good-bye" in show_page(Page.newest(message.room.messages.all()))
