"""The door for mail providers: they post what was mailed to us, as it came or in a field of a form."""

import base64
import binascii
import json
import secrets
from collections.abc import Iterable
from email import message_from_bytes

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from rooms.outside.replies import NoSuchReply
from rooms.replying.reading import Unreadable
from rooms.replying.receiving import Later, receive

FIELDS = ("body-mime", "email", "RawEmail")
"""Where Mailgun, SendGrid and Postmark put a mail as it came."""

MOST_FIELDS = 200


@csrf_exempt  # No browser sends it, and no session says who does.
def hook(request: HttpRequest) -> HttpResponse:
    """Answer those who have the token, as the password of HTTP Basic or a bearer token. Without one in the settings
    there is no such address. It stands in no path: paths are written into logs.
    """
    if not settings.REPLY_HOOK_TOKEN:
        raise Http404
    if not secrets.compare_digest(read_token(request).encode(), settings.REPLY_HOOK_TOKEN.encode()):
        headers = {"WWW-Authenticate": 'Basic realm="Rooms"'}
        return say("Send REPLY_HOOK_TOKEN as the password.", 401, **headers)
    return take(request)


def read_token(request: HttpRequest) -> str:
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return value.strip() if scheme.lower() == "bearer" else ""
    try:
        return base64.b64decode(value, validate=True).decode().partition(":")[2]
    except (binascii.Error, ValueError):
        return ""


@require_POST
def take(request: HttpRequest) -> HttpResponse:
    """200 what is done with, whatever came of it; 406 what is for nobody; 503 what is to come again. Providers try
    again what is answered with 5xx, and some of them nothing else.
    """
    raw = request.read()  # Not `body`, which takes no more than a form may hold. `project.handler` has measured it.
    try:
        mail = find_mail(request.headers.get("Content-Type", ""), raw)
        if len(mail) > settings.MAIL_BYTES:
            return say(f"The mail is larger than {settings.MAIL_BYTES // 1024 // 1024} MB.", 413)
        return say(receive(mail).value, 200)
    except Unreadable as error:
        return say(f"This is no mail that can be read: {error}.", 400)
    except NoSuchReply:
        return say("There is no such address, or it is not good any more.", 406)
    except Later as later:
        return say("Not now.", 503, **{"Retry-After": str(later.wait)})


def say(text: str, status: int, **headers: str) -> HttpResponse:
    response = HttpResponse(f"{text}\n", "text/plain", status=status, headers=headers)
    response._has_been_logged = status == 503  # Django would log an error for what only has to wait.
    return response


def find_mail(content_type: str, raw: bytes) -> bytes:
    """The mail in a request's body, as it came. Raises Unreadable.

    Not by Django's parsers: they take a megabyte of fields, and make text of what may be in any charset.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "message/rfc822":
        return raw
    fields = dict(reversed([*read_fields(kind, content_type, raw)]))
    if found := next((fields[name] for name in FIELDS if fields.get(name)), b""):
        return found
    raise Unreadable(f"Content-Type message/rfc822, or one of the fields {', '.join(FIELDS)} was expected")


def read_fields(kind: str, content_type: str, raw: bytes) -> Iterable[tuple[str, bytes]]:
    try:
        if kind == "application/x-www-form-urlencoded":
            pairs = (field.partition(b"=") for field in raw.split(b"&", MOST_FIELDS))
            return [(unquote(name).decode("latin-1"), unquote(value)) for name, _, value in pairs]
        if kind == "application/json":
            values = json.loads(raw)
            return [(name, str(values[name]).encode()) for name in FIELDS if name in values]
        if kind == "multipart/form-data":
            return read_parts(content_type, raw)
    except (ValueError, TypeError, RecursionError) as error:
        raise Unreadable("the request is malformed") from error
    return []


def unquote(value: bytes) -> bytes:
    """What `%3D` and `+` stand for. By way of quoted-printable, whose decoder goes through it once: urllib makes a list
    of what stands between the signs, which for ten megabytes of them are seven hundred.
    """
    return binascii.a2b_qp(value.replace(b"+", b" ").replace(b"=", b"=3D").replace(b"%", b"="))


def read_parts(content_type: str, raw: bytes) -> list[tuple[str, bytes]]:
    """The parts of a form, cut where its boundary stands: what a mail consists of itself is left as it is."""
    boundary = message_from_bytes(f"Content-Type: {content_type[:500]}\n\n".encode("latin-1", "replace")).get_boundary()
    if not boundary:
        raise Unreadable("the request is malformed")
    parts = b"\r\n".join([b"", raw]).split(f"\r\n--{boundary}".encode(), MOST_FIELDS)
    found = []
    for part in parts[1:]:
        head, gap, content = part.partition(b"\r\n\r\n")
        headers = message_from_bytes(head.strip()[:2_000] + b"\r\n\r\n")
        name = headers.get_param("name", header="content-disposition")
        if gap and isinstance(name, str):
            found.append((name, content))
    return found
