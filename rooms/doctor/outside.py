"""What leaves the installation: links, e-mail, and whether anybody sends what is due."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

from django.conf import settings
from django.core.mail import mailers
from django.db import Error
from django.urls import reverse
from django.utils import timezone

from project.settings import without_password
from rooms.doctor.database import connect, look_for_file
from rooms.doctor.finding import Finding, away, describe, note, well
from rooms.outside.models import Target

OVERDUE = timedelta(minutes=2)
"""A worker looks every second, and has other targets to see to."""


def look_at_outside() -> Iterator[Finding]:
    if settings.BASE_URL:
        yield well("Links", f"begin with {settings.BASE_URL}")
    else:
        yield note("Links", "what is sent has none: the site's address is not known", "Set BASE_URL=https://…")
    yield look_at_email()
    yield look_at_answers()
    yield from look_at_sending()


def look_at_email() -> Finding:
    if not settings.EMAIL_URL:
        return note("E-mail", "off", "Set EMAIL_URL to let people have e-mail.")
    place = without_password(settings.EMAIL_URL)
    mailer = mailers.default
    try:
        mailer.open()
        mailer.close()
    except (OSError, smtplib.SMTPException) as error:
        return away("E-mail", f"{place}: {describe(error)}", "Look at EMAIL_URL. What is due waits, and is sent later.")
    return well("E-mail", f"{place} takes it, from {settings.DEFAULT_FROM_EMAIL}")


def look_at_answers() -> Finding:
    if not settings.REPLY_ADDRESS:
        return note("Answers", "off: e-mails cannot be answered", "Set REPLY_ADDRESS=reply@… to let people do so.")
    local, _, domain = settings.REPLY_ADDRESS.partition("@")
    doors = f"what comes to {local}+…@{domain} goes to `manage.py receive_mail`"
    if settings.REPLY_HOOK_TOKEN:
        doors += f", or to {settings.BASE_URL}{reverse('reply_hook')}"
    return well("Answers", doors)


def look_at_sending() -> Iterator[Finding]:
    """Whether something is due that nobody has looked at. That the database is away is another's to say."""
    with closing(connect()) as connection:
        if look_for_file(connection):
            return
        try:
            late = count_overdue()
        except Error:
            return
    who = "the server" if settings.WORKER == "embedded" else "manage.py worker"
    if late:
        remedy = "Run `python manage.py worker`, or set WORKER=embedded and let the server send."
        yield away("Sending", f"{late} targets have waited for more than two minutes", remedy)
    else:
        yield well("Sending", f"nothing is late; {who} sends (WORKER={settings.WORKER})")


def count_overdue() -> int:
    late = timezone.now() - OVERDUE
    due = Target.objects.filter(disabled_at=None, user__is_active=True, bursts__due_at__lt=late)
    return due.exclude(retry_at__gt=late).distinct().count()
