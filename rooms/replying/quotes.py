"""What of an answer is new: neither what it quotes, nor who wrote that and when, nor a signature.

Programs say in every language that somebody wrote something, and nobody knows all their phrases. But what is quoted
here is always a mail of ours: the line before it names our address, or our name with a colon behind it, or a date.
Each line is looked at once, and no pattern here looks twice at a letter: a text costs what its length is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

QUOTED = re.compile(r"\s{0,3}[>＞]")
COLON = re.compile(r"[:：]\**\s*\Z")
NUMBERS = re.compile(r"\d+")
DATE_NUMBERS = 4
"""Day, year, hour, minute: fewer make no date with a time."""

FIELD = re.compile(r"[\s*]*[^\W\d](?:[^\W\d]|[. -]){0,24}\**\s?[:：]")
"""A line like `Subject:`, in any language. Without digits: `Am 27.11. um 10:00` is none."""

DIVIDER = re.compile(r"\s*[-_=*―─＿]{4,}")

SIGNATURE = re.compile(r"--\s?\Z")

SENT = re.compile(
    r"\A\s*(Sent (from|via|with) |Get Outlook |Von mein|Gesendet (von|mit) |Envoyé|Enviado|Inviato|Verzonden|Skickat|"
    r"Sendt|Wysłan|Отправлено|发自|從我的)|(から送信|を入手|에서 보냄)(<[^<>]*>)?\Z"
)
DEVICE = re.compile(
    r"iP(hone|ad)|Android|Galaxy|Samsung|Xperia|Pixel|Huawei|Xiaomi|Nokia|BlackBerry|Windows|Outlook|Yahoo|Gmail|Proton|"
    r"Mail (for|app)|Handy|(tele)?phone|téléphone|teléfono|telefon|cellulare|手机|スマートフォン|スマホ|携帯",
    re.IGNORECASE,
)
"""Phones and programs: what these add below each mail says that it was sent, and by which of them. That something was
sent by courier is an answer."""

LONGEST_TAGLINE = 200
LONGEST_ATTRIBUTION = 400
ATTRIBUTION_LINES = 3


@dataclass(frozen=True)
class Ours:
    """By what a mail of ours is known where it is quoted."""

    addresses: tuple[str, ...]
    """In lower case."""
    name: str
    """Whom it was from."""
    secrets: tuple[str, ...]
    """Parts of what stands in it and is for its reader alone. No line that holds one is new, nor what is below it."""


def find_new(text: str, ours: Ours) -> str:
    """What somebody has written, of all that a mail says."""
    lines = [line.rstrip() for line in text.split("\n")]
    lines = lines[: find_end(lines, ours)]
    kept: list[str] = []
    for at, line in enumerate(lines):
        if not QUOTED.match(line):
            kept.append(line)
        elif at == 0 or not QUOTED.match(lines[at - 1]):
            drop_attribution(kept, ours)
    return "\n".join(without_tagline(join_gaps(kept))).strip("\n")


def find_end(lines: list[str], ours: Ours) -> int:
    """Where nothing new follows: at a signature, or at a mail that is quoted without marks."""
    for at, line in enumerate(lines):
        if QUOTED.match(line):
            continue
        lowered = line.lower()
        if SIGNATURE.match(line) or any(secret in lowered for secret in ours.secrets):
            return at
        if names_us(line, lowered, ours) and not is_before_quote(lines, at):
            return find_beginning(lines, at)
    return len(lines)


def names_us(line: str, lowered: str, ours: Ours) -> bool:
    """Whether the line says that a mail is from us: `From: Rooms`, `On … Rooms <rooms@…> wrote:`."""
    is_field = FIELD.match(line) is not None
    if any(address in lowered for address in ours.addresses):
        return is_field or any(f"{mark}{address}" in lowered for address in ours.addresses for mark in ("<", "mailto:"))
    return is_field and bool(ours.name) and FIELD.sub("", line, count=1).strip(" *\"'") == ours.name


def is_before_quote(lines: list[str], at: int) -> bool:
    """Whether what follows bears marks: then what is below it may be new."""
    following = [line for line in lines[at + 1 : at + 1 + 2 * ATTRIBUTION_LINES] if line.strip()]
    return any(QUOTED.match(line) for line in following[:2]) and not FIELD.match(lines[at])


def find_beginning(lines: list[str], at: int) -> int:
    """Where begins what introduces a quoted mail, of which this line is part: with its date, with a line drawn."""
    while at and lines[at - 1].strip() and (FIELD.match(lines[at - 1]) or is_dated(lines[at - 1])):
        at -= 1
    before = next((number for number in range(at - 1, -1, -1) if lines[number].strip()), -1)
    return before if before >= 0 and DIVIDER.match(lines[before]) else at


def is_dated(line: str) -> bool:
    return len(line) <= LONGEST_ATTRIBUTION and len(NUMBERS.findall(line)) >= DATE_NUMBERS


def drop_attribution(kept: list[str], ours: Ours) -> None:
    """Take away who wrote what is quoted now, if the last lines say it."""
    near = range(len(kept) - 1, max(len(kept) - 1 - ATTRIBUTION_LINES, -1), -1)
    last = next((at for at in near if kept[at].strip()), -1)
    if last < 0 or not COLON.search(kept[last]):
        return
    for first in range(last, max(last - ATTRIBUTION_LINES, -1), -1):
        if not kept[first].strip():
            return
        said = " ".join(kept[first : last + 1])
        if is_dated(said) or is_about_us(said, ours):
            while first and is_dated(said := kept[first - 1]) and not said.endswith((".", "。", "!", "?")):
                first -= 1
            del kept[first:]
            return


def is_about_us(said: str, ours: Ours) -> bool:
    return any(address in said.lower() for address in ours.addresses) or bool(ours.name and ours.name in said)


def join_gaps(lines: list[str]) -> list[str]:
    """Of several empty lines, which are left where quotes stood, one."""
    return [line for at, line in enumerate(lines) if line.strip() or (at and lines[at - 1].strip())]


def without_tagline(lines: list[str]) -> list[str]:
    end = len(lines)
    while end and (not lines[end - 1].strip() or is_tagline(lines[end - 1])):
        end -= 1
    return lines[:end]


def is_tagline(line: str) -> bool:
    return len(line) <= LONGEST_TAGLINE and bool(SENT.search(line)) and bool(DEVICE.search(line))
