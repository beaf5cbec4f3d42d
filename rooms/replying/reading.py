"""A mail as it came, read: whom it is from and to, whether a person wrote it, its text and its files.

Anybody may send anything here. Python's parser takes a time that grows with the square of a long Content-Type and of
the number of parts, so both are counted before it sees them: what passes costs it two seconds at most.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage, MIMEPart
from email.policy import default
from email.utils import getaddresses
from hashlib import sha256

from rooms.replying.charsets import decode
from rooms.replying.html import to_text

CONTENT_HEADER = re.compile(rb"^content-[\w-]{1,40}:[^\n]*(?:\n[ \t][^\n]*)*", re.IGNORECASE | re.MULTILINE)
LONGEST_CONTENT_HEADER = 1_000
CONTENT_HEADERS, CONTENT_HEADER_BYTES = 400, 30_000
BOUNDARIES = 2_000

LONGEST_HEADER = 5_000
"""Characters of any other header that is looked at; a longer one is as if it were not there."""

LONGEST_TEXT, LONGEST_HTML = 100_000, 300_000
"""Characters that are read. A message may have 10,000, and what is behind them in a mail is what it quotes."""

MOST_BYTES = 8
"""Of a character, as ISO-2022-JP writes one amid others. What is behind those that are read is not decoded."""

MESSAGE_ID = re.compile(r"<[^\s<>@]{1,200}@[^\s<>@]{1,200}>")

ROBOTS = ("mailer-daemon", "postmaster", "noreply", "no-reply")

NO_FILES = re.compile(r"application/(pgp-|(x-)?pkcs7-|ms-tnef)|message/|multipart/|text/calendar")
"""Signatures of the mail itself, and what Outlook packs its own formats into."""


class Unreadable(Exception):
    """It is no mail, or one that would take too long to read. `str` says why, in English."""


@dataclass(frozen=True)
class File:
    name: str
    content: bytes


@dataclass(frozen=True)
class Mail:
    headers: dict[str, list[str]]
    """By their names in lower case, each as often as it stood there, unfolded."""
    text: str
    files: list[File] = field(default_factory=list)
    digest: str = ""
    """Of all of it."""

    def get(self, name: str) -> str:
        return next(iter(self.headers.get(name, [])), "").strip()

    @property
    def sender(self) -> str:
        """The address it says to be from, in lower case; "" where there is not just one: of several, a mail server may
        have looked at another than we.
        """
        senders = {*self.addresses("from")}
        return senders.pop() if len(senders) == 1 else ""

    @property
    def recipients(self) -> list[str]:
        """Whom it went to, those first that a mail server knew."""
        return self.addresses("delivered-to", "x-original-to", "envelope-to", "to", "cc", "resent-to")

    def addresses(self, *names: str) -> list[str]:
        values = [value for name in names for value in self.headers.get(name, [])]
        return [address.lower() for _, address in getaddresses(values) if "@" in address]

    @property
    def id(self) -> str:
        """What tells it from all others, however often it comes: its Message-ID, or what it consists of."""
        return found.group() if (found := MESSAGE_ID.search(self.get("message-id"))) else self.digest

    def find_robot(self) -> str:
        """By what one sees that no person wrote it; "" where one did. See RFC 3834."""
        if self.get("auto-submitted").partition(";")[0].strip().lower() not in {"", "no"}:
            return "Auto-Submitted"
        if self.get("precedence").lower() in {"bulk", "junk", "list", "auto_reply"}:
            return "Precedence"
        known = ("x-autoreply", "x-autorespond", "x-auto-reply", "list-id", "list-unsubscribe", "x-failed-recipients")
        if named := next((name for name in known if name in self.headers), ""):
            return named
        if "return-path" in self.headers and self.get("return-path") in {"<>", ""}:
            return "an empty Return-Path"
        if self.get("content-type").lower().startswith("multipart/report"):
            return "a report"
        return "its From" if self.sender.partition("@")[0] in ROBOTS else ""


def read(raw: bytes) -> Mail:
    """Read a mail as it came. Raises Unreadable."""
    count(raw)
    try:
        message = message_from_bytes(raw, _class=EmailMessage, policy=default)
        headers = read_headers(message)
        text, html = read_text(message)
        files = list(read_files(message, html))
    except (RecursionError, ValueError, LookupError, AttributeError, TypeError) as error:
        # Python's parser fails in all these ways at what is malformed enough.
        raise Unreadable(f"it cannot be parsed ({type(error).__name__})") from error
    if not {"from", "to", "date", "message-id"} & headers.keys():
        raise Unreadable("it has none of the headers of a mail")
    return Mail(headers, text if text.strip() else to_text(html), files, sha256(raw).hexdigest())


def count(raw: bytes) -> None:
    raw = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")  # Python's parser takes either for the end of a line.
    lengths = [len(found.group()) for found in CONTENT_HEADER.finditer(raw)]
    if max(lengths, default=0) > LONGEST_CONTENT_HEADER:
        raise Unreadable("one of its Content headers is too long")
    if len(lengths) > CONTENT_HEADERS or sum(lengths) > CONTENT_HEADER_BYTES or raw.count(b"\n--") > BOUNDARIES:
        raise Unreadable("it has too many parts")


def read_headers(message: EmailMessage) -> dict[str, list[str]]:
    """As they stand there: what the policy makes of them takes the longer the stranger they are."""
    headers: dict[str, list[str]] = {}
    for name, value in message.raw_items():
        unfolded = whole(str(value)).replace("\r", "").replace("\n", "")
        if len(unfolded) <= LONGEST_HEADER:
            headers.setdefault(name.lower(), []).append(unfolded)
    return headers


def read_text(message: EmailMessage) -> tuple[str, str]:
    """What it says as plain text, and as HTML: "" for what is not there."""
    texts = []
    for kind, limit in (("plain", LONGEST_TEXT), ("html", LONGEST_HTML)):
        part = message.get_body((kind,))
        texts.append(read_part(part, limit) if isinstance(part, EmailMessage) else "")
    return texts[0], texts[1]


def read_part(part: EmailMessage, limit: int) -> str:
    content = part.get_payload(decode=True)
    content = content[: limit * MOST_BYTES] if isinstance(content, bytes) else b""
    text = decode(content, part.get_content_charset() or "utf-8")[:limit]
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    if part.get_content_subtype() == "plain" and str(part.get_param("format", "")).lower() == "flowed":
        return unfold(text, together=str(part.get_param("delsp", "")).lower() == "yes")
    return text


def unfold(text: str, together: bool) -> str:
    """Join the lines that the sender's program has broken (RFC 3676): those that end in a space go on.

    `together`: that space is not part of the text.
    """
    lines: list[str] = []
    going_on = False
    for line in text.split("\n"):
        if line.startswith(">") or line == "-- ":
            lines.append(line)
            going_on = False
            continue
        line = line.removeprefix(" ")  # Put there so that the line begins neither with a space nor with a >.
        if going_on:
            lines[-1] = (lines[-1][:-1] if together else lines[-1]) + line
        else:
            lines.append(line)
        going_on = line.endswith(" ")
    return "\n".join(lines)


def read_files(message: EmailMessage, html: str) -> list[File]:
    """What is attached. Images that the HTML shows amid itself are part of it: most are of signatures."""
    files = []
    for part in find_parts(message):
        name = part.get_filename()
        inline = part.get_content_disposition() == "inline" or not part.get_content_disposition()
        shown = str(part.get("content-id", "")).strip("<> ")
        if not name or NO_FILES.match(part.get_content_type()) or (inline and shown and f"cid:{shown}" in html):
            continue
        content = part.get_payload(decode=True)
        if isinstance(content, bytes):
            files.append(File(whole(name), content))
    return files


def find_parts(message: MIMEPart) -> Iterator[MIMEPart]:
    """Its parts, and theirs; not those of mails that are attached, into which `walk` goes: others wrote these."""
    waiting = [message]
    while waiting:
        part = waiting.pop()
        yield part
        if part.get_content_maintype() == "multipart" and part.is_multipart():
            waiting.extend(reversed([*part.iter_parts()]))


def whole(text: str) -> str:
    """A text without the half characters as which Python keeps bytes that are none: nobody can store or send them."""
    return text.encode(errors="replace").decode()
