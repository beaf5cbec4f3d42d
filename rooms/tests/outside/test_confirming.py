"""Nobody gets e-mail who has not said, where they read it, that they want it: by a real SMTP server."""

from __future__ import annotations

import re
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client

from rooms.models import Room, User
from rooms.outside.confirming import LIMIT, make_path
from rooms.outside.models import Target
from rooms.tests.conftest import SignIn
from rooms.tests.outside.conftest import look, waiting
from rooms.tests.postbox import UNCLOSED, Postbox, parts

pytestmark = UNCLOSED


@pytest.fixture
def bobs(bob: User, sign_in: SignIn) -> Client:
    return sign_in(bob)


def section(client: Client) -> str:
    page = BeautifulSoup(client.get("/accounts/profile/").content, "html.parser").find(id="outside")
    assert page is not None
    return page.get_text(" ", strip=True)


def find_link(postbox: Postbox) -> str:
    text, html = parts(postbox.read())
    (link,) = re.findall(r"https://chat\.example\.org(/outside/confirmation/\S+)", text)
    assert link in html
    return link


def test_switching_it_on_sends_one_mail_that_asks(
    postbox: Postbox, bobs: Client, alice: User, lobby: Room, say: Any, later: Any
) -> None:
    bobs.post("/accounts/outside/email/")
    (envelope,) = postbox.envelopes
    assert envelope.rcpt_tos == ["bob@example.org"]
    assert "Look for the mail we sent to bob@example.org" in section(bobs)
    assert "Send me a test" not in section(bobs)

    target = Target.objects.get()
    bobs.post(f"/accounts/outside/{target.pk}/test/")
    say(alice, lobby, "@Bob Okafor hello")
    later(hours=1)
    look()
    assert len(postbox.envelopes) == 1
    assert waiting(target) == []


def test_nothing_a_member_has_written_stands_in_it(postbox: Postbox, bobs: Client, bob: User) -> None:
    User.objects.filter(pk=bob.pk).update(name="Buy https://evil.example")
    bobs.post("/accounts/outside/email/")

    assert b"evil" not in postbox.envelopes[0].content
    assert postbox.read()["Auto-Submitted"] == "auto-generated"


def test_whoever_reads_it_confirms_without_a_session(
    postbox: Postbox, bobs: Client, alice: User, lobby: Room, say: Any, later: Any
) -> None:
    bobs.post("/accounts/outside/email/")
    say(alice, lobby, "@Bob Okafor before")
    link = find_link(postbox)
    reader = Client(enforce_csrf_checks=True)
    assert reader.get(link).status_code == 200
    assert not Target.objects.get().is_confirmed

    later(minutes=1)
    answers = [reader.post(link) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert "bob@example.org" in answers[0].content.decode()
    assert reader.cookies == {}
    assert "Look for the mail" not in section(bobs)

    say(alice, lobby, "@Bob Okafor after")
    later(minutes=16)
    look()
    _, mail = postbox.envelopes
    assert b"@Bob Okafor after" in mail.content and b"before" not in mail.content


@pytest.mark.parametrize("what", ["removed", "changed", "closed", "late"])
def test_a_link_that_holds_no_more_confirms_nothing(
    what: str, postbox: Postbox, bobs: Client, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    bobs.post("/accounts/outside/email/")
    link = find_link(postbox)
    if what == "removed":
        Target.objects.all().delete()
    elif what == "changed":
        User.objects.filter(pk=bob.pk).update(email="robert@example.org")
    elif what == "closed":
        User.objects.filter(pk=bob.pk).update(is_active=False)
    else:
        from time import time

        monkeypatch.setattr("time.time", lambda: time() + 4 * 24 * 3600)

    assert Client().get(link).status_code == 410
    assert Client().post(link).status_code == 410
    assert not any(target.is_confirmed for target in Target.objects.all())


def test_an_altered_link_is_none(postbox: Postbox, bobs: Client, bob: User) -> None:
    bobs.post("/accounts/outside/email/")
    link = find_link(postbox)

    for altered in (link[:-2] + ("x/" if link[-2] != "x" else "y/"), "/outside/confirmation/1/"):
        assert Client().post(altered).status_code == 404
    assert not Target.objects.get().is_confirmed


def test_another_address_is_unconfirmed_again(
    postbox: Postbox, bobs: Client, bob: User, alice: User, lobby: Room, say: Any, later: Any
) -> None:
    target = Target.objects.add(bob, Target.Kind.EMAIL, delay=0)
    target.confirm("bob@example.org")
    User.objects.filter(pk=bob.pk).update(email="somebody-else@example.org")
    say(alice, lobby, "@Bob Okafor hello")
    look()

    assert postbox.envelopes == []
    assert "Look for the mail we sent to somebody-else@example.org" in section(bobs)


def test_it_is_sent_again_a_few_times_a_day(postbox: Postbox, bobs: Client, later: Any) -> None:
    """Nor by removing the target and beginning anew."""
    bobs.post("/accounts/outside/email/")
    for number in range(LIMIT + 3):
        target = Target.objects.get()
        if number % 2:
            bobs.post(f"/accounts/outside/{target.pk}/removal/")
            bobs.post("/accounts/outside/email/")
        else:
            bobs.post(f"/accounts/outside/{target.pk}/question/")
        later(minutes=4)
    assert len(postbox.envelopes) == LIMIT
    assert "Try it again tomorrow" in bobs.get("/accounts/profile/").content.decode()

    later(days=1)
    bobs.post(f"/accounts/outside/{Target.objects.get().pk}/question/")
    assert len(postbox.envelopes) == LIMIT + 1


def test_a_mail_that_was_not_sent_does_not_count(postbox: Postbox, bobs: Client) -> None:
    postbox.recipient = "450 Try later"
    for _ in range(LIMIT + 1):
        bobs.post("/accounts/outside/email/")
    assert "450 Try later" in bobs.get("/accounts/profile/").content.decode()

    postbox.recipient = ""
    bobs.post("/accounts/outside/email/")
    assert Client().get(find_link(postbox)).status_code == 200


def test_who_has_confirmed_is_not_asked(postbox: Postbox, bobs: Client, bob: User) -> None:
    target = Target.objects.add(bob, Target.Kind.EMAIL)
    Client().post(make_path(target))
    bobs.post("/accounts/outside/email/")
    bobs.post(f"/accounts/outside/{target.pk}/question/")

    assert postbox.envelopes == []
