"""Whether an address wants e-mail: asked once, by a mail in which nothing stands that a member has written.

Addresses are what people type when they sign up, so any may be somebody else's.
"""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core import signing
from django.db import transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from rooms.models import Workspace
from rooms.outside.digest import make_key
from rooms.outside.gathering import reading_as
from rooms.outside.mail import Email, send
from rooms.outside.models import Question, Target
from rooms.outside.trouble import Trouble

SALT = "rooms.outside.confirm"
VALID = timedelta(days=3)

DAY = timedelta(days=1)
LIMIT = 3
"""Such mails in a day, for each person and for each address."""


class AskedEnough(Exception):
    """There were LIMIT of them in the last DAY."""


def make_path(target: Target) -> str:
    return reverse("confirmation", args=[signing.dumps([target.pk, target.user.email], salt=SALT)])


def find_target(token: str) -> tuple[Target | None, str]:
    """What a token confirms, and for which address; None where there is nothing to confirm any more.

    Raises django.core.signing.BadSignature.
    """
    try:
        pk, address = signing.loads(token, salt=SALT, max_age=VALID)
    except signing.SignatureExpired:
        return None, ""
    theirs = Target.objects.filter(pk=pk, kind=Target.Kind.EMAIL, user__is_active=True, user__email=address)
    return theirs.select_related("user").first(), address


def ask(target: Target, site: str) -> None:
    """Send the mail that asks. `site` is what its link begins with. Raises Trouble, AskedEnough."""
    question = count(target)
    try:
        with reading_as(target.user):
            send(compose(target, f"{site}{make_path(target)}"))
    except Trouble:
        question.delete()  # Nobody was asked.
        raise


@transaction.atomic
def count(target: Target) -> Question:
    now, address = timezone.now(), target.user.email or ""
    get_user_model().objects.select_for_update(no_key=True).get(pk=target.user_id)
    Question.objects.filter(asked_at__lte=now - DAY).delete()
    if Question.objects.filter(Q(user=target.user) | Q(address=address)).count() >= LIMIT:
        raise AskedEnough
    return Question.objects.create(user=target.user, address=address, asked_at=now)


def compose(target: Target, link: str) -> Email:
    workspace = Workspace.current()
    host = urlsplit(link).hostname or "localhost"
    team = workspace.name if workspace else "Rooms"
    subject = " ".join((_("Do you want e-mail from %(team)s?") % {"team": team}).split())[:200]
    context = {"link": link, "team": team, "address": target.user.email, "subject": subject, "user": target.user}
    message = Email(
        subject,
        render_to_string("outside/question.txt", context),
        settings.DEFAULT_FROM_EMAIL,
        [target.user.email or ""],
        headers={
            "Message-ID": f"<{make_key(link)}@{host}>",
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
        },
    )
    message.attach_alternative(render_to_string("outside/question.html", context), "text/html")
    return message
