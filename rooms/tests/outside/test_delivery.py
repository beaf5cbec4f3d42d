"""Targets that answer badly, late, never: tried again, given up, told to their owners. And never twice."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from rooms.models import Notification, Room, User
from rooms.outside import delivery
from rooms.outside.delivery import FAILURES, back_off, deliver, lease_due
from rooms.outside.models import Target, Told
from rooms.tests.outside.conftest import look, waiting
from rooms.tests.outside.zoo import Answer, Server, drips, hangs, says, serving


@pytest.fixture
def reached(settings: Any, alice: User, bob: User, lobby: Room, say: Any) -> Any:
    """Mention Bob, whose target is a server that answers so, and have a look."""

    def reached(server: Server, **choices: Any) -> Target:
        settings.TARGETS_ALLOWED = [("127.0.0.1/32", server.port)]
        target = Target.objects.add(bob, choices.pop("kind", "push"), url=server.url, delay=0, **choices)
        say(alice, lobby, "@Bob Okafor hello")
        look()
        target.refresh_from_db()
        return target

    return reached


@pytest.mark.parametrize("answer", [says(500), says(503), says(302), says(403), says(429), lambda line: None])
def test_what_may_pass_is_tried_again(reached: Any, answer: Answer, later: Any) -> None:
    with serving(answer) as server:
        target = reached(server)
        assert (target.failures, target.disabled_at, target.busy_until) == (1, None, None)
        assert target.trouble != ""
        assert len(waiting(target)) == 1
        assert look() == 0

        server.answer = says(200)
        later(seconds=40)
        assert look() == 1
        later(minutes=30)
        assert look() == 0

    assert server.bodies() == ["Alice Moreau: @Bob Okafor hello"] * 2
    target.refresh_from_db()
    assert (target.failures, target.trouble) == (0, "")


def test_a_target_that_says_when_is_asked_then(reached: Any, later: Any) -> None:
    with serving(says(429, "Retry-After: 600")) as server:
        target = reached(server)
        assert timedelta(seconds=590) < target.retry_at - timezone.now() <= timedelta(seconds=600)
        later(seconds=590)
        assert look() == 0
        later(seconds=11)
        assert look() == 1


def test_silence_is_a_failure_after_five_seconds(reached: Any) -> None:
    with serving(hangs) as server:
        assert reached(server).trouble == "no answer in time"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda line: None, "it hung up"),
        (lambda line: line.sendall(b"220 mail.example.org ESMTP\r\n"), "it does not speak HTTP"),
    ],
)
def test_what_went_wrong_is_said_in_words(reached: Any, answer: Answer, words: str) -> None:
    with serving(answer) as server:
        assert reached(server).trouble == words


def test_what_the_system_says_is_said_in_the_owners_language(
    target: Target, ntfy: Server, bob: User, alice: User, lobby: Room, say: Any, settings: Any
) -> None:
    User.objects.filter(pk=bob.pk).update(language="ja")
    with serving(says()) as server:
        gone = server.url
    settings.TARGETS_ALLOWED = [("127.0.0.1/32", server.port)]
    Target.objects.update(url=gone)
    say(alice, lobby, "@Bob Okafor hello")
    look()

    target.refresh_from_db()
    assert target.trouble == "接続を拒否されました"


def test_a_status_is_enough(reached: Any) -> None:
    with serving(drips(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")) as server:
        assert reached(server).failures == 0


@pytest.mark.parametrize("status", [404, 410, 301])
def test_what_is_gone_is_switched_off_and_its_owner_told(reached: Any, status: int, bob: User) -> None:
    with serving(says(status, "Location: http://127.0.0.1/")) as server:
        target = reached(server)

    assert target.disabled_at is not None
    assert target.trouble == f"it answered {status}"
    told = Notification.objects.get(kind="disabled")
    assert (told.recipient, told.url) == (bob, "/accounts/outside/#outside")
    assert target.bursts.count() == 0


def test_ten_failures_switch_it_off(reached: Any, later: Any) -> None:
    with serving(says(500)) as server:
        target = reached(server)
        for _ in range(FAILURES - 1):
            assert target.disabled_at is None
            later(hours=4)
            assert look() == 1
            target.refresh_from_db()

    assert len(server.requests) == FAILURES
    assert target.disabled_at is not None
    assert Notification.objects.filter(kind="disabled").count() == 1


def test_a_name_that_points_into_the_private_network_meanwhile_is_switched_off(reached: Any, settings: Any) -> None:
    with serving(says()) as server:
        target = reached(server)
        settings.TARGETS_ALLOWED = []
        target.bursts.update(due_at=timezone.now(), told_up_to=0, sent_at=None)
        Told.objects.all().delete()
        look()

    target.refresh_from_db()
    assert "private" in target.trouble or "port" in target.trouble
    assert target.disabled_at is not None
    assert len(server.requests) == 1


def test_waiting_grows_and_differs() -> None:
    waits = [back_off(failures).total_seconds() for failures in range(1, 12)]

    assert all(0.75 * 30 * 2**n <= wait <= 1.25 * 30 * 2**n for n, wait in enumerate(waits[:8]))
    assert max(waits) <= 1.25 * 3 * 3600
    assert len({back_off(3) for _ in range(5)}) > 1


def test_a_webhook_is_signed(reached: Any, lobby: Room) -> None:
    with serving(says(204)) as server:
        target = reached(server, kind="webhook")
    head, body = server.head(), server.bodies()[0]
    signed = f"{head['webhook-id']}.{head['webhook-timestamp']}.{body}".encode()
    key = base64.b64decode(target.secret.removeprefix("whsec_"))

    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert head["webhook-signature"] == f"v1,{expected}"
    assert abs(int(head["webhook-timestamp"]) - timezone.now().timestamp()) < 5
    content = json.loads(body)
    (place,) = content["data"]["rooms"]
    (item,) = place.pop("items")
    assert content["data"]["title"] == "Alice Moreau mentioned you in Lobby"
    assert place == {"name": "Lobby", "url": "https://chat.example.org/rooms/lobby/", "count": 1}
    assert (item["kind"], item["actor"], item["text"]) == ("mention", "Alice Moreau", "@Bob Okafor hello")


def test_a_content_free_webhook_holds_no_text(reached: Any) -> None:
    with serving(says(204)) as server:
        reached(server, kind="webhook", content_free=True)

    assert "hello" not in server.bodies()[0]
    assert "items" not in json.loads(server.bodies()[0])["data"]["rooms"][0]


def test_a_retry_of_a_webhook_has_the_same_id(reached: Any, later: Any) -> None:
    with serving(says(500)) as server:
        reached(server, kind="webhook")
        server.answer = says(200)
        later(minutes=1)
        look()

    assert server.head(0)["webhook-id"] == server.head(1)["webhook-id"]


def test_an_error_of_our_own_is_tried_again(
    target: Target, ntfy: Server, alice: User, lobby: Room, say: Any, later: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setitem(delivery.SENDERS, "push", fail)
        say(alice, lobby, "@Bob Okafor hello")
        look()
    later(seconds=40)
    look()

    assert len(ntfy.requests) == 1


def test_a_lease_that_is_over_sends_nothing(
    target: Target, ntfy: Server, alice: User, lobby: Room, say: Any, later: Any
) -> None:
    say(alice, lobby, "@Bob Okafor hello")
    (lost,) = lease_due(10)
    assert lease_due(10) == []

    later(seconds=31)
    (taken,) = lease_due(10)
    deliver(*lost)
    assert ntfy.requests == []
    deliver(*taken)
    deliver(*taken)
    assert len(ntfy.requests) == 1


def test_what_comes_while_it_is_gathered_stays_due(
    target: Target, ntfy: Server, alice: User, bob: User, lobby: Room, say: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = say(alice, lobby, "@Bob Okafor one")
    real = delivery.gather

    def slow(*args: Any) -> Any:
        gathered = real(*args)
        say(alice, lobby, "@Bob Okafor two")
        return gathered

    with monkeypatch.context() as patch:
        patch.setattr(delivery, "gather", slow)
        look()
    assert len(waiting(target)) == 1

    lobby.memberships.get(user=bob).read(said.position)
    look()
    assert ntfy.bodies() == ["Alice Moreau: @Bob Okafor one", "Alice Moreau: @Bob Okafor two"]


@pytest.mark.django_db(transaction=True)
def test_many_workers_send_once(target: Target, ntfy: Server, alice: User, lobby: Room, say: Any) -> None:
    together = threading.Barrier(6)

    def work() -> None:
        together.wait()
        try:
            look()
        finally:
            connections.close_all()

    for number in range(5):
        say(alice, lobby, f"@Bob Okafor {number}")
        target.bursts.update(sent_at=None)
        threads = [threading.Thread(target=work) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert ntfy.bodies() == [f"Alice Moreau: @Bob Okafor {number}" for number in range(5)]
