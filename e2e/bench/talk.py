"""What a team of many rooms has said, for searching in it. Runs in an installation's own process: see searches.py.

Words are as frequent as in a language (Zipf), and what is written in Japanese is made of the sample team's sentences.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import timedelta
from itertools import accumulate, batched
from random import Random
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from rooms.demo.corpus import FOLDER
from rooms.models import Membership, Message, Room, User
from rooms.search.filling import fill

BIG, SMALL, BIG_SHARE = 50, 150, 0.96
"""Rooms, and how much of everything was said in the big ones."""
RARE_EACH = 9_973
"""One message in so many has the rare word, and a rare name in Japanese."""

JAPANESE = re.compile(r"[\u3040-\u9fff]")
SYLLABLES = [f"{consonant}{vowel}" for consonant in "bdfgklmnprstvz" for vowel in ("a", "e", "i", "o", "ou")]
FREQUENT = [
    "the",
    "of",
    "and",
    "to",
    "in",
    "is",
    "you",
    "that",
    "it",
    "for",
    "on",
    "with",
    "as",
    "are",
    "this",
    "be",
    "at",
]

INDEX_LATER = ("DROP INDEX search_terms", "CREATE INDEX search_terms ON search_document USING gin (terms) "
               "WITH (gin_pending_list_limit = 256)")  # fmt: skip


def make_texts(count: int) -> Iterator[str]:
    random = Random(5)
    lines = [line.partition(": ")[2] for path in sorted(FOLDER.glob("*.txt")) for line in path.read_text().splitlines()]
    japanese = [
        part for line in lines if JAPANESE.search(line) for part in re.split(r"(?<=[、。はがをに])", line) if part
    ]
    made = ["".join(random.choices(SYLLABLES, k=random.choice([1, 2, 2, 3, 4]))) for _ in range(30_000)]
    words = [*FREQUENT, *sorted(set(" ".join(lines).lower().split())), *made]
    word_weights = list(accumulate(1 / (place + 3) for place in range(len(words))))
    for number in range(count):
        length = min(60, int(random.expovariate(1 / 9)) + 1)
        if random.random() < 0.3:
            text = "".join(random.choices(japanese, k=max(1, length // 3)))
        else:
            text = " ".join(random.choices(words, cum_weights=word_weights, k=length))
        if number % RARE_EACH == 0:
            text += " kittiwake 珊瑚礁"
        # A topic of the first quarter, of which nobody speaks any more.
        yield f"{text} regatta" if number * 4 < count and number % 3 == 0 else text


def open_rooms(count: int) -> tuple[list[Room], list[int]]:
    """The rooms, and of each message in which it was said. Every other person, from the first on, is in the big ones,
    the others in three small ones."""
    people = list(User.objects.filter(email__startswith="u").order_by("pk"))
    many, few = people[::2], people[1::2]
    Membership.objects.filter(user__in=people).delete()
    rooms = [
        Room(kind="closed", slug=f"room-{number}", name=f"Room {number}", creator=many[0])
        for number in range(BIG + SMALL)
    ]
    Room.objects.bulk_create(rooms)
    share = [*[BIG_SHARE / BIG] * BIG, *[(1 - BIG_SHARE) / SMALL] * SMALL]
    said_in = Random(9).choices(range(BIG + SMALL), weights=share, k=count)
    for number, room in enumerate(rooms):
        room.clock = said_in.count(number)
    Room.objects.bulk_update(rooms, ["clock"])
    for some, users in ((rooms[:BIG], many), (rooms[-3:], few)):
        Membership.objects.bulk_create(
            [Membership(room=room, user=user, read_position=room.clock) for room in some for user in users]
        )
    return rooms, said_in


def make_rows(count: int) -> Iterator[dict[str, Any]]:
    rooms, said_in = open_rooms(count)
    people = list(User.objects.order_by("pk").values_list("pk", flat=True))
    positions, now = [0] * len(rooms), timezone.now()
    for number, (text, place) in enumerate(zip(make_texts(count), said_in, strict=True)):
        positions[place] += 1
        yield {
            "room_id": rooms[place].pk, "author_id": people[number % len(people)], "key": f"said-{number}",
            "body": text, "position": positions[place], "clock": positions[place],
            "created_at": now - timedelta(days=730) * (count - number) / count,
        }  # fmt: skip


def talk(count: int) -> float:
    """Fill the installation with so many messages, and its index; return how many seconds that took."""
    blank = Message(key="", body="", position=0, clock=0, room_id=0, author_id=0)
    fields = [field for field in Message._meta.concrete_fields if not field.primary_key]
    columns = ", ".join(f'"{field.column}"' for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    for rows in batched(make_rows(count), 5_000):
        values = [
            [
                field.get_db_prep_save(row.get(str(field.column), getattr(blank, field.attname)), connection)
                for field in fields
            ]
            for row in rows
        ]
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany(f"INSERT INTO rooms_message ({columns}) VALUES ({marks})", values)
    begin = time.perf_counter()
    with without_index():
        for _ in fill(batch=2_000):
            pass
    return time.perf_counter() - begin


class without_index:
    """PostgreSQL sorts a whole index sooner than it puts a million messages into one."""

    def __enter__(self) -> None:
        self.execute(INDEX_LATER[0])

    def __exit__(self, *exception: object) -> None:
        self.execute(INDEX_LATER[1])
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("ANALYZE")  # As its autovacuum would.

    def execute(self, statement: str) -> None:
        if connection.vendor == "postgresql":
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL statement_timeout = 0")
                cursor.execute(statement)
