"""The section of the settings: targets, tests, quiet hours, snooze, the feed's address."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.utils import timezone

from rooms.models import Room, User
from rooms.outside.models import LIMIT, Subscription, Target
from rooms.tests.conftest import SignIn
from rooms.tests.outside.conftest import look
from rooms.tests.outside.zoo import Server, says, serving

ADDRESS = {"kind": "push", "scope": "mine", "delay": "10"}


@pytest.fixture
def bobs(bob: User, sign_in: SignIn) -> Client:
    return sign_in(bob)


def section(client: Client) -> Any:
    page = client.get("/accounts/profile/")
    assert page.status_code == 200
    return BeautifulSoup(page.content, "html.parser").find(id="outside")


def notes(client: Client) -> str:
    toasts = BeautifulSoup(client.get("/accounts/profile/").content, "html.parser").select(".toast")
    return " ".join(toast.get_text(" ", strip=True) for toast in toasts)


def test_an_address_is_added(bobs: Client, bob: User, ntfy: Server) -> None:
    answer = bobs.post("/accounts/outside/", {**ADDRESS, "url": ntfy.url, "content_free": "on"})

    assert (answer.status_code, answer["Location"]) == (302, "/accounts/profile/#outside")
    target = bob.targets.get()
    assert (target.kind, target.url, target.delay, target.content_free) == ("push", ntfy.url, 10, True)
    assert ntfy.url in section(bobs).get_text()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://127.0.0.1:8000/", "private network"),
        ("http://169.254.169.254/latest/", "private network"),
        ("http://[::ffff:127.0.0.1]/", "private network"),
        ("http://ntfy.sh:6379/", "port is not allowed"),
        ("gopher://ntfy.sh/", "https://"),
        ("ntfy.sh", "https://"),
        ("http://no-such-host.invalid/", "no such host"),
    ],
)
def test_an_unfit_address_is_refused_with_its_reason(bobs: Client, bob: User, url: str, words: str) -> None:
    answer = bobs.post("/accounts/outside/", {**ADDRESS, "url": url})

    assert answer.status_code == 422
    assert words in BeautifulSoup(answer.content, "html.parser").find(class_="errorlist").get_text()
    assert bob.targets.count() == 0


def test_the_key_of_a_webhook_is_shown_once(bobs: Client, bob: User, ntfy: Server) -> None:
    bobs.post("/accounts/outside/", {**ADDRESS, "kind": "webhook", "url": ntfy.url})
    secret = bob.targets.get().secret

    assert secret.startswith("whsec_")
    assert section(bobs).find(id="outside-secret")["value"] == secret
    assert secret not in str(section(bobs))


def test_there_is_an_end_to_adding(bobs: Client, bob: User, ntfy: Server) -> None:
    for number in range(LIMIT + 1):
        bobs.post("/accounts/outside/", {**ADDRESS, "url": f"{ntfy.url}{number}"})

    assert bob.targets.count() == LIMIT
    assert "as many as there can be" in notes(bobs)


def test_a_test_is_sent_at_once_and_its_result_told(bobs: Client, target: Target, ntfy: Server) -> None:
    bobs.post(f"/accounts/outside/{target.pk}/test/")

    assert ntfy.bodies() == ["This is a test: what is new in Rooms reaches you here"]
    assert "accepted there" in notes(bobs)


def test_a_test_that_fails_says_why(bobs: Client, bob: User, settings: Any) -> None:
    with serving(says(507)) as server:
        settings.TARGETS_ALLOWED = [("127.0.0.1/32", server.port)]
        target = Target.objects.add(bob, "push", url=server.url)
        bobs.post(f"/accounts/outside/{target.pk}/test/")

        assert "it answered 507" in notes(bobs)


def test_a_test_that_gets_through_switches_on_again(bobs: Client, target: Target, ntfy: Server) -> None:
    target.disable("it answered 404")
    assert "Switched off" in section(bobs).get_text()
    assert "it answered 404" in section(bobs).get_text()

    bobs.post(f"/accounts/outside/{target.pk}/test/")
    assert "Switched off" not in section(bobs).get_text()


def test_tests_are_not_for_flooding(bobs: Client, target: Target, ntfy: Server) -> None:
    for _ in range(12):
        bobs.post(f"/accounts/outside/{target.pk}/test/")

    assert len(ntfy.requests) == 10


def test_a_target_is_changed(bobs: Client, target: Target) -> None:
    assert bobs.get(f"/accounts/outside/{target.pk}/").status_code == 200
    bobs.post(f"/accounts/outside/{target.pk}/", {"scope": "everything", "delay": "60"})

    target.refresh_from_db()
    assert (target.scope, target.delay, target.content_free) == ("everything", 60, False)


def test_a_target_is_removed(bobs: Client, target: Target) -> None:
    bobs.post(f"/accounts/outside/{target.pk}/removal/")

    assert not Target.objects.exists()


@pytest.mark.parametrize("what", ["", "test/", "removal/"])
def test_a_target_is_its_owners_alone(what: str, target: Target, alice: User, sign_in: SignIn, ntfy: Server) -> None:
    path = f"/accounts/outside/{target.pk}/{what}"

    assert sign_in(alice).post(path, {"scope": "mine", "delay": "0"}).status_code == 404
    assert Client().post(path).status_code == 302
    assert (Target.objects.count(), ntfy.requests) == (1, [])


def test_quiet_hours_are_both_or_neither(bobs: Client, bob: User) -> None:
    assert bobs.post("/accounts/outside/quiet/", {"quiet_from": "22:00"}).status_code == 422
    bobs.post("/accounts/outside/quiet/", {"quiet_from": "22:00", "quiet_until": "07:30"})
    bob.refresh_from_db()
    assert (bob.quiet_from, bob.quiet_until) == (time(22), time(7, 30))

    bobs.post("/accounts/outside/quiet/", {"quiet_from": "", "quiet_until": ""})
    bob.refresh_from_db()
    assert bob.quiet_from is None


@pytest.mark.parametrize("until", ["hour", "tomorrow"])
def test_snooze_begins_and_ends(
    until: str, bobs: Client, bob: User, alice: User, lobby: Room, target: Target, ntfy: Server, say: Any
) -> None:
    bobs.post("/accounts/outside/snooze/", {"until": until})
    assert "nothing is sent." in section(bobs).get_text()
    say(alice, lobby, "@Bob Okafor hello")
    look()
    assert ntfy.requests == []

    bobs.post("/accounts/outside/snooze/", {"until": "now"})
    look()
    assert len(ntfy.requests) == 1

    bobs.post("/accounts/outside/snooze/", {"until": "hour"})
    bob.refresh_from_db()
    assert timedelta(minutes=59) < bob.snoozed_until - timezone.now() <= timedelta(hours=1)


def test_what_waits_for_the_end_of_quiet_hours_does_not_outlast_them(
    bobs: Client, bob: User, alice: User, lobby: Room, target: Target, ntfy: Server, say: Any
) -> None:
    now = timezone.now()
    hours = {"quiet_from": now - timedelta(minutes=5), "quiet_until": now + timedelta(minutes=30)}
    bobs.post("/accounts/outside/quiet/", {name: f"{at:%H:%M}" for name, at in hours.items()})
    say(alice, lobby, "@Bob Okafor hello")
    look()
    assert ntfy.requests == []

    bobs.post("/accounts/outside/quiet/", {"quiet_from": "", "quiet_until": ""})
    look()
    assert len(ntfy.requests) == 1


def test_email_is_offered_where_there_is_any(bobs: Client, bob: User, settings: Any) -> None:
    settings.EMAIL_URL = ""
    assert "sends no e-mail" in section(bobs).get_text()
    bobs.post("/accounts/outside/email/")
    assert bob.targets.count() == 0

    settings.EMAIL_URL = "smtp://mail.example.org"
    bobs.post("/accounts/outside/email/")
    assert bob.targets.get().delay == 900


def test_the_feed_has_an_address_that_can_be_renewed(bobs: Client, bob: User) -> None:
    bobs.post("/accounts/outside/feed/")
    first = section(bobs).find(id="feed-url")["value"]
    assert Client().get(first).status_code == 200

    bobs.post("/accounts/outside/feed/")
    second = section(bobs).find(id="feed-url")["value"]
    assert (Client().get(first).status_code, Client().get(second).status_code) == (404, 200)

    bobs.post("/accounts/outside/feed/", {"drop": "1"})
    assert Client().get(second).status_code == 404
    assert not Subscription.objects.exists()


def test_a_closed_account_is_reached_nowhere(bob: User, target: Target) -> None:
    Subscription.renew(bob)
    bob.deactivate()

    assert not Target.objects.exists()
    assert not Subscription.objects.exists()
