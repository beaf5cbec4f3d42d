"""Pushes and webhooks: one POST each."""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rooms.outside import guard
from rooms.outside.asking import ask
from rooms.outside.digest import Digest, Line, Section
from rooms.outside.models import Target
from rooms.outside.trouble import Permanent, Temporary, say_why

PUSH_BYTES = 3500
"""ntfy takes 4096, UnifiedPush promises as many."""

LONGEST_WAIT = timedelta(hours=6)
"""However long a server asks us to stay away."""

GONE = {301, 308, 404, 410}
"""There is nothing at this address any more."""

REASONS = {
    guard.Refused.MALFORMED: gettext_lazy("this is no address"),
    guard.Refused.SCHEME: gettext_lazy("not a http address"),
    guard.Refused.PORT: gettext_lazy("this port is not allowed"),
    guard.Refused.PRIVATE: gettext_lazy("a private address, which the administrator has not allowed"),
    guard.Refused.UNKNOWN: gettext_lazy("there is no such host"),
}


def push(target: Target, digest: Digest) -> None:
    """A text that ntfy shows as it is and UnifiedPush passes on. Raises Trouble."""
    headers = {"Content-Type": "text/plain; charset=utf-8", "Title": encode(digest.subject)}
    urgent = any(line.kind != "message" for section in digest.sections for line in section.lines)
    headers["Priority"] = "high" if urgent else "default"
    if digest.url:
        headers["Click"] = digest.url
    text = "\n".join(describe(line) for line in digest.lines) or digest.subject
    post(target.url, text.encode()[:PUSH_BYTES].decode(errors="ignore").encode(), headers)


def describe(line: Line) -> str:
    return f"{line.actor}: {line.excerpt}" if line.actor and line.excerpt else line.words


def encode(text: str) -> str:
    """A header's value: as it is, or the way e-mail writes what is not ASCII."""
    return text if text.isascii() else f"=?UTF-8?B?{base64.b64encode(text.encode()).decode()}?="


def webhook(target: Target, digest: Digest) -> None:
    """JSON, signed as the Standard Webhooks specification says. Raises Trouble."""
    body = json.dumps(compose(digest), ensure_ascii=False).encode()
    now = str(int(time.time()))
    headers = {
        "Content-Type": "application/json",
        "webhook-id": f"msg_{digest.key}",
        "webhook-timestamp": now,
        "webhook-signature": sign(target.secret, f"msg_{digest.key}", now, body),
    }
    post(target.url, body, headers)


def sign(secret: str, identity: str, timestamp: str, body: bytes) -> str:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    mac = hmac.digest(key, f"{identity}.{timestamp}.".encode() + body, "sha256")
    return f"v1,{base64.b64encode(mac).decode()}"


def compose(digest: Digest) -> dict[str, Any]:
    data = {"title": digest.subject, "url": digest.url, "count": digest.count}
    places = [describe_place(section, digest.content_free) for section in digest.sections]
    return {"type": "notifications", "timestamp": datetime.now(UTC).isoformat(), "data": {**data, "rooms": places}}


def describe_place(section: Section, content_free: bool) -> dict[str, Any]:
    place: dict[str, Any] = {"name": section.title, "url": section.url, "count": section.count}
    if not content_free:
        place["items"] = [
            {"kind": line.kind, "actor": line.actor, "text": line.excerpt or line.words, "url": line.url}
            | {"at": line.at.isoformat()}
            for line in section.lines
        ]
    return place


def post(url: str, body: bytes, headers: Mapping[str, str]) -> None:
    try:
        # The status says it all. To read a body that does not come would make a failure of what has arrived.
        answer = ask("POST", url, body, headers, limit=0)
    except guard.Refused as error:
        raise (Temporary if error.reason == guard.Refused.UNKNOWN else Permanent)(str(REASONS[error.reason])) from None
    except guard.Unreachable as error:
        raise Temporary(_("no answer in time") if str(error) == guard.LATE else say_why(error)) from error
    if 200 <= answer.status < 300:
        return
    text = _("it answered %(status)s") % {"status": answer.status}
    if answer.status in GONE:
        raise Permanent(text)
    raise Temporary(text, read_wait(answer.headers.get("Retry-After", "")))


def read_wait(value: str) -> timedelta | None:
    """What Retry-After says: seconds or a date."""
    try:
        wait = timedelta(seconds=int(value)) if value.isdecimal() else parsedate_to_datetime(value) - datetime.now(UTC)
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(wait, timedelta()), LONGEST_WAIT)
