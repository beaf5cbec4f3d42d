"""By which answers come in: a mail server's pipe, and what mail providers post."""

from __future__ import annotations

import base64
import io
import json
import os
import subprocess
import sys
from base64 import b32encode
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from asgiref.testing import ApplicationCommunicator
from django.core.management import CommandError, call_command
from django.http import HttpResponse
from django.test import Client

from project.handler import ENCODED, MAIL_PATH, ThreadHandler
from rooms.models import Message, Room, User
from rooms.outside.replies import pack
from rooms.posting import BURST
from rooms.tests.postbox import UNCLOSED
from rooms.tests.replying.mails import PROGRAMS, answer

pytestmark = [pytest.mark.usefixtures("postbox"), *UNCLOSED]

TOKEN = "a-token-that-is-long-enough"

Pipe = Callable[..., int]


@pytest.fixture
def pipe(monkeypatch: pytest.MonkeyPatch) -> Pipe:
    """What a mail server does: start the command with a mail on its standard input. Returns the exit code."""

    def pipe(raw: bytes, *arguments: str) -> int:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))
        try:
            call_command("receive_mail", *arguments, stdout=io.StringIO())
        except CommandError as error:
            return error.returncode
        return 0

    return pipe


def test_a_pipe_says_what_it_is_given(pipe: Pipe, bob: User, to: str) -> None:
    assert pipe(answer(PROGRAMS["gmail"].format("Yes"), to).as_bytes()) == 0
    assert pipe(answer("No", "undisclosed-recipients:;", id="<2@x>").as_bytes(), to) == 0

    assert [message.body for message in bob.messages.order_by("pk")] == ["Yes", "No"]


def test_a_pipe_tells_mail_servers_what_to_do(pipe: Pipe, bob: User, lobby: Room, to: str, settings: Any) -> None:
    assert pipe(answer(to="reply+aaaa@chat.example.org").as_bytes()) == os.EX_NOUSER == 67
    assert pipe(b"no mail") == os.EX_DATAERR == 65
    assert pipe(answer("> x", to).as_bytes()) == 0
    for number in range(BURST):
        lobby.post(bob, "x", f"burst-{number}")
    assert pipe(answer(to=to, id="<fast@x>").as_bytes()) == os.EX_TEMPFAIL == 75
    settings.MAIL_BYTES = 100
    assert pipe(answer(to=to, id="<large@x>").as_bytes()) == os.EX_DATAERR
    settings.REPLY_ADDRESS = ""
    assert pipe(answer(to=to, id="<off@x>").as_bytes()) == os.EX_NOUSER

    assert bob.messages.count() == BURST


def test_without_a_database_the_mail_is_to_come_again(repository: Path, tmp_path: Path) -> None:
    environment = {
        **{"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path), "SECRET_KEY": "x" * 50, "ALLOWED_HOSTS": "a.org"},
        **{"DATABASE_URL": "postgres://nobody@127.0.0.1:1/rooms", "EMAIL_URL": "smtp://127.0.0.1:1"},
        "REPLY_ADDRESS": "reply@a.org",
    }
    command = [sys.executable, "manage.py", "receive_mail"]
    token = b32encode(pack(1, 1, 2, 2_500) + b"0123456789").decode().rstrip("=").lower()
    mail = answer(to=f"reply+{token}@a.org").as_bytes()
    done = subprocess.run(command, cwd=repository, env=environment, input=mail, capture_output=True)

    assert done.returncode == os.EX_TEMPFAIL, done.stderr
    assert token not in done.stderr.decode()


# What mail providers post


@pytest.fixture
def token(settings: Any) -> str:
    settings.REPLY_HOOK_TOKEN = TOKEN
    return TOKEN


def basic(token: str = TOKEN) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(f'rooms:{token}'.encode()).decode()}"}


def deliver(body: bytes, content_type: str = "message/rfc822", headers: dict[str, str] | None = None) -> HttpResponse:
    client = Client(enforce_csrf_checks=True)
    response = client.post(MAIL_PATH, body, content_type=content_type, headers=basic() if headers is None else headers)
    assert client.cookies == {} and "Set-Cookie" not in response.headers
    return response


def form(name: str, mail: bytes) -> tuple[bytes, str]:
    """As a form with files is posted, with the mail as one of its fields."""
    fields = {"recipient": b"x", name: mail, "Message-Headers": b"[]"}
    parts = [
        f'--form\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n'.encode() + value + b"\r\n"
        for key, value in fields.items()
    ]
    return b"".join(parts) + b"--form--\r\n", "multipart/form-data; boundary=form"


WAYS: dict[str, Callable[[bytes], tuple[bytes, str]]] = {
    "as it is": lambda mail: (mail, "message/rfc822"),
    "Mailgun": lambda mail: (
        urlencode({"token": "x", "body-mime": mail}).encode(),
        "application/x-www-form-urlencoded; charset=utf-8",
    ),
    "Mailgun, with files": lambda mail: form("body-mime", mail),
    "SendGrid": lambda mail: form("email", mail),
    "Postmark": lambda mail: (json.dumps({"From": "x", "RawEmail": mail.decode()}).encode(), "application/json"),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_provider_posts_what_was_mailed(
    way: Callable[[bytes], tuple[bytes, str]], token: str, bob: User, to: str
) -> None:
    mail = answer(PROGRAMS["gmail"].format("Yes = ja & 100 % +1;\n\n--frontier\n--\u3042"), to)
    mail.add_attachment(b"a plan", maintype="application", subtype="octet-stream", filename="plan.txt")
    body, content_type = way(mail.as_bytes().replace(b"\n", b"\r\n"))
    for _ in range(2):
        assert deliver(body, content_type).status_code == 200

    (message,) = bob.messages.all()
    assert message.body == "Yes = ja & 100 % +1;\n\n--frontier\n--あ"
    assert [file["name"] for file in message.files] == ["plan.txt"]


def test_every_byte_comes_through_a_form(token: str, bob: User, to: str) -> None:
    body = "はい、①います。".encode("cp932") + b"\r\n" + bytes(range(0xA1, 0xC0))
    head = (
        f"From: bob@example.org\r\nTo: {to}\r\nMessage-ID: <1@x>\r\nContent-Type: text/plain; charset=Shift_JIS\r\n\r\n"
    )
    deliver(urlencode({"body-mime": head.encode() + body}).encode(), "application/x-www-form-urlencoded")

    assert bob.messages.get().body.startswith("はい、①います。\n｡｢｣､･")


@pytest.mark.parametrize(
    "headers",
    [
        *({}, basic("wrong"), basic(""), {"Authorization": TOKEN}, {"Authorization": f"Digest {TOKEN}"}),
        *({"Authorization": "Basic !!!"}, {"Authorization": "Basic /w=="}, {"Authorization": "Bearer ä"}),
    ],
)
def test_nobody_else_is_let_in(headers: dict[str, str], token: str, bob: User, to: str) -> None:
    response = deliver(answer(to=to).as_bytes(), headers=headers)

    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Basic")
    assert not bob.messages.exists()


def test_a_bearer_token_will_do(token: str, bob: User, to: str) -> None:
    assert deliver(answer(to=to).as_bytes(), headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200


def test_without_a_token_there_is_no_such_address(bob: User, to: str) -> None:
    assert deliver(answer(to=to).as_bytes(), headers=basic("")).status_code == 404


def test_providers_are_told_what_to_do(token: str, bob: User, lobby: Room, to: str, settings: Any) -> None:
    assert Client().get(MAIL_PATH, headers=basic()).status_code == 405
    assert deliver(b"no mail").status_code == 400
    assert deliver(b"x", "text/plain").status_code == 400
    assert deliver(b"{", "application/json").status_code == 400
    assert deliver(b"[" * 100_000, "application/json").status_code == 400
    assert deliver(b"x", "multipart/form-data").status_code == 400
    assert deliver(b"email=", "application/x-www-form-urlencoded").status_code == 400
    assert deliver(answer(to="reply+aaaa@chat.example.org").as_bytes()).status_code == 406
    assert deliver(answer("> x", to).as_bytes()).status_code == 200
    for number in range(BURST):
        lobby.post(bob, "x", f"burst-{number}")
    response = deliver(answer(to=to, id="<fast@x>").as_bytes())
    assert (response.status_code, 0 < int(response["Retry-After"]) <= 10) == (503, True)
    Message.objects.all().delete()
    settings.MAIL_BYTES = 100
    assert deliver(answer(to=to, id="<large@x>").as_bytes()).status_code == 413
    assert not bob.messages.exists()


@pytest.mark.parametrize(
    ("headers", "token", "status"),
    [([(b"authorization", b"x")], "t" * 20, 401), ([(b"authorization", b"x")], "", 413), ([], "t" * 20, 413)],
)
async def test_who_says_who_they_are_may_send_more_than_a_form(
    headers: list[tuple[bytes, bytes]], token: str, status: int, settings: Any
) -> None:
    settings.REPLY_HOOK_TOKEN = token

    async def send(size: int) -> int:
        scope = {"type": "http", "method": "POST", "path": MAIL_PATH, "query_string": b""}
        visitor = ApplicationCommunicator(ThreadHandler(), {**scope, "headers": [(b"host", b"testserver"), *headers]})
        await visitor.send_input({"type": "http.request", "body": b"x" * size})
        return (await visitor.receive_output(20))["status"]

    # The token is another, so nobody is let in; but what is too large is not even looked at.
    assert await send(settings.MAIL_BYTES) == status
    assert await send(ENCODED * settings.MAIL_BYTES + 1) == 413
