"""The people of an installation, their sessions, and what has been said: real rows, made fast."""

from __future__ import annotations

import json
from dataclasses import dataclass

from e2e.server import Server

FOUND = """
import json
from datetime import timedelta
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import transaction
from django.middleware.csrf import CSRF_SESSION_KEY
from django.utils import timezone
from django.utils.crypto import get_random_string
from rooms.models import Membership, Room, User, Workspace

def session_of(user):
    values = {
        SESSION_KEY: str(user.pk),
        BACKEND_SESSION_KEY: "django.contrib.auth.backends.ModelBackend",
        HASH_SESSION_KEY: user.get_session_auth_hash(),
        CSRF_SESSION_KEY: "token" * 6 + "to",
    }
    data = SessionStore().encode(values)
    return Session(session_key=get_random_string(32), session_data=data, expire_date=timezone.now() + timedelta(days=9))

with transaction.atomic():
    Workspace.set_up(team="Bench", room="Lobby", email="first@example.org", name="First", password="first of many")
    room = Room.objects.get(slug="lobby")
    people = [User(email=f"u{n}@example.org", name=f"Person {n}", password="!") for n in range(%(people)d)]
    people = User.objects.bulk_create(people)
    Membership.objects.bulk_create([Membership(room=room, user=user) for user in people])
    sessions = Session.objects.bulk_create([session_of(user) for user in people])
print(json.dumps({"room": room.pk, "epoch": room.epoch, "sessions": [session.session_key for session in sessions]}))
"""

FILL = """
from datetime import timedelta
from django.db import connection, transaction
from django.utils import timezone
from rooms.models import Membership, Message, Room, User

room, first = Room.objects.get(slug="lobby"), User.objects.get(email="u0@example.org")
model = Message(room=room, author=first, key="", body="", position=0, clock=0)
model.created_at = timezone.now() - timedelta(hours=1)
values = {field.column: field.get_db_prep_save(getattr(model, field.attname), connection)
          for field in Message._meta.concrete_fields if not field.primary_key}
number = "CAST(numbers.i AS INTEGER)"
made = {
    "author_id": f"{first.pk} + {number} %%%% %(people)d",
    "key": "'said-' || numbers.i",
    "body": "'Message ' || numbers.i || ': see you at the gate at nine, and bring gloves: it is cold on the water.'",
    "position": number,
    "clock": number,
}
columns = ", ".join(f'"{column}"' for column in values)
chosen = ", ".join(made.get(column, "%%s") for column in values)
given = [value for column, value in values.items() if column not in made]
with transaction.atomic(), connection.cursor() as cursor:
    if connection.vendor == "postgresql":
        cursor.execute("SET LOCAL statement_timeout = 0")
    cursor.execute(f"WITH RECURSIVE numbers(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < %(count)d) "
                   f"INSERT INTO rooms_message ({columns}) SELECT {chosen} FROM numbers", given)
    Room.objects.filter(pk=room.pk).update(clock=%(count)d)
    Membership.objects.filter(room=room).update(read_position=%(count)d)
if connection.vendor == "postgresql":
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # As its autovacuum would. Nothing ever gathers statistics in SQLite.
print(room.messages.order_by("-position").values_list("pk", flat=True)[0])
"""


@dataclass(frozen=True)
class Team:
    """Everybody is in one open room, the Lobby, speaks English and has a session."""

    room: int
    epoch: str
    sessions: list[str]
    clock: int
    newest: int
    """The id of the last message."""

    token = "token" * 6 + "to"
    """The CSRF token of every session."""

    def headers(self, number: int, origin: str) -> dict[str, str]:
        """What the browser of one of them sends along."""
        return {"Cookie": f"session={self.sessions[number % len(self.sessions)]}", "Origin": origin}


def found_team(installation: Server, people: int, messages: int) -> Team:
    """Fill an empty installation. The room has so many messages, all of them read by everyone."""
    found = json.loads(installation.shell(FOUND % {"people": people}).splitlines()[-1])
    newest = installation.shell(FILL % {"people": people, "count": messages})
    return Team(**found, clock=messages, newest=int(newest.splitlines()[-1]))
