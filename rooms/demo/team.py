"""The rows of the sample team."""

import base64
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from itertools import batched, chain
from random import Random
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.crypto import salted_hmac

from rooms.demo.corpus import read_conversations, read_team
from rooms.demo.reactions import add_reactions, make_rows
from rooms.demo.script import PAST, Cast, Said, write_script
from rooms.live import without_bells
from rooms.models import Membership, Message, Room, User, Workspace
from rooms.models.following import Before, goes_on
from rooms.models.reaction import Reaction

DOMAIN = "tabi.example"
BATCH = 250

Progress = Callable[[int, int], None]
"""Called with how many messages are written, and of how many."""


def find_people() -> QuerySet[User]:
    return User.objects.filter(Q(email__endswith=f"@{DOMAIN}") | Q(former_email__endswith=f"@{DOMAIN}"))


def find_sign_ins() -> list[User]:
    """The two people that whoever tries Rooms can be."""
    emails = [f"{key}@{DOMAIN}" for key in read_team()["sign_ins"]]
    return [user for email in emails for user in User.objects.filter(email=email)]


def get_password(person: User) -> str:
    """A password that need not be kept and that no other installation has: it follows from the secret key."""
    letters = (
        base64.b32encode(salted_hmac("rooms.demo", str(person.email), algorithm="sha256").digest()).decode().lower()
    )
    return f"{letters[:4]}-{letters[4:8]}-{letters[8:12]}"


def create_team(count: int, progress: Progress) -> None:
    """Create the sample team with about `count` messages; all of it or, when interrupted, nothing.

    Rings no bells: open pages see it as one change, at the next sweep.
    """
    now = timezone.now()
    # Without a seed there would be another team each time: no two pictures of it would match.
    random, team = Random(7), read_team()  # noqa: S311 (nothing here is secret)
    with transaction.atomic(), without_bells():
        people = create_people(team, now)
        rooms = [create_room(row, people, now) for row in team["rooms"]]
        called = {row["key"]: row["called"] for row in team["people"]}
        scripts = []
        for row in team["rooms"]:
            cast = Cast({key: people[key] for key in row.get("people", people)}, called, team["words"])
            scripts.append(write_script(read_conversations(row["key"]), cast, count * row["share"] // 100, now, random))
        made = [
            make_messages(room, row["key"], script)
            for row, room, script in zip(team["rooms"], rooms, scripts, strict=True)
        ]
        # Numbered in the order of their times, as if they had been posted: so they are searched.
        messages = sorted(chain(*made), key=lambda message: (message.created_at, message.room_id, message.position))
        members = {
            room.pk: [people[key] for key in row.get("people", people)]
            for row, room in zip(team["rooms"], rooms, strict=True)
        }
        add_reactions(messages, members, random)
        for number, rows in enumerate(batched(messages, BATCH)):
            Message.objects.bulk_create(rows)
            Reaction.objects.bulk_create(make_rows(rows))
            progress(number * BATCH + len(rows), len(messages))
        for row, room in zip(team["rooms"], rooms, strict=True):
            mark_read(room, {people[key]: unread for key, unread in row["unread"].items()})


def create_people(team: Mapping[str, Any], now: datetime) -> dict[str, User]:
    """The people by key. In a team that is there already nobody of them administers."""
    guests = Workspace.current() is not None
    if not guests:
        Workspace.objects.create(name=team["name"])
    people = {}
    for row in team["people"]:
        person = User(email=f"{row['key']}@{DOMAIN}", name=row["name"], language=row["language"])
        person.time_zone, person.role = row["time_zone"], User.Role.MEMBER if guests else row["role"]
        if row["key"] in team["sign_ins"]:
            person.set_password(get_password(person))
        else:
            person.set_unusable_password()
        User.objects.welcome(person)
        people[row["key"]] = person
    User.objects.filter(pk__in=[person.pk for person in people.values()]).update(created_at=now - PAST)
    return people


def create_room(row: Mapping[str, Any], people: Mapping[str, User], now: datetime) -> Room:
    chosen = [people[key] for key in row.get("people", ())]
    if row["kind"] == Room.Kind.DIRECT:
        room = Room.objects.direct_between(chosen)
    else:
        creator = chosen[0] if chosen else people["mia"]
        room = Room.objects.open_up(row["kind"], name=row["name"], topic=row["topic"], creator=creator, people=chosen)
    Room.objects.filter(pk=room.pk).update(created_at=now - PAST)
    return room


def make_messages(room: Room, key: str, script: Iterable[Said]) -> list[Message]:
    """The messages of a room, as its clock would have counted them: a tick for each post, edit and erasure."""
    facts, before = [], Before()
    for number, said in enumerate(script):
        message = Message(room=room, author=said.author, key=f"demo-{key}-{number}", body=said.body)
        facts.append((said.at, "position", message))
        if said.changed_at:
            facts.append((said.changed_at, said.fate, message))
    for at, fact, message in sorted(facts, key=lambda entry: entry[0]):
        room.clock += 1
        message.clock = room.clock
        if fact == "position":
            message.position, message.created_at = room.clock, at
            message.previous_at, message.follows = (
                before.created_at,
                goes_on(before, message.author_id, message.body, at),
            )
            before = Before(message.author_id, at)
        elif fact == "edited":
            message.edited_at = at
        else:
            message.body, message.erased_at, message.erased_by = "", at, message.author
    room.save(update_fields=["clock"])
    return [message for _, fact, message in facts if fact == "position"]


def mark_read(room: Room, unread: Mapping[User, int]) -> None:
    """Everybody has read everything, but for so many messages at the end: of others, and none that was erased."""
    Membership.objects.filter(room=room).update(read_position=room.clock)
    for person, count in unread.items():
        others = room.messages.filter(erased_at=None).exclude(author=person)
        positions = others.order_by("-position").values_list("position", flat=True)
        read_position = positions[count : count + 1].first() or 0
        Membership.objects.filter(room=room, user=person).update(read_position=read_position)
