"""E-mail: text and HTML, in the recipient's language, with a way out of it that needs no password."""

from __future__ import annotations

import smtplib
import ssl
from email.policy import Policy, default
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from rooms.models import Workspace
from rooms.outside.digest import Digest, absolute
from rooms.outside.models import Target
from rooms.outside.replies import make_address
from rooms.outside.trouble import Permanent, Temporary, innermost, say_why

SIGNER = signing.Signer(salt="rooms.outside.unsubscribe")


def email(target: Target, digest: Digest) -> None:
    """Send it. Raises Trouble."""
    if not settings.EMAIL_URL:
        raise Temporary(_("this installation sends no e-mail"), ours=True)
    if not target.user.email:
        raise Permanent(_("the account has no e-mail address"))
    if not target.is_confirmed:
        raise Temporary(_("the address is not confirmed yet"), ours=True)
    send(compose(target, digest))


def send(message: Email) -> None:
    """Give it to the mail server. Raises Trouble."""
    try:
        message.send()
    except smtplib.SMTPRecipientsRefused as error:
        judge(*next(iter(error.recipients.values())))
    except smtplib.SMTPDataError as error:
        raise Temporary(describe_answer(error.smtp_code, error.smtp_error)) from error
    except (smtplib.SMTPException, ssl.SSLError, OSError) as error:
        reason = _("the mail server of this installation: %(reason)s") % {"reason": explain(error)}
        raise Temporary(reason, ours=True) from error


def judge(code: int, reason: bytes | str) -> None:
    text = describe_answer(code, reason)
    raise Permanent(text) if code >= 500 else Temporary(text)


def describe_answer(code: int, reason: bytes | str) -> str:
    return _("the mail server answered %(answer)s") % {"answer": f"{code} {readable(reason)}"}


def readable(reason: bytes | str) -> str:
    text = reason.decode(errors="replace") if isinstance(reason, bytes) else reason
    return " ".join(text.split())[:120]


def explain(error: Exception) -> str:
    """What the mail server said, or what smtplib misses in it; what the system says, in words for people."""
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {readable(error.smtp_error)}"
    if isinstance(innermost(error), smtplib.SMTPException):
        return readable(str(error)) or type(error).__name__
    return say_why(error)


class Email(EmailMultiAlternatives):
    """With headers in one line each. Python breaks an address that is too long for one in pieces and encodes them,
    which no mail program takes for an address any more.
    """

    LONGEST_LINE = 990
    """RFC 5322 allows 998 characters."""

    def message(self, *, policy: Policy | None = None) -> Any:
        return super().message(policy=(policy or default).clone(max_line_length=self.LONGEST_LINE))


def compose(target: Target, digest: Digest) -> Email:
    """A message that says the same twice. Its headers hold nothing that somebody has written but the subject."""
    host = urlsplit(settings.BASE_URL).hostname or "localhost"
    way_out = absolute(reverse("unsubscribe", args=[SIGNER.sign(str(target.pk))]))
    workspace = Workspace.current()
    reply_to = make_address(target.user, digest.answerable) if digest.answerable else ""
    context = {
        **{"reply_to": reply_to, "answerable": digest.answerable},
        **{"digest": digest, "unsubscribe": way_out, "settings": absolute(reverse("outside")), "base": absolute("/")},
        **{"user": target.user, "team": workspace.name if workspace else "Rooms"},
    }
    message = Email(
        digest.subject,
        render_to_string("outside/email.txt", context),
        settings.DEFAULT_FROM_EMAIL,
        [target.user.email or ""],
        reply_to=[reply_to] if reply_to else None,
        headers={
            "Message-ID": f"<{digest.key}@{host}>",
            "List-Id": f"<notifications.{host}>",
            "List-Unsubscribe": f"<{way_out}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
        },
    )
    message.attach_alternative(render_to_string("outside/email.html", context), "text/html")
    return message
