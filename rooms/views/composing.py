"""What a composer is made of: its key and those after it, the text so far, and what it replies to."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from rooms.models import Message, Room
from rooms.posting import find_original

COMPOSERS_AHEAD = 3
"""How many composers a page keeps in the browser's cache, so that sending never waits for the next one."""


def compose(room: Room, key: str, reply_to: Message | None = None) -> dict[str, Any]:
    """The context of a composer: its key, and where the ones after it are found."""
    base, _, number = key.rpartition("-")
    count = int(number) if base and number.isdigit() and len(number) < 9 else 1
    urls = [reverse("composer", args=[room.slug, f"{base or key}-{count + n}"]) for n in range(1, COMPOSERS_AHEAD + 1)]
    first = count == 1
    return {
        "room": room,
        "key": key,
        "reply_to": reply_to,
        "next_url": urls[0],
        "warm_urls": urls if first else urls[-1:],
    }


def read_draft(request: HttpRequest, room: Room) -> dict[str, Any]:
    """What somebody has put into a composer so far."""
    values = request.POST
    return {
        "body": values.get("body", ""),
        "long": values.get("long") == "1",
        "reply_to": find_original(room, values.get("reply_to")),
    }


def give_back(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """A composer in the place of another, with its text."""
    return render(request, "messages/composer.html", context)
