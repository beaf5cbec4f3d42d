"""The door for mail servers: one mail on standard input, and an exit code that tells them what to do with it."""

import logging
import os
import sys
from argparse import ArgumentParser
from typing import Any, NoReturn

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from rooms.outside.replies import NoSuchReply
from rooms.replying.reading import Unreadable
from rooms.replying.receiving import Later, receive

logger = logging.getLogger("rooms.replying")


class Command(BaseCommand):
    help = (
        "Say in its room what an answer to an e-mail says, which is read from standard input as it came (RFC 5322). "
        "Exit codes as mail servers know them: 0 done, 65 no mail, 67 no such address, 75 try again later."
    )
    requires_system_checks = ()  # They ask the database.

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("recipient", nargs="?", default="", help="whom it is for: reply+…@chat.example.org")

    def handle(self, *args: Any, recipient: str, **options: Any) -> None:
        if not settings.REPLY_ADDRESS:
            refuse("Nobody answers e-mails here: set REPLY_ADDRESS.", os.EX_NOUSER)
        raw = sys.stdin.buffer.read(settings.MAIL_BYTES + 1)
        if len(raw) > settings.MAIL_BYTES:
            refuse(f"The mail is larger than {settings.MAIL_BYTES // 1024 // 1024} MB.", os.EX_DATAERR)
        try:
            outcome = receive(raw, recipient)
        except Unreadable as error:
            refuse(f"This is no mail that can be read: {error}.", os.EX_DATAERR)
        except NoSuchReply:
            refuse("There is no such address, or it is not good any more.", os.EX_NOUSER)
        except Later as later:
            refuse(f"Not now: {later}.", os.EX_TEMPFAIL)
        except Exception:
            # A database that is away, or a fault of ours: in either case the mail is to come again, not to be lost.
            logger.exception("An answer by e-mail could not be taken")
            refuse("Not now. The log says why.", os.EX_TEMPFAIL)
        self.stdout.write(outcome.value)


def refuse(text: str, code: int) -> NoReturn:
    raise CommandError(text, returncode=code)
