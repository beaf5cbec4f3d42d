"""What the test button sends."""

import secrets

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from rooms.outside.digest import Digest, Line, Section, absolute


def trial() -> Digest:
    where = absolute(reverse("outside"))
    line = Line("test", _("This is a test: what is new in Rooms reaches you here"), "", "", where, timezone.now())
    return Digest([Section("", where, [line], 1)], key=secrets.token_hex(16))
