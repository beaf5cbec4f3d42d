"""Put all messages into the search index, now and without pauses."""

from typing import Any

from django.core.management.base import BaseCommand

from rooms.search.filling import fill


class Command(BaseCommand):
    help = "Put messages that are not in the search index into it. The server does it by itself, more slowly."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"Put {sum(fill()):,} messages into the search index.")
