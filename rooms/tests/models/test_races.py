"""What happens when two do the same, or the opposite, at the same moment. With real threads and a real database."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from inspect import unwrap
from threading import Barrier, BrokenBarrierError, Event
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from pytest_django import Settings

from rooms.files import uploading
from rooms.files.models import Attachment, AttachmentQuerySet, Blob, FilesGone
from rooms.files.uploading import Made, upload, write
from rooms.models import (
    Archived,
    Attempt,
    LastAdministrator,
    Message,
    NotAMember,
    Room,
    TooManyAttempts,
    User,
    Workspace,
)
from rooms.models.membership import read_together
from rooms.tests.conftest import PASSWORD

ROUNDS = 20

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*jobs: Callable[[], Any]) -> list[Any]:
    """Do all of these at the same moment, each in a thread with a connection of its own; errors are results too.

    Not more than eight: PostgreSQL's pool has ten connections.
    """
    barrier = Barrier(len(jobs), timeout=10)

    def run(job: Callable[[], Any]) -> Any:
        try:
            connection.ensure_connection()
            barrier.wait()
            return job()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as threads:
        return list(threads.map(run, jobs))


@pytest.mark.parametrize("round", range(3))
def test_two_set_ups_make_one_administrator(round: int) -> None:
    def set_up(number: int) -> Any:
        form = {"team": "T", "room": "R", "name": "N", "email": f"{number}@example.org", "password": PASSWORD}
        return Client().post("/setup/", {**form, "time_zone": "UTC"})

    responses = at_once(*[lambda number=number: set_up(number) for number in range(4)])

    assert [response.status_code for response in responses] == [302] * 4
    winner = User.objects.get()
    assert winner.is_administrator
    assert (Workspace.objects.count(), Room.objects.count()) == (1, 1)
    signed_in = [response.client for response in responses if response.client.get("/people/").status_code == 200]
    assert len(signed_in) == 1


def test_the_same_direct_room_at_once_is_one(alice: User, bob: User) -> None:
    find = Room.objects.direct_between

    rooms = at_once(*[lambda: find([alice, bob]), lambda: find([bob, alice])] * 3)

    assert len({room.pk for room in rooms}) == 1
    assert Room.objects.get(kind=Room.Kind.DIRECT).memberships.count() == 2


def test_rooms_of_one_name_at_once_get_slugs_of_their_own(alice: User) -> None:
    rooms = at_once(*[lambda: Room.objects.open_up(Room.Kind.OPEN, name="Garden", creator=alice)] * 4)

    assert {room.slug for room in rooms} == {"garden", "garden-2", "garden-3", "garden-4"}


def test_nothing_is_said_after_the_tick_that_archives(den: Room, alice: User, bob: User) -> None:
    for round in range(ROUNDS):
        said, refused = at_once(
            lambda round=round: Room.objects.get(pk=den.pk).post(bob, "hurry", f"k-{round}"),
            lambda: Room.objects.get(pk=den.pk).archive(),
        )

        room = Room.objects.get(pk=den.pk)
        assert refused is None
        assert room.archived_at is not None
        assert isinstance(said, Archived) or said.position < room.header_clock
        assert room.messages.filter(position__gt=room.header_clock).count() == 0
        room.unarchive()


def test_two_administrators_cannot_both_step_down(alice: User, bob: User) -> None:
    bob.change_role("administrator")

    results = at_once(lambda: alice.change_role("member"), bob.deactivate)

    assert sorted(type(result) for result in results if result) == [LastAdministrator]
    assert User.objects.active().filter(role="administrator").count() == 1


def test_nobody_who_joins_misses_a_room_that_opens(alice: User) -> None:
    at_once(
        *[
            lambda number=number: User.objects.sign_up(email=f"{number}@example.org", name="N", password=PASSWORD)
            for number in range(4)
        ],
        *[lambda: Room.objects.open_up(Room.Kind.OPEN, name="Garden", creator=alice)] * 4,
    )

    assert (User.objects.count(), Room.objects.count()) == (5, 5)
    for room in Room.objects.all():
        assert room.memberships.count() == 5


def test_no_more_than_ten_attempts_at_once(transactional_db: None) -> None:
    for _ in range(5):
        Attempt.objects.begin(["a"])

    results = at_once(*[lambda: Attempt.objects.begin(["a"])] * 8)

    assert sum(isinstance(result, list) for result in results) <= 5
    assert {type(result) for result in results} - {list} == {TooManyAttempts}


def test_joining_and_being_removed_at_once_ends_one_way(alice: User, bob: User, den: Room) -> None:
    at_once(*[lambda: den.admit([bob]), lambda: den.dismiss([bob])] * 4)

    assert den.memberships.filter(user=bob).count() in {0, 1}


def test_the_same_sign_up_twice_is_one_person(alice: User) -> None:
    path = f"/join/{Workspace.objects.get().join_code}/"
    form = {"name": "Dana", "email": "dana@example.org", "password": PASSWORD, "time_zone": "UTC"}

    responses = at_once(*[lambda: Client().post(path, form)] * 3)

    assert sorted(response.status_code for response in responses) == [302, 422, 422]
    assert User.objects.filter(name="Dana").count() == 1


def test_conversions_at_once_end_with_a_room_that_is_one_or_the_other(alice: User, bob: User, charlie: User) -> None:
    room = Room.objects.open_up(Room.Kind.OPEN, name="Garden", creator=alice)

    def convert(kind: str) -> Any:
        return Room.objects.get(pk=room.pk).convert(kind, [alice])

    results = at_once(*[lambda: convert(Room.Kind.CLOSED), lambda: convert(Room.Kind.OPEN)] * 3)

    assert results == [None] * 6
    room.refresh_from_db()
    assert room.memberships.count() == (3 if room.kind == Room.Kind.OPEN else 1)


def test_nobody_posts_who_has_just_been_removed(bob: User, den: Room) -> None:
    removed, posting = Event(), Event()

    def remove() -> None:
        with transaction.atomic():
            den.dismiss([bob])
            removed.set()
            posting.wait(5)
            # The post waits by now. There is nothing to wait for: that it waits cannot be seen from here.
            time.sleep(0.3)

    def post() -> Any:
        removed.wait(5)
        posting.set()
        return Room.objects.get(pk=den.pk).post(bob, "Too late", "k")

    _, result = at_once(remove, post)

    assert isinstance(result, NotAMember)
    assert not den.messages.exists()


def keep_file(room: Room, owner: User) -> Attachment:
    blob = Blob.store(b"plan")
    Blob.keep([blob])
    facts = {"key": "k", "digest": "d", "name": "plan.txt", "media": "text/plain", "size": 4}
    return Attachment.objects.create(room=room, owner=owner, blob=blob, **facts)


def test_a_file_that_is_just_being_sent_is_not_taken_back(
    bob: User, den: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = keep_file(den, bob)
    attached, taking = Event(), Event()
    attach = AttachmentQuerySet.attach

    def attach_slowly(*args: Any) -> None:
        attach(*args)
        attached.set()
        taking.wait(5)
        time.sleep(0.3)  # As above: that the other waits cannot be seen.

    monkeypatch.setattr(AttachmentQuerySet, "attach", attach_slowly)

    def take_back() -> None:
        attached.wait(5)
        taking.set()
        Attachment.objects.filter(pk=file.pk).take_back()

    message, taken = at_once(lambda: den.post(bob, "", "k", attachments=[file.pk]), take_back)

    assert taken is None
    assert Attachment.objects.get(pk=file.pk).message == message
    assert Blob.objects.get().kept


def test_a_file_is_sent_or_taken_back(bob: User, den: Room) -> None:
    for round in range(ROUNDS):
        file = keep_file(den, bob)
        sent, taken = at_once(
            lambda round=round, file=file: den.post(bob, "plan", f"k-{round}", attachments=[file.pk]),
            lambda file=file: Attachment.objects.filter(pk=file.pk).take_back(),
        )

        assert taken is None
        assert isinstance(sent, FilesGone) is not Attachment.objects.filter(pk=file.pk, message__isnull=False).exists()


def put_at_once(user: User, room: Room, monkeypatch: pytest.MonkeyPatch, *contents: bytes) -> list[Any]:
    """Upload these once each has found that nothing speaks against it."""
    all_there, store = Barrier(len(contents), timeout=10), uploading.store

    def store_together(made: Made) -> list[Blob]:
        all_there.wait()
        return store(made)

    monkeypatch.setattr(uploading, "store", store_together)
    files = [SimpleUploadedFile("plan.txt", content) for content in contents]
    return at_once(*[lambda file=file: upload(user, room, "k-1", file) for file in files])


def test_the_same_file_twice_at_once_is_one(bob: User, den: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = put_at_once(bob, den, monkeypatch, b"plan", b"plan")

    assert first == second == Attachment.objects.get()
    assert Blob.objects.get() == first.blob


def test_files_at_once_take_no_more_than_there_is_room_for(
    bob: User, den: Room, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.FILE_QUOTA_BYTES = 1000

    results = put_at_once(bob, den, monkeypatch, b"1" * 600, b"2" * 600)

    kept, refused = sorted(results, key=lambda result: isinstance(result, ValidationError))
    assert kept == Attachment.objects.get()
    assert refused.code == "quota"


def test_who_uploads_and_who_reacts_do_not_wait_for_each_other(
    bob: User, den: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One has locked the person and names the room, the other the reverse. On SQLite one waits before."""
    message, blob = den.post(bob, "plan", "k"), Blob.store(b"plan")
    both = Barrier(2, timeout=0.5)
    keep, lock = Blob.keep, Message._lock

    def keep_later(blobs: list[Blob]) -> None:
        with suppress(BrokenBarrierError):
            both.wait()
        keep(blobs)

    def lock_first(message: Message) -> None:
        lock(message)
        with suppress(BrokenBarrierError):
            both.wait()

    monkeypatch.setattr(Blob, "keep", keep_later)
    monkeypatch.setattr(Message, "_lock", lock_first)
    same, facts = {"key": "k", "digest": "d", "name": "plan.txt"}, {"media": "text/plain", "size": 4}
    # Not what does it once more: that would hide a deadlock.
    write_once, react_once = (transaction.atomic(unwrap(verb)) for verb in (write, Message._react))

    file, reacted = at_once(
        lambda: write_once(bob, den, [blob], same, facts),
        lambda: react_once(Message.objects.get(pk=message.pk), bob, "👍", True),
    )

    assert isinstance(file, Attachment)
    assert reacted is None


def test_what_happens_at_once_does_not_deadlock(alice: User, bob: User, charlie: User, lobby: Room, den: Room) -> None:
    """Everything that locks several rows, in a loop: PostgreSQL ends a deadlock by failing one of those in it."""
    Room.objects.direct_between([alice, bob, charlie])

    def post(author: User, room: Room) -> None:
        for _ in range(ROUNDS):
            with suppress(NotAMember):
                Room.objects.get(pk=room.pk).post(author, "x", uuid4().hex)

    def convert() -> None:
        for number in range(ROUNDS):
            room = Room.objects.get(pk=den.pk)
            people = [alice, bob] if number % 2 else [alice, charlie]
            room.convert(Room.Kind.CLOSED, people, name=f"Den {number}")

    def deactivate() -> None:
        for _ in range(ROUNDS // 2):
            User.objects.get(pk=bob.pk).deactivate()
            User.objects.get(pk=bob.pk).reactivate()

    def introduce(person: User) -> None:
        for number in range(ROUNDS):
            User.objects.get(pk=person.pk).introduce(name=f"{number}", language="en", time_zone="UTC")

    def read() -> None:
        for _ in range(ROUNDS):
            for room in (lobby, den):
                clock = Room.objects.values_list("clock", flat=True).get(pk=room.pk)
                read_together(room.pk, [charlie.pk, alice.pk, bob.pk], clock)

    results = at_once(
        lambda: post(bob, lobby), lambda: post(bob, den), lambda: post(alice, den), convert, deactivate,
        lambda: introduce(alice), lambda: introduce(charlie), read,
    )  # fmt: skip

    assert results == [None] * 8
