"""Whether the doctor sees what is not sent. The whole of it is in e2e/test_doctor.py."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from e2e.services import free_port
from rooms.doctor.finding import Verdict
from rooms.doctor.outside import count_overdue, look_at_answers, look_at_email
from rooms.models import User
from rooms.outside.models import Burst, Target


def test_email_is_off_or_answers_or_does_not(settings: Any) -> None:
    settings.EMAIL_URL = ""
    assert look_at_email().verdict is Verdict.NOTE

    port = free_port()
    settings.EMAIL_URL = f"smtp://me:hunter2@127.0.0.1:{port}"
    options = {"host": "127.0.0.1", "port": port}
    settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": options}}
    finding = look_at_email()
    assert finding.verdict is Verdict.AWAY
    assert "refused" in finding.text
    assert "hunter2" not in finding.text


def test_answers_are_off_or_come_in_by_the_doors_there_are(settings: Any) -> None:
    settings.REPLY_ADDRESS = ""
    assert look_at_answers().verdict is Verdict.NOTE

    settings.BASE_URL, settings.REPLY_ADDRESS = "https://chat.example.org", "reply@chat.example.org"
    assert look_at_answers().text == "what comes to reply+…@chat.example.org goes to `manage.py receive_mail`"
    settings.REPLY_HOOK_TOKEN = "a-token-that-is-long-enough"
    finding = look_at_answers()
    assert finding.verdict is Verdict.WELL
    assert "https://chat.example.org/outside/replies/mime" in finding.text
    assert "a-token" not in finding.text


def test_what_is_late_is_counted(bob: User) -> None:
    target = Target.objects.add(bob, Target.Kind.PUSH, url="https://ntfy.sh/x")
    now = timezone.now()
    burst = Burst.objects.create(target=target, place=0, due_at=now - timedelta(minutes=1))
    assert count_overdue() == 0

    burst.due_at = now - timedelta(minutes=3)
    burst.save()
    assert count_overdue() == 1

    Target.objects.update(retry_at=now + timedelta(minutes=1))
    assert count_overdue() == 0
