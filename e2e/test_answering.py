"""Answering by e-mail: who is away gets a mail, answers it in their own program, and is heard in the room at once."""

from __future__ import annotations

import base64
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from email.utils import make_msgid

import pytest
from playwright.sync_api import Page, expect

from e2e.browsers import OpenPage
from e2e.conftest import StartServer
from e2e.postbox import Postbox, postbox, read
from e2e.sending import add_email
from e2e.server import REPOSITORY, Server
from e2e.steps import Person, assert_live_equals_reload, connected, found_team, message, say
from e2e.test_notifications import bell

# aiosmtpd ends without closing what it had open.
pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed <StreamWriter"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

TOKEN = "a-token-that-is-long-enough"


@pytest.fixture
def box() -> Iterator[Postbox]:
    with postbox() as box:
        yield box


@pytest.fixture
def server(start_server: StartServer, box: Postbox) -> Server:
    return start_server(EMAIL_URL=box.url, REPLY_ADDRESS="reply@chat.example.org", REPLY_HOOK_TOKEN=TOKEN)


# What programs make of an answer to a mail


def begin(mail: EmailMessage, sender: str) -> EmailMessage:
    answer = EmailMessage()
    answer["From"], answer["To"] = sender, mail["Reply-To"]
    answer["Subject"], answer["Message-ID"] = f"Re: {mail['Subject']}", make_msgid(domain="mail.example.org")
    answer["In-Reply-To"] = answer["References"] = mail["Message-ID"]
    return answer


def mark(mail: EmailMessage) -> str:
    return "\n".join(f"> {line}" for line in read(mail).splitlines())


def find_html(mail: EmailMessage) -> str:
    body = mail.get_body(("html",))
    assert body is not None
    html: str = body.get_content()
    return html


def gmail(mail: EmailMessage, said: str, sender: str) -> EmailMessage:
    answer = begin(mail, sender)
    wrote = f"On Fri, Nov 27, 2026 at 10:00 AM {mail['From']}"
    answer.set_content(f"{said}\n\n{wrote}\nwrote:\n\n{mark(mail)}\n")
    quote = f'<div class="gmail_quote"><blockquote>{find_html(mail)}</blockquote></div>'
    answer.add_alternative(f'<div dir="ltr">{said}</div><br>{quote}', subtype="html")
    return answer


def outlook(mail: EmailMessage, said: str, sender: str) -> EmailMessage:
    """Nothing but HTML, and the mail below it as if it were a part of it."""
    answer = begin(mail, sender)
    name, _, address = str(mail["From"]).partition(" <")
    head = f"<b>From:</b> {name} &lt;{address[:-1]}&gt;<br><b>Sent:</b> Friday, November 27<br><b>To:</b> Bob<br>"
    answer.set_content(
        f"<html><head><style>p {{margin: 0}}</style></head><body><p>{said}</p><hr>"
        f'<div id="divRplyFwdMsg">{head}<b>Subject:</b> {mail["Subject"]}</div>{find_html(mail)}</body></html>',
        subtype="html",
    )
    return answer


def apple(mail: EmailMessage, said: str, sender: str) -> EmailMessage:
    answer = begin(mail, sender)
    wrote = f"On 27 Nov 2026, at 10:00, {mail['From']} wrote:"
    answer.set_content(f"{said}\n\nSent from my iPhone\n\n> {wrote}\n> \n{mark(mail)}\n")
    return answer


def japanese(mail: EmailMessage, said: str, sender: str) -> EmailMessage:
    """As older programs write it: in ISO-2022-JP, with the answer below what is quoted, and a signature."""
    answer = begin(mail, sender)
    quoted = mark(mail).encode("iso-2022-jp", "replace").decode("iso-2022-jp")
    wrote = f"Fri, 27 Nov 2026 10:00:00 +0900\n{mail['From']} wrote:"
    answer.set_content(f"{wrote}\n\n{quoted}\n\n{said}\n\n-- \nボブ <{sender}>\n", charset="iso-2022-jp")
    return answer


# How it comes to the site


def post_it(server: Server, answer: EmailMessage) -> None:
    credentials = base64.b64encode(f"rooms:{TOKEN}".encode()).decode()
    headers = {"Content-Type": "message/rfc822", "Authorization": f"Basic {credentials}"}
    request = urllib.request.Request(f"{server.url}/outside/replies/mime", answer.as_bytes(), headers)
    assert urllib.request.urlopen(request).status == 200


def pipe_it(server: Server, answer: EmailMessage) -> None:
    command = [sys.executable, "manage.py", "receive_mail", answer["To"]]
    done = subprocess.run(command, cwd=REPOSITORY, env=server.settings, input=answer.as_bytes(), capture_output=True)
    assert done.returncode == 0, done.stderr.decode()


def have_asked(server: Server, open_page: OpenPage, box: Postbox) -> tuple[Page, Person, EmailMessage]:
    """Alice asks in the lobby, where Bob is not: her page, Bob, and the mail that he gets."""
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    add_email(bob, box)
    alices = alice.open()
    connected(alices)
    say(alices, "@Bob are you there?")
    mail = box.take()
    return alices, bob, mail


@pytest.mark.parametrize("deliver", [post_it, pipe_it])
def test_what_is_answered_by_mail_is_in_the_room_at_once(
    deliver: Callable[[Server, EmailMessage], None], server: Server, open_page: OpenPage, box: Postbox
) -> None:
    alices, bob, mail = have_asked(server, open_page, box)
    assert "Answer this mail to write in Lobby." in read(mail)
    programs = {gmail: "Yes, I am", outlook: "In the kitchen", apple: "With & without tea", japanese: "はい、います。"}
    for program, text in programs.items():
        answer = program(mail, text, "bob@example.org")
        for _ in range(2):  # A provider that has not heard the answer posts once more.
            deliver(server, answer)
        article = message(alices, text)
        expect(article).to_have_count(1)
        expect(article).to_contain_text("Bob")
        expect(article.get_by_role("link", name="In reply to Alice")).to_be_visible()
        expect(article.locator(".message__body")).to_have_text(text)
    assert_live_equals_reload(alices)
    alices.close()

    expect(bell(bob.open("/people/"))).to_have_accessible_name("Notifications")
    assert box.mails == []
    assert mail["Reply-To"].partition("@")[0].partition("+")[2] not in server.log.lower()


def test_who_cannot_be_heard_is_told_why_in_their_language(server: Server, open_page: OpenPage, box: Postbox) -> None:
    alices, _, mail = have_asked(server, open_page, box)
    server.shell(
        "from rooms.models import Room, User; User.objects.filter(name='Bob').update(language='ja');"
        "Room.objects.get(slug='lobby').archive()"
    )
    answer = apple(mail, "Yes", "bob@example.org")
    for _ in range(2):
        post_it(server, answer)
    told = box.take()
    assert told["To"] == "bob@example.org"
    assert "アーカイブされています" in read(told)
    expect(message(alices, "Yes")).to_have_count(0)
    assert box.mails == []
