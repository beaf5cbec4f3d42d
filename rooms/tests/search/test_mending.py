"""What a version that knows of no index edits and erases while this one takes over."""

from datetime import timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from rooms.files.models import Attachment
from rooms.files.uploading import upload
from rooms.models import Message, Reaction, Room, User, Wording
from rooms.search.mending import mend
from rooms.search.models import Document
from rooms.tests.search.conftest import Find, Say


def test_what_it_edited_is_found_by_what_it_says_now(lobby: Room, bob: User, find: Find, say: Say) -> None:
    message, before = say(lobby, bob, "zebra"), say(lobby, bob, "lion")
    now = timezone.now()
    Message.objects.filter(pk=message.pk).update(body="tiger", edited_at=now, clock=lobby.tick())
    Message.objects.filter(pk=before.pk).update(edited_at=now - timedelta(days=1))
    assert find(bob, "tiger") == []

    assert list(mend(now)) == [1]

    assert (find(bob, "tiger"), find(bob, "zebra"), find(bob, "lion")) == (["tiger"], [], ["lion"])
    message.refresh_from_db()
    message.edit("gnu")
    assert (find(bob, "gnu"), find(bob, "tiger")) == (["gnu"], [])


def test_of_what_it_erased_nothing_is_left(lobby: Room, bob: User, say: Say) -> None:
    file = upload(bob, lobby, "k", SimpleUploadedFile("plan.txt", b"plan"))
    message = lobby.post(bob, "zebra", "k", attachments=[file.pk])
    message.edit("tiger")
    message.pin(bob)
    message.react(bob, "👍")
    erased = say(lobby, bob, "properly")
    erased.erase(bob)
    tick = lobby.tick()
    Message.objects.filter(pk=message.pk).update(body="", erased_at=timezone.now(), erased_by=bob, clock=tick)
    lobby.archive()  # That is no reason to keep it.

    assert list(mend(timezone.now())) == [1]

    message.refresh_from_db()
    assert (message.html, message.files, message.reactions, message.pinned_at) == ("", [], [], None)
    assert (message.clock, message.erased_by) == (tick, bob)
    assert not any(model.objects.exists() for model in (Attachment, Reaction, Wording, Document))
    assert list(mend(timezone.now())) == []
