"""What becomes of an answer: said as if it had been typed, once; or told why not."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from email.mime.multipart import MIMEMultipart
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from rooms.files.models import Attachment
from rooms.models import Message, Notification, Room, User
from rooms.outside.replies import NoSuchReply
from rooms.posting import BURST
from rooms.replying.models import LIMIT, Notice
from rooms.replying.receiving import Later, Outcome, receive
from rooms.tests.conftest import PASSWORD
from rooms.tests.models.test_races import at_once
from rooms.tests.postbox import UNCLOSED, Postbox, parts
from rooms.tests.replying.mails import PROGRAMS, answer

pytestmark = [pytest.mark.usefixtures("postbox"), *UNCLOSED]


def answers(user: User) -> list[str]:
    return [message.body for message in user.messages.order_by("pk")]


def test_an_answer_is_said_as_a_reply(bob: User, alice: User, said: Message, to: str, postbox: Postbox) -> None:
    assert receive(answer("Yes.\n\n@Alice Moreau *now*", to).as_bytes()) is Outcome.SAID

    (message,) = bob.messages.all()
    assert (message.body, message.room, message.reply_to) == ("Yes.\n\n@Alice Moreau *now*", said.room, said)
    assert message.mentions == [alice.pk]
    assert alice.notifications.filter(message=message).exists()
    assert postbox.envelopes == []


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_whatever_program_wrote_it(program: str, bob: User, to: str) -> None:
    receive(answer(program.format("はい、います。"), to).as_bytes())

    assert answers(bob) == ["はい、います。"]


@pytest.mark.parametrize("charset", ["iso-2022-jp", "shift_jis"])
def test_whatever_charset_it_has(charset: str, bob: User, to: str) -> None:
    receive(answer("はい、います。", to, charset=charset).as_bytes())

    assert answers(bob) == ["はい、います。"]


def test_an_answer_to_a_burst_is_a_message(bob: User, said: Message, address_for: Callable[..., str]) -> None:
    receive(answer(to=address_for(bob, said.room, said)).as_bytes())

    assert bob.messages.get().reply_to is None


@pytest.mark.parametrize("header", ["To", "Cc", "Delivered-To", "X-Original-To"])
def test_the_address_is_found_wherever_it_stands(header: str, bob: User, to: str) -> None:
    mail = answer(to="Rooms <rooms@chat.example.org>")
    del mail[header]
    mail[header] = f"reply+aaaa@chat.example.org, Somebody <{to.upper()}>"
    receive(mail.as_bytes())

    assert len(answers(bob)) == 1


def test_the_mail_server_knows_best_for_whom_it_is(bob: User, to: str) -> None:
    receive(answer(to="undisclosed-recipients:;").as_bytes(), to)

    assert len(answers(bob)) == 1


def test_the_same_mail_is_said_once(bob: User, to: str) -> None:
    mail = answer(to=to).as_bytes()
    for _ in range(3):
        assert receive(b"Received: again\r\n" + mail) is Outcome.SAID

    assert len(answers(bob)) == 1
    receive(answer(to=to, id="<two@mail.example.org>").as_bytes())
    assert len(answers(bob)) == 2


def test_one_mail_to_two_rooms_is_said_in_both(
    bob: User, lobby: Room, den: Room, address_for: Callable[..., str]
) -> None:
    mail = answer(to=", ".join([address_for(bob, lobby), address_for(bob, den)])).as_bytes()
    for room in (lobby, den):
        receive(mail, address_for(bob, room))

    assert sorted(message.room.name for message in bob.messages.all()) == ["Den", "Lobby"]


# What it reads


def test_who_answers_has_read_what_was_told(bob: User, said: Message, to: str) -> None:
    receive(answer(to=to).as_bytes())

    assert not bob.notifications.unread().exists()
    assert bob.memberships.get(room=said.room).read_position == said.position


def test_what_was_not_told_stays_unread(bob: User, alice: User, lobby: Room, address_for: Callable[..., str]) -> None:
    before = lobby.post(alice, "Nothing for anybody in particular", "before")
    told = lobby.post(alice, "@Bob Okafor are you there?", "told")
    after = lobby.post(alice, "@Bob Okafor hello?", "after")
    receive(answer(to=address_for(bob, lobby, told, single=True)).as_bytes())

    membership = bob.memberships.get(room=lobby)
    assert membership.read_position < before.position
    assert [row.message for row in bob.notifications.unread()] == [after]


def test_what_was_marked_unread_by_hand_stays_so(bob: User, said: Message, to: str) -> None:
    bob.memberships.get(room=said.room).unread_from(said)
    receive(answer(to=to).as_bytes())

    assert bob.memberships.get(room=said.room).unread_held


# What is passed over


@pytest.mark.parametrize("headers", [{"Auto_Submitted": "auto-replied"}, {"Precedence": "bulk"}, {"Return_Path": "<>"}])
def test_robots_are_passed_over_in_silence(headers: dict[str, str], bob: User, to: str, postbox: Postbox) -> None:
    assert receive(answer(to=to, **headers).as_bytes()) is Outcome.PASSED_OVER
    assert receive(answer(to="reply+aaaa@chat.example.org", **headers).as_bytes()) is Outcome.PASSED_OVER

    assert answers(bob) == [] and postbox.envelopes == []


def test_our_own_mails_are_passed_over(bob: User, said: Message, to: str, postbox: Postbox) -> None:
    """Somebody whose mail is forwarded to the address of their answers."""
    receive(answer("> quoted", to).as_bytes())
    (envelope,) = postbox.envelopes

    assert receive(envelope.content, to) is Outcome.PASSED_OVER
    assert len(postbox.envelopes) == 1


def test_who_has_no_address_of_ours_is_nobody(bob: User, said: Message, to: str, postbox: Postbox) -> None:
    for address in ("", "reply@chat.example.org", f"x{to}", to[:-4] + ".com", to.replace("@", "a@")):
        with pytest.raises(NoSuchReply):
            receive(answer(to=address).as_bytes())
    bob.change_password(f"{PASSWORD} too")
    with pytest.raises(NoSuchReply):
        receive(answer(to=to).as_bytes())
    bob.deactivate()
    with pytest.raises(NoSuchReply):
        receive(answer(to=to).as_bytes())

    assert answers(bob) == [] and postbox.envelopes == []


# What is not said, and told


def refused(mail: EmailMessage, postbox: Postbox, language: str = "en") -> str:
    """Have a mail not said; return what its sender is told of that."""
    assert receive(mail.as_bytes()) is Outcome.NOT_SAID
    (envelope,) = postbox.envelopes
    assert envelope.rcpt_tos == ["bob@example.org"]
    told = postbox.read()
    assert told["Auto-Submitted"] == "auto-replied"
    assert told["Reply-To"] is None
    assert told["In-Reply-To"] == mail["Message-ID"]
    text, html = parts(told)
    assert f'<html lang="{language}">' in html
    return text


def test_nothing_new(bob: User, to: str, postbox: Postbox) -> None:
    assert "no text in it but what it quotes" in refused(answer(PROGRAMS["gmail"].format(""), to), postbox)
    assert answers(bob) == []


def test_too_much(bob: User, to: str, postbox: Postbox) -> None:
    assert "10000" in refused(answer("much " * 2_001, to), postbox)
    assert answers(bob) == []


def test_an_archived_room(bob: User, said: Message, to: str, postbox: Postbox) -> None:
    said.room.archive()

    assert "This room is archived" in refused(answer(to=to), postbox)
    assert answers(bob) == []


def test_a_room_that_one_has_left(bob: User, den: Room, address_for: Callable[..., str], postbox: Postbox) -> None:
    to = address_for(bob, den)
    den.dismiss([bob])
    told = refused(answer(to=to), postbox)

    assert "You are not in this room any more." in told and "Den" not in told
    assert answers(bob) == []


def test_an_old_mail(bob: User, to: str, postbox: Postbox, later: Any) -> None:
    later(days=31)

    assert "30 days" in refused(answer(to=to), postbox)
    assert answers(bob) == []


@pytest.mark.parametrize(
    "sender",
    [
        "Mallory <mallory@example.com>",
        "bob@example.org.example.com",
        "",
        "bob",
        "bob@example.org, mallory@example.com",
        '"bob@example.org" <mallory@example.com>',
    ],
)
def test_another_sender(sender: str, bob: User, to: str, postbox: Postbox) -> None:
    """The owner of the account is told, and whoever wrote it is not."""
    told = refused(answer(to=to, sender=sender), postbox)

    assert "Send it from bob@example.org." in told and "mallory" not in told.lower()
    assert answers(bob) == []


def test_the_sender_may_be_written_in_any_case(bob: User, to: str) -> None:
    receive(answer(to=to, sender='"Bob, of Accra" <BOB@Example.org>').as_bytes())

    assert len(answers(bob)) == 1


@pytest.mark.parametrize(("text", "why"), [("/topic x", "/topic does nothing"), ("/nonsense", "no command /nonsense")])
def test_commands_change_nothing(
    text: str, why: str, bob: User, alice: User, den: Room, to: str, postbox: Postbox
) -> None:
    assert why in refused(answer(text, to), postbox)
    assert answers(bob) == []


def test_what_commands_say_is_said(bob: User, to: str) -> None:
    receive(answer("/me waves", to).as_bytes())

    assert answers(bob) == ["/me waves"]


def test_it_is_told_in_the_language_of_its_sender(bob: User, to: str, postbox: Postbox) -> None:
    User.objects.filter(pk=bob.pk).update(language="ja")
    told = refused(answer("/topic x", to), postbox, "ja")

    assert "ルーム" in told and "answer" not in told


def test_it_is_told_once_for_each_mail_and_five_times_a_day(bob: User, to: str, postbox: Postbox, later: Any) -> None:
    for _ in range(2):
        for number in range(LIMIT + 2):
            assert receive(answer("> x", to, id=f"<{number}@x>").as_bytes()) is Outcome.NOT_SAID
    assert len(postbox.envelopes) == LIMIT

    later(days=1, minutes=1)
    receive(answer("> x", to, id="<new@x>").as_bytes())
    assert len(postbox.envelopes) == LIMIT + 1
    later(days=7, minutes=1)
    receive(answer("> x", to, id="<newer@x>").as_bytes())
    assert Notice.objects.count() == 1


def test_a_mail_server_that_is_away_leaves_it_untold(bob: User, to: str, settings: Any) -> None:
    settings.MAILERS["default"]["OPTIONS"]["port"] = 1

    assert receive(answer("> x", to).as_bytes()) is Outcome.NOT_SAID
    assert not Notice.objects.exists()


# What is to come again


def test_what_comes_too_fast_comes_again(bob: User, lobby: Room, to: str, postbox: Postbox) -> None:
    for number in range(BURST):
        lobby.post(bob, "x", f"burst-{number}")
    with pytest.raises(Later) as later:
        receive(answer(to=to).as_bytes())
    assert 0 < later.value.wait <= 10

    Message.objects.update(created_at=timezone.now() - timedelta(minutes=1))
    assert receive(answer(to=to).as_bytes()) is Outcome.SAID
    assert postbox.envelopes == []


# Files


def with_files(to: str, *files: tuple[str, bytes], text: str = "Look") -> EmailMessage:
    mail = answer(text, to)
    for name, content in files:
        mail.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return mail


def test_files_come_with_it_once(bob: User, to: str) -> None:
    mail = with_files(to, ("計画.txt", b"a plan"), ("notes.txt", b"notes")).as_bytes()
    for _ in range(2):
        receive(mail)

    (message,) = bob.messages.all()
    assert [file["name"] for file in message.files] == ["計画.txt", "notes.txt"]
    assert Attachment.objects.count() == 2


def test_a_file_alone_is_an_answer(bob: User, to: str) -> None:
    receive(with_files(to, ("plan.txt", b"a plan"), text=PROGRAMS["gmail"].format("")).as_bytes())

    (message,) = bob.messages.all()
    assert (message.body, len(message.files)) == ("", 1)


def test_a_file_that_cannot_be_kept_keeps_all_of_it_from_being_said(
    bob: User, to: str, postbox: Postbox, settings: Any
) -> None:
    settings.FILE_BYTES = 10
    told = refused(with_files(to, ("small.txt", b"small"), ("large.txt", b"x" * 11)), postbox)

    assert "large.txt: This file is larger than" in told
    assert answers(bob) == [] and not Attachment.objects.exists()


def test_more_files_than_a_message_takes(bob: User, to: str, postbox: Postbox) -> None:
    files = [(f"{number}.txt", b"%d" % number) for number in range(11)]

    assert "At most 10 files" in refused(with_files(to, *files), postbox)
    assert answers(bob) == [] and not Attachment.objects.exists()


@pytest.mark.parametrize("name", ["../../etc/passwd", "a\r\nb.txt", "x" * 400 + ".txt", "\u202etxt.exe"])
def test_names_of_files_are_made_fit(name: str, bob: User, to: str) -> None:
    mail = MIMEMultipart()
    for header, value in (("From", "bob@example.org"), ("To", to), ("Message-ID", "<names@x>")):
        mail[header] = value
    part = EmailMessage()
    part.set_content(b"x", maintype="application", subtype="octet-stream", filename=name.replace("\r\n", ""))
    mail.attach(part)
    receive(mail.as_bytes())

    (kept,) = (file["name"] for file in bob.messages.get().files)
    assert "/" not in kept and "\u202e" not in kept and len(kept) <= 200


def test_without_storage_it_comes_again(bob: User, to: str, settings: Any, tmp_path: Path, postbox: Postbox) -> None:
    (tmp_path / "file").write_text("no folder")
    good = settings.STORAGES["files"]
    backend = "django.core.files.storage.FileSystemStorage"
    options = {"location": tmp_path / "file"}
    settings.STORAGES = settings.STORAGES | {"files": {"BACKEND": backend, "OPTIONS": options}}
    mail = with_files(to, ("plan.txt", b"a plan")).as_bytes()
    with pytest.raises(Later):
        receive(mail)

    settings.STORAGES = settings.STORAGES | {"files": good}
    assert receive(mail) is Outcome.SAID
    assert postbox.envelopes == []


@pytest.mark.django_db(transaction=True)
def test_what_comes_several_times_at_once_is_said_once(bob: User, to: str, postbox: Postbox) -> None:
    for round in range(10):
        mail = with_files(to, ("plan.txt", b"%d" % round))
        mail.replace_header("Message-ID", f"<{round}@x>")
        came = at_once(*[lambda mail=mail: receive(mail.as_bytes())] * 3)
        assert all(outcome is Outcome.SAID or isinstance(outcome, Later) for outcome in came)

        assert receive(mail.as_bytes()) is Outcome.SAID
        Message.objects.update(created_at=timezone.now() - timedelta(minutes=1))
        assert bob.messages.count() == round + 1
    assert [len(message.files) for message in bob.messages.all()] == [1] * 10
    assert Attachment.objects.count() == 10
    assert postbox.envelopes == []


# What nobody is to read


def test_no_address_is_logged(bob: User, to: str, caplog: pytest.LogCaptureFixture, settings: Any) -> None:
    token = to.partition("@")[0].partition("+")[2]
    for name in ("rooms", "django"):
        logging.getLogger(name).propagate = True
    try:
        with caplog.at_level(logging.DEBUG):
            receive(answer(to=to).as_bytes())
            receive(answer("> x", to, id="<2@x>").as_bytes())
            receive(answer(to=to, Precedence="bulk").as_bytes())
    finally:
        for name in ("rooms", "django"):
            logging.getLogger(name).propagate = False

    # The mail server of the test writes a log of its own.
    said = [record.getMessage() for record in caplog.records if record.name != "mail.log"]
    assert any("was not said" in line for line in said)
    assert not any(token in line.lower() or "bob@example.org" in line for line in said)


def test_no_address_is_said(bob: User, to: str) -> None:
    receive(answer(f"Yes\n\nRooms wrote to {to} at noon\nall that", to).as_bytes())

    assert answers(bob) == ["Yes"]
    assert Notification.objects.filter(actor=bob).count() == 1
