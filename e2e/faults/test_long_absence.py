"""Ten thousand posts while one page is away: it comes back to the last page of them, at the price of a page (F38)."""

from __future__ import annotations

import time

from e2e.faults.kernel import process
from e2e.server import Server
from e2e.sockets import call_up

MEGABYTE = 1024 * 1024

FILL = """
from django.db import transaction
from django.utils import timezone
from rooms.models import Message, Room, User
room, author, now = Room.objects.get(slug="lobby"), User.objects.get(pk={author}), timezone.now()
ticks = range(room.clock + 1, room.clock + 1 + {count})
with transaction.atomic():
    Message.objects.bulk_create(
        Message(room=room, author=author, key=f"k-{{tick}}", body=f"Number {{tick}} " + "of many " * 10,
                position=tick, clock=tick, created_at=now) for tick in ticks)
    Room.objects.filter(pk=room.pk).update(clock=ticks[-1])
"""


def test_ten_thousand_posts_are_one_page(server: Server) -> None:
    alice, bob = call_up(server, "Alice", "Bob")
    away, witness = alice.open(), bob.open()
    server.shell(FILL.format(author=bob.id, count=100))
    for tab in (away, witness):
        tab.socket.until("Number 100 ", 5)
        tab.take_in()
    away.socket.connection.close()
    server.shell(FILL.format(author=bob.id, count=10_000))
    witness.socket.until("Number 10100 ", 5)
    memory, began = process(server).memory_info().rss, time.monotonic()

    away.connect()
    seconds = time.monotonic() - began
    size = sum(len(frame.encode()) for frame in away.socket.frames)
    grown = process(server).memory_info().rss - memory
    print(f"{size} bytes, {seconds * 1000:.0f} ms, {grown / MEGABYTE:.1f} MB more")

    assert 'hx-target="#log"' in "".join(away.socket.frames)
    assert size < 150_000
    assert seconds < 2
    assert grown < 10 * MEGABYTE
    away.assert_equals_reload()
    witness.assert_equals_reload()
