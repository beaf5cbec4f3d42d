"""A short mail to somebody whose answer was not said: why, and what to do.

It goes to the address of their account and to no other: whatever a mail says to be from, nobody else is written to.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from rooms.models import Workspace
from rooms.outside.digest import absolute, make_key
from rooms.outside.mail import Email, send
from rooms.outside.trouble import Trouble
from rooms.replying.models import Notice

if TYPE_CHECKING:
    from rooms.models import User
    from rooms.replying.reading import Mail

logger = logging.getLogger("rooms.replying")


def tell(user: User, why: str, mail: Mail, key: str) -> None:
    """Tell somebody, in the language that is active. Once for a key, and not too often."""
    notice = Notice.objects.note(user, key)
    if notice is None:
        return
    try:
        send(compose(user, why, mail, key))
    except Trouble as trouble:
        # It is not tried again: a mail that comes twice is not looked at for the second time by then.
        logger.warning("Person %s was not told that an answer was not said: %s", user.pk, trouble)
        notice.delete()


def compose(user: User, why: str, mail: Mail, key: str) -> Email:
    host = urlsplit(settings.BASE_URL).hostname or "localhost"
    workspace = Workspace.current()
    team = workspace.name if workspace else "Rooms"
    subject = " ".join((_("Your answer was not posted in %(team)s") % {"team": team}).split())[:200]
    context = {"why": why, "team": team, "subject": subject, "user": user, "link": absolute("/rooms/")}
    headers = {
        "Message-ID": f"<{make_key(key)}@{host}>",
        "Auto-Submitted": "auto-replied",
        "X-Auto-Response-Suppress": "All",
    }
    if mail.id.startswith("<") and mail.id.isascii():
        headers |= {"In-Reply-To": mail.id, "References": mail.id}
    body = render_to_string("replying/notice.txt", context)
    message = Email(subject, body, settings.DEFAULT_FROM_EMAIL, [user.email or ""], headers=headers)
    message.attach_alternative(render_to_string("replying/notice.html", context), "text/html")
    return message
