"""E-mail, by a real SMTP server that takes it, refuses it, or is not there."""

from __future__ import annotations

import email
import re
import smtplib
from email.message import EmailMessage
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from rooms.models import Message, Notification, Room, User
from rooms.outside.delivery import FAILURES
from rooms.outside.models import Target
from rooms.tests.outside.conftest import look, waiting
from rooms.tests.outside.zoo import hangs, serving
from rooms.tests.postbox import UNCLOSED, Postbox, configure, parts

pytestmark = UNCLOSED


@pytest.fixture
def address(bob: User, den: Room) -> Target:
    target = Target.objects.add(bob, Target.Kind.EMAIL, delay=0)
    target.confirm(bob.email or "")
    return target


def test_an_email_says_what_is_new(postbox: Postbox, address: Target, alice: User, lobby: Room, say: Any) -> None:
    said = say(alice, lobby, "@Bob Okafor <script>alert(1)</script> & more")
    look()

    (envelope,) = postbox.envelopes
    assert envelope.rcpt_tos == ["bob@example.org"]
    mail = postbox.read()
    assert mail["Subject"] == "Alice Moreau mentioned you in Lobby"
    assert (mail["From"], mail["To"]) == ("Rooms <rooms@chat.example.org>", "bob@example.org")
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Id"] == "<notifications.chat.example.org>"
    assert mail["Message-ID"].endswith("@chat.example.org>")
    text, html = parts(mail)
    link = f"https://chat.example.org/messages/{said.pk}/"
    assert link in text and "<script>alert(1)</script> & more" in text
    assert link in html and "&lt;script&gt;" in html and "<script" not in html


def test_what_is_nothing_but_files_tells_their_names(
    postbox: Postbox, address: Target, bob: User, alice: User, lobby: Room, say: Any
) -> None:
    said = say(alice, lobby, "", reply_to=say(bob, lobby, "Where is it?"))
    Message.objects.filter(pk=said.pk).update(files=[{"name": "plan.png"}])
    look()

    assert all("📎 plan.png" in part for part in parts(postbox.read()))


def test_nothing_in_it_is_loaded_from_elsewhere(
    postbox: Postbox, address: Target, alice: User, lobby: Room, say: Any
) -> None:
    say(alice, lobby, '@Bob Okafor <img src="https://evil.example/x.png">')
    look()

    _, html = parts(postbox.read())
    assert not any(word in html for word in ("<img", 'src="', "<link", "<style", "@import", "url("))


def test_several_rooms_are_one_email(
    postbox: Postbox, address: Target, alice: User, lobby: Room, den: Room, say: Any
) -> None:
    for number in range(12):
        say(alice, lobby, f"@Bob Okafor {number}")
    say(alice, den, "@Bob Okafor also here")
    look()

    text, html = parts(postbox.read())
    assert postbox.read()["Subject"] == "13 new in Lobby, Den"
    assert "and 2 more" in text and "and 2 more" in html
    assert text.index("Lobby") < text.index("also here")


def test_it_is_in_the_recipients_language(
    postbox: Postbox, address: Target, alice: User, bob: User, lobby: Room, say: Any
) -> None:
    User.objects.filter(pk=bob.pk).update(language="ja")
    say(alice, lobby, "@Bob Okafor 今日は")
    look()

    text, html = parts(postbox.read())
    assert '<html lang="ja">' in html
    for part in (text, html):
        assert all(words in part for words in ("今日は", "メールを止める", "設定"))
        said = re.sub(r"<[^>]+>|https://\S+|Alice Moreau|@Bob Okafor|Lobby|Garden", "", part)
        assert re.findall("[A-Za-z]{2,}", said) == []


def test_a_content_free_email_holds_no_text(
    postbox: Postbox, address: Target, alice: User, lobby: Room, say: Any
) -> None:
    Target.objects.update(content_free=True)
    say(alice, lobby, "@Bob Okafor a secret")
    look()

    assert postbox.read()["Subject"] == "Something new in Lobby"
    assert not any("secret" in part for part in parts(postbox.read()))


@pytest.mark.parametrize("name", ["Lobby\r\nBcc: evil@example.org", "Lobby\nBcc: evil@example.org", "雑談\u2028Bcc: x"])
def test_no_name_becomes_a_header(
    name: str, postbox: Postbox, address: Target, alice: User, lobby: Room, say: Any
) -> None:
    Room.objects.filter(pk=lobby.pk).update(name=name)
    User.objects.filter(pk=alice.pk).update(name="Al\r\nBcc: evil@example.org")
    lobby.refresh_from_db()
    say(User.objects.get(pk=alice.pk), lobby, "@Bob Okafor hello")
    look()

    (envelope,) = postbox.envelopes
    assert envelope.rcpt_tos == ["bob@example.org"]
    assert postbox.read()["Bcc"] is None
    assert " ".join(name.split()) in postbox.read()["Subject"]


def test_addresses_in_headers_are_whole(
    settings: Any, postbox: Postbox, address: Target, alice: User, lobby: Room, say: Any
) -> None:
    settings.BASE_URL = f"https://{'a-long-name.' * 8}example.org"
    say(alice, lobby, f"@Bob Okafor {'long ' * 400}")
    look()

    (envelope,) = postbox.envelopes
    lines = envelope.content.split(b"\r\n")
    (way_out,) = (line for line in lines if line.startswith(b"List-Unsubscribe: "))
    assert way_out.startswith(f"List-Unsubscribe: <{settings.BASE_URL}/outside/unsubscribe/{address.pk}:".encode())
    assert way_out.endswith(b"/>")
    assert any(line.startswith(b"List-Id: <notifications.a-long-name.") for line in lines)
    assert max(len(line) for line in lines) <= 998


def unsubscribe_path(mail: EmailMessage) -> str:
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    return mail["List-Unsubscribe"].strip("<>").removeprefix("https://chat.example.org")


def test_one_click_ends_it_without_session_or_token(
    postbox: Postbox, address: Target, alice: User, lobby: Room, say: Any
) -> None:
    say(alice, lobby, "@Bob Okafor hello")
    look()
    path = unsubscribe_path(postbox.read())
    client = Client(enforce_csrf_checks=True)

    assert client.get(path).status_code == 200
    assert Target.objects.count() == 1
    answer = client.post(path, {"List-Unsubscribe": "One-Click"})
    assert (answer.status_code, Target.objects.count()) == (200, 0)
    assert client.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert client.cookies == {}


def test_an_altered_address_ends_nothing(postbox: Postbox, address: Target, alice: User, lobby: Room, say: Any) -> None:
    say(alice, lobby, "@Bob Okafor hello")
    look()
    path = unsubscribe_path(postbox.read())

    for altered in (
        path[:-2] + "x/",
        path.replace(f"/{address.pk}:", f"/{address.pk + 1}:"),
        "/outside/unsubscribe/1/",
    ):
        assert Client().post(altered).status_code == 404
    assert Target.objects.count() == 1


def test_an_address_that_is_refused_is_switched_off(
    postbox: Postbox, address: Target, alice: User, bob: User, lobby: Room, say: Any
) -> None:
    postbox.recipient = "550 No such person"
    say(alice, lobby, "@Bob Okafor hello")
    look()

    address.refresh_from_db()
    assert address.disabled_at is not None
    assert address.trouble == "the mail server answered 550 No such person"
    assert Notification.objects.get(kind="disabled").recipient == bob


@pytest.mark.parametrize(("recipient", "data"), [("450 Try later", ""), ("", "451 Try later"), ("", "554 Spam")])
def test_what_may_pass_is_tried_again_as_the_same_email(
    recipient: str, data: str, postbox: Postbox, address: Target, alice: User, lobby: Room, say: Any, later: Any
) -> None:
    postbox.recipient, postbox.data = recipient, data
    say(alice, lobby, "@Bob Okafor hello")
    look()
    address.refresh_from_db()
    assert (address.failures, address.disabled_at) == (1, None)

    postbox.recipient = postbox.data = ""
    later(minutes=1)
    look()
    assert len(postbox.envelopes) == 1
    assert waiting(address) == []


def test_a_retry_has_the_same_message_id(
    postbox: Postbox, address: Target, alice: User, lobby: Room, say: Any, later: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = smtplib.SMTP.sendmail

    def lose_the_answer(*args: Any, **options: Any) -> Any:
        real(*args, **options)
        raise smtplib.SMTPServerDisconnected("Connection unexpectedly closed")

    with monkeypatch.context() as patch:
        patch.setattr(smtplib.SMTP, "sendmail", lose_the_answer)
        say(alice, lobby, "@Bob Okafor hello")
        look()
    later(minutes=1)
    look()

    first, second = (email.message_from_bytes(envelope.content) for envelope in postbox.envelopes)
    assert first["Message-ID"] == second["Message-ID"]


def fails_as_ours(address: Target, alice: User, lobby: Room, say: Any) -> str:
    """Failures of the mail server are nobody's but the installation's: they switch nobody's e-mail off."""
    Target.objects.update(failures=20)
    say(alice, lobby, "@Bob Okafor hello")
    look()
    address.refresh_from_db()
    assert address.disabled_at is None
    assert len(waiting(address)) == 1
    return address.trouble


def test_a_server_that_is_away(settings: Any, address: Target, alice: User, lobby: Room, say: Any) -> None:
    with serving(hangs) as server:
        port = server.port
    configure(settings, port)

    assert "refused" in fails_as_ours(address, alice, lobby, say)


def test_a_server_that_says_nothing(settings: Any, address: Target, alice: User, lobby: Room, say: Any) -> None:
    with serving(hangs) as server:
        configure(settings, server.port, timeout=1)

        assert "no answer in time" in fails_as_ours(address, alice, lobby, say)


def test_a_server_without_starttls(
    settings: Any, postbox: Postbox, address: Target, alice: User, lobby: Room, say: Any
) -> None:
    configure(settings, settings.MAILERS["default"]["OPTIONS"]["port"], use_tls=True)

    assert "STARTTLS" in fails_as_ours(address, alice, lobby, say)
    assert postbox.envelopes == []


def test_a_server_that_wants_other_credentials(
    settings: Any, postbox: Postbox, address: Target, alice: User, lobby: Room, say: Any
) -> None:
    configure(settings, settings.MAILERS["default"]["OPTIONS"]["port"], username="me", password="wrong")

    assert "AUTH" in fails_as_ours(address, alice, lobby, say)


def test_troubles_of_ours_do_not_count_against_an_address(
    settings: Any, postbox: Postbox, address: Target, alice: User, lobby: Room, say: Any, later: Any
) -> None:
    port = settings.MAILERS["default"]["OPTIONS"]["port"]
    with serving(hangs) as server:
        configure(settings, server.port)
    say(alice, lobby, "@Bob Okafor hello")
    for _ in range(FAILURES):
        assert look() == 1
        later(hours=4)

    configure(settings, port)
    postbox.recipient = "450 Greylisted, try later"
    assert look() == 1
    address.refresh_from_db()
    assert (address.failures, address.disabled_at) == (1, None)
    later(seconds=40)
    postbox.recipient = ""
    assert look() == 1
    assert len(postbox.envelopes) == 1


def test_a_mail_server_that_is_away_is_asked_ever_less_often(
    settings: Any, address: Target, alice: User, lobby: Room, say: Any, later: Any
) -> None:
    with serving(hangs) as server:
        configure(settings, server.port)
    say(alice, lobby, "@Bob Okafor hello")
    waits = []
    for _ in range(4):
        assert look() == 1
        address.refresh_from_db()
        assert address.retry_at is not None
        waits.append((address.retry_at - timezone.now()).total_seconds())
        later(hours=4)

    assert [0.7 * 30 * 2**n < wait < 1.3 * 30 * 2**n for n, wait in enumerate(waits)] == [True] * 4


def test_a_test_says_what_the_server_said(postbox: Postbox, address: Target, sign_in: Any, bob: User) -> None:
    client = sign_in(bob)
    client.post(f"/accounts/outside/{address.pk}/test/")
    assert postbox.read()["Subject"].startswith("This is a test")

    postbox.recipient = "550 No such person"
    client.post(f"/accounts/outside/{address.pk}/test/")
    assert "550 No such person" in client.get("/accounts/profile/").content.decode()
