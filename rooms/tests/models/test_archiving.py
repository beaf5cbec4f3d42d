"""An archived room is read, and nothing in it changes."""

import pytest

from rooms.feeds import RoomFeed
from rooms.live import Changes
from rooms.live.testing import captured_bells
from rooms.models import Archived, Membership, Message, Notification, Room, User

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def said(den: Room, bob: User) -> Message:
    return den.post(bob, "before", "k-1")


def test_nothing_more_is_said(den: Room, bob: User, said: Message) -> None:
    den.archive()

    with pytest.raises(Archived):
        den.post(bob, "after", "k-2")
    assert list(den.messages.values_list("body", flat=True)) == ["before"]


def test_what_was_said_before_is_not_refused_when_it_is_sent_again(den: Room, bob: User, said: Message) -> None:
    den.archive()

    assert den.post(bob, "before", "k-1") == said


def test_what_was_said_stays_as_it_is(den: Room, alice: User, said: Message) -> None:
    Room.objects.get(pk=den.pk).archive()

    with pytest.raises(Archived):
        said.edit("changed")
    with pytest.raises(Archived):
        said.erase(by=alice)
    said.refresh_from_db()
    assert (said.body, said.erased_at) == ("before", None)


def test_it_counts_for_nobody(den: Room, alice: User, said: Message) -> None:
    said.edit("before, @Alice Moreau")
    mine = Membership.objects.with_unread().filter(user=alice, room=den)
    told = Notification.objects.filter(recipient=alice)
    assert (mine.get().unread, told.visible().count()) == (1, 1)

    den.archive()
    assert (mine.get().unread, told.visible().count()) == (0, 0)

    den.unarchive()
    assert (mine.get().unread, told.visible().count()) == (1, 1)


def test_pages_and_lists_hear_of_it_once(den: Room, alice: User, bob: User) -> None:
    topics = [f"room.{den.pk}", f"inbox.{alice.pk}", f"inbox.{bob.pk}"]

    with captured_bells() as bells:
        den.archive()
        den.archive()
    assert sorted(bell["topic"] for bell in bells) == sorted(topics)

    with captured_bells() as bells:
        den.unarchive()
        den.unarchive()
    assert sorted(bell["topic"] for bell in bells) == sorted(topics)


def test_a_page_is_told_by_the_frame_of_the_room(den: Room) -> None:
    feed = RoomFeed(den.pk)
    since = feed.position()

    def frame() -> str:
        changes = feed.changes(since.clock, feed.position())
        assert isinstance(changes, Changes)
        return feed.render(changes)

    den.archive()
    assert "This room is archived" in frame()
    assert "This room is archived" in feed.render(feed.snapshot())
    den.unarchive()
    assert 'hx-target="#closure"' in frame()
    assert "This room is archived" not in frame()


def test_it_can_be_restored(den: Room, bob: User) -> None:
    den.archive()
    den.unarchive()

    assert den.post(bob, "again", "k-3").body == "again"


def test_direct_rooms_cannot_be_archived(alice: User, bob: User) -> None:
    direct = Room.objects.direct_between([alice, bob])

    with pytest.raises(ValueError, match="direct room"):
        direct.archive()
    direct.refresh_from_db()
    assert direct.archived_at is None


def test_outsiders_are_not_told_that_it_is_archived(den: Room, charlie: User) -> None:
    from rooms.models import NotAMember

    den.archive()

    with pytest.raises(NotAMember):
        den.post(charlie, "hello?", "k-4")
