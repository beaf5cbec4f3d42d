"""The address to which an e-mail is answered: who answers, in which room, and what, signed.

It is lower case and digits only, since some mail servers write addresses so, and fits into the 64 characters that
may stand before the @. Whoever knows it is its reader, or somebody they gave it to; it is good for VALID, and for as
long as nobody changes the person's password or address or closes the account.
"""

from __future__ import annotations

import binascii
from base64 import b32decode, b32encode
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth import get_user_model
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

if TYPE_CHECKING:
    from rooms.models import User

SALT = "rooms.outside.reply"
VALID = timedelta(days=30)

MAC_BYTES = 10
"""Half of what is usual: nobody can try it out but by sending mails, and each such mail is one guess."""

LONGEST = 48
"""Letters of what is signed and its signature. Ids up to four million million fit in."""

DAY_ZERO = date(2020, 1, 1)


class NoSuchReply(Exception):
    """No such address was ever given to anybody, or it is not good any more."""


@dataclass(frozen=True)
class Answerable:
    """What an e-mail is about, where one can answer: a room, and the newest message it told of (0: of none)."""

    room_id: int
    message_id: int = 0
    single: bool = False
    """Whether that message is all it told, so that an answer replies to it."""
    direct: bool = False


@dataclass(frozen=True)
class Ticket:
    """What an address says."""

    user: User
    room_id: int
    message_id: int
    single: bool
    expired: bool


def make_address(user: User, about: Answerable) -> str:
    """Where this person answers what an e-mail is about; "" where nothing is answered by e-mail."""
    if not settings.REPLY_ADDRESS:
        return ""
    facts = pack(user.pk, about.room_id, about.message_id * 2 + about.single, (timezone.now().date() - DAY_ZERO).days)
    token = b32encode(facts + sign(facts, user, settings.SECRET_KEY)).decode().rstrip("=").lower()
    local, _, domain = settings.REPLY_ADDRESS.partition("@")
    return f"{local}+{token}@{domain}" if len(token) <= LONGEST else ""


def is_ours(address: str) -> bool:
    """Whether it looks like one of these, good or not."""
    local, _, domain = settings.REPLY_ADDRESS.partition("@")
    address = address.lower()
    return bool(local) and address.startswith(f"{local}+") and address.endswith(f"@{domain}")


def read_address(address: str) -> Ticket:
    """What an address says, as long as it is good. Raises NoSuchReply."""
    facts, mac = split(address)
    try:
        user_id, room_id, message, day = unpack(facts)
        written = DAY_ZERO + timedelta(days=day)
    except (ValueError, OverflowError):
        raise NoSuchReply from None
    user = get_user_model().objects.filter(pk=user_id, is_active=True).first()
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    if user is None or not any([constant_time_compare(mac, sign(facts, user, key)) for key in keys]):
        raise NoSuchReply
    return Ticket(user, room_id, message // 2, bool(message % 2), timezone.now().date() - written > VALID)


def split(address: str) -> tuple[bytes, bytes]:
    if not is_ours(address):
        raise NoSuchReply
    token = address.partition("+")[2].rpartition("@")[0].upper()
    try:
        known = b32decode(token + "=" * (-len(token) % 8)) if len(token) <= LONGEST else b""
    except (binascii.Error, ValueError):
        raise NoSuchReply from None
    return known[:-MAC_BYTES], known[-MAC_BYTES:]


def sign(facts: bytes, user: User, key: str) -> bytes:
    """What is signed with it, and changes with the password, an end of the account or another address, ends it."""
    signed = f"{facts.hex()} {user.session_epoch} {user.password} {user.email}"
    return salted_hmac(SALT, signed, secret=key, algorithm="sha256").digest()[:MAC_BYTES]


def pack(*numbers: int) -> bytes:
    """Seven bits a byte, the lowest first; the eighth says that more follow (LEB128)."""
    packed = bytearray()
    for number in numbers:
        while number > 0x7F:
            packed.append(number & 0x7F | 0x80)
            number >>= 7
        packed.append(number)
    return bytes(packed)


def unpack(packed: bytes) -> list[int]:
    numbers, number, shift = [], 0, 0
    for byte in packed:
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            numbers.append(number)
            number = shift = 0
    if shift or any(number >= 1 << 62 for number in numbers):
        raise ValueError
    return numbers
