"""An answer by e-mail on its way into the room.

Whoever has the address of an answer (`rooms.outside.replies`) can write in that person's name, so the mail has to be
from the person's own address as well. That is no proof, since anybody can write any From; but an address that was
handed on by "reply to all", or in a forwarded mail, then speaks for nobody by mistake. What a mail server finds out
about forged senders (SPF, DKIM, DMARC) it has to act on before it gives a mail to us.
"""

from __future__ import annotations

import enum
import logging
from collections.abc import Iterable
from email.utils import parseaddr
from hashlib import sha256

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.translation import gettext as _

from rooms.commands import COMMANDS, peek
from rooms.files.models import Attachment
from rooms.files.uploading import MOST_FILES, upload
from rooms.models import Membership, Message, Room
from rooms.outages import in_passing
from rooms.outside.gathering import reading_as
from rooms.outside.replies import NoSuchReply, Ticket, is_ours, read_address
from rooms.posting import ARCHIVED, TooFast, post
from rooms.replying.notices import tell
from rooms.replying.quotes import Ours, find_new
from rooms.replying.reading import File, Mail, read

logger = logging.getLogger("rooms.replying")

PACE_SECONDS = 60
"""After which files that came too fast may come again."""


class Outcome(enum.Enum):
    """What became of a mail that is not to come again."""

    SAID = "said"
    PASSED_OVER = "passed over"
    """No person wrote it, and whoever answers robots talks to robots."""
    NOT_SAID = "not said"
    """Its sender is told why, if they have not heard too much of that."""


class Later(Exception):
    """It may be said in `wait` seconds: too much came at once, or there is no storage for its files just now."""

    def __init__(self, wait: int) -> None:
        super().__init__(f"try again in {wait} seconds")
        self.wait = wait


class NotSaid(Exception):
    """It never will be; `str` says why and what to do, to its sender in their language."""


def receive(raw: bytes, recipient: str = "") -> Outcome:
    """Say in a room what a mail says, as it came (RFC 5322). The same mail again says nothing more.

    `recipient`: whom the mail server says that it is for, if it does; otherwise the headers tell.

    Raises Unreadable, NoSuchReply, Later, and what the database does when it is away.
    """
    mail = read(raw)
    if robot := mail.find_robot():
        logger.info("A mail that no person wrote is passed over: %s", robot)
        return Outcome.PASSED_OVER
    ticket, address = find_ticket([recipient.strip().lower(), *mail.recipients])
    key = make_key(mail, ticket)
    with reading_as(ticket.user):
        try:
            say(ticket, mail, key, address)
        except NotSaid as refusal:
            logger.info("An answer of person %s to room %s was not said", ticket.user.pk, ticket.room_id)
            tell(ticket.user, str(refusal), mail, key)
            return Outcome.NOT_SAID
    return Outcome.SAID


def find_ticket(addresses: Iterable[str]) -> tuple[Ticket, str]:
    """The first of these addresses that is a good one of ours, and what it says. Raises NoSuchReply."""
    for address in dict.fromkeys(filter(is_ours, addresses)):
        try:
            return read_address(address), address
        except NoSuchReply:
            continue
    raise NoSuchReply


def make_key(mail: Mail, ticket: Ticket) -> str:
    """The key of the message that it becomes: the same mail to two rooms is two."""
    return f"mail-{sha256(f'{ticket.room_id} {mail.id}'.encode()).hexdigest()[:40]}"


def say(ticket: Ticket, mail: Mail, key: str, address: str) -> None:
    """Raises NotSaid, Later."""
    user = ticket.user
    if user.messages.filter(key=key).exists():
        return  # It came before. Its files would be uploaded once more.
    check_sender(ticket, mail)
    membership = find_membership(ticket)
    body = find_new(mail.text, make_ours(address))
    check(membership.room, body, mail)
    try:
        files = [keep(membership, key, file) for file in mail.files]
        original = ticket.message_id if ticket.single else None
        message = post(user, membership.room, {"body": body, "key": key, "reply_to": original, "file": files})
    except (ValidationError, Room.DoesNotExist, Later, TooFast) as error:
        raise translate(error) from None
    finally:
        if mail.files:  # What was not sent would stand in the person's next composer.
            Attachment.objects.filter(owner=user, key=key).take_back()
    if isinstance(message, Message):
        with in_passing():
            read_what_was_told(membership, ticket.message_id)


def translate(error: Exception) -> Exception:
    if isinstance(error, TooFast):
        return Later(error.wait)
    if isinstance(error, ValidationError) and getattr(error, "code", "") == "files":
        return Later(PACE_SECONDS)  # The same mail came twice at once, and the other has taken the files back.
    if isinstance(error, ValidationError):
        return NotSaid(" ".join(error.messages))
    return NotSaid(_("You are not in this room any more.")) if isinstance(error, Room.DoesNotExist) else error


def check_sender(ticket: Ticket, mail: Mail) -> None:
    if mail.sender != (ticket.user.email or "").lower():
        explained = _("It did not come from the address of your account. Send it from %(address)s.")
        raise NotSaid(explained % {"address": ticket.user.email})
    if ticket.expired:
        raise NotSaid(
            _("The mail that you answered is too old: that is possible for 30 days. Write in the room itself.")
        )


def find_membership(ticket: Ticket) -> Membership:
    found = ticket.user.memberships.select_related("room").filter(room=ticket.room_id).first()
    if found is None:
        raise NotSaid(_("You are not in this room any more."))
    return found


def check(room: Room, body: str, mail: Mail) -> None:
    """Refuse what `post` would, before any file is kept; and what is not for mails."""
    if room.archived_at:
        raise NotSaid(str(ARCHIVED))
    if not body.strip() and not mail.files:
        raise NotSaid(_("There was no text in it but what it quotes. Write your answer above that."))
    if len(mail.files) > MOST_FILES:
        raise NotSaid(_("At most %(count)d files in a message.") % {"count": MOST_FILES})
    call = peek(body)
    if call and COMMANDS[call.word].says is None:
        # A mail says who it is from and cannot prove it: it may say things, and change nothing.
        explained = _("/%(word)s does nothing in an e-mail. Give it in the room itself.")
        raise NotSaid(explained % {"word": call.word})


def make_ours(address: str) -> Ours:
    name, sender = parseaddr(settings.DEFAULT_FROM_EMAIL)
    secrets = (address.partition("@")[0], f"{settings.BASE_URL}/outside/unsubscribe/".lower())
    return Ours((sender.lower(),), name, secrets)


def keep(membership: Membership, key: str, file: File) -> int:
    """Keep a file for the message that the mail becomes; return its id."""
    try:
        uploaded = SimpleUploadedFile(file.name, file.content)
        return upload(membership.user, membership.room, key, uploaded).pk
    except ValidationError as error:
        if error.code == "pace":
            raise Later(PACE_SECONDS) from None
        raise ValidationError(f"{file.name}: {' '.join(error.messages)}") from None
    except OSError:
        raise Later(PACE_SECONDS) from None


def read_what_was_told(membership: Membership, message_id: int) -> None:
    """Whoever answers a mail has read what it told. The room itself is read as far where it told all of that."""
    told = Message.objects.filter(pk=message_id, room=membership.room_id).first()
    if told is None:
        return
    user = membership.user
    untold = membership.find_unread().filter(position__lte=told.position).exclude(notifications__recipient=user)
    if membership.unread_held or untold.exists():
        user.notifications.filter(position__lte=told.position).read_all(user, membership.room)
    else:
        membership.read(told.position)
