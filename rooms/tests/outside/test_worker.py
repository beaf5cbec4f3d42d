"""The worker: what is due becomes a task, and a task is done, whoever else is at work."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from e2e.services import wait_until
from rooms.files.models import Attachment, Blob
from rooms.files.storage import get_storage
from rooms.files.uploading import upload
from rooms.models import Room, User
from rooms.outside.models import Burst, Target, Told
from rooms.outside.tasks import DELIVERIES
from rooms.outside.worker import PRUNE_INTERVAL, Worker
from rooms.tests.files.films import whole
from rooms.tests.outside.conftest import look
from rooms.tests.outside.zoo import Server, says, serving

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def worker() -> Any:
    worker = Worker()
    yield worker
    worker.stop()
    worker.wait(10)


def test_what_is_due_is_sent_once_by_any_number_of_workers(
    worker: Worker, target: Target, ntfy: Server, alice: User, lobby: Room, say: Any
) -> None:
    others = [Worker() for _ in range(3)]
    threads = [threading.Thread(target=other.run) for other in [worker, *others]]
    for thread in threads:
        thread.start()
    try:
        say(alice, lobby, "@Bob Okafor hello")
        ntfy.wait_for(1)
        wait_until(lambda: DBTaskResult.objects.finished().count() == 1, "the task is not finished")
        say(alice, lobby, "@Bob Okafor again")
        wait_until(lambda: Burst.objects.filter(due_at__isnull=False).exists(), "nothing waits")
    finally:
        for other in [worker, *others]:
            other.stop()
        for thread in threads:
            thread.join()
            assert not thread.is_alive()

    assert ntfy.bodies() == ["Alice Moreau: @Bob Okafor hello"]
    assert {result.status for result in DBTaskResult.objects.finished()} == {"SUCCESSFUL"}


def test_a_slow_target_does_not_hold_up_another(
    worker: Worker, settings: Any, alice: User, bob: User, charlie: User, lobby: Room, say: Any
) -> None:
    gate, over = threading.Event(), threading.Event()

    def dawdle(line: socket.socket) -> None:
        line.settimeout(0.05)
        while not gate.is_set():
            with suppress(TimeoutError):
                line.recv(1024)
                over.set()  # It is not waited for any longer.
                return
        says()(line)

    with serving(dawdle) as slow, serving(says()) as quick:
        settings.TARGETS_ALLOWED = [("127.0.0.1/32", server.port) for server in (slow, quick)]
        Target.objects.add(bob, "push", url=slow.url, delay=0)
        Target.objects.add(charlie, "push", url=quick.url, delay=0)
        say(alice, lobby, "@Bob Okafor @Charlie hello")
        worker.look()
        slow.wait_for(1)
        quick.wait_for(1)
        assert not over.is_set()
        gate.set()
        worker.wait(10)


def test_no_more_is_put_in_line_than_can_be_done_in_time(
    worker: Worker, alice: User, bob: User, lobby: Room, say: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "work", lambda task: None)
    people = User.objects.bulk_create(
        User(name=f"P {n}", email=f"p{n}@example.org") for n in range(DELIVERIES.in_line + 3)
    )
    lobby.admit(User.objects.all())
    for person in people:
        Target.objects.add(person, "push", url="https://ntfy.sh/x", delay=0)
    say(alice, lobby, "@room hello")

    worker.look()
    worker.look()
    assert DBTaskResult.objects.ready().count() == DELIVERIES.in_line


def test_nothing_to_do_writes_nothing(worker: Worker, bob: User, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(3) as queries:
        worker.look()

    assert all(query["sql"].startswith("SELECT") for query in queries.captured_queries)


def test_what_nobody_keeps_is_swept_every_hour(worker: Worker) -> None:
    lost = Blob.store(b"Nobody's, since the process was killed")
    Blob.objects.update(created_at=timezone.now() - timedelta(days=1))
    worker.look()
    assert get_storage().exists(lost.name)

    worker.pruned_at -= PRUNE_INTERVAL
    worker.look()

    assert not get_storage().exists(lost.name)
    assert not Blob.objects.exists()


def test_films_without_a_poster_are_looked_at_every_hour(worker: Worker, bob: User, lobby: Room) -> None:
    film = upload(bob, lobby, "k-1", SimpleUploadedFile("boat.mp4", whole()))
    Attachment.objects.update(thumbnail=None, seconds=None)

    worker.pruned_at -= PRUNE_INTERVAL
    worker.look()

    wait_until(lambda: Attachment.objects.get(pk=film.pk).thumbnail_id is not None, "there is no poster")


def test_what_was_told_long_ago_is_forgotten(
    worker: Worker, target: Target, alice: User, lobby: Room, say: Any, later: Any
) -> None:
    old = say(alice, lobby, "@Bob Okafor old")
    look()
    later(days=2)
    new = say(alice, lobby, "@Bob Okafor new")
    look()
    assert [told.message_id for told in Told.objects.order_by("pk")] == [old.pk, new.pk]

    later(days=89)
    worker.pruned_at -= PRUNE_INTERVAL
    worker.look()

    assert [told.message_id for told in Told.objects.all()] == [new.pk]
