"""What a composer is made of: its key and those after it, the text so far, and what it replies to."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from rooms.models import Draft, Message, Room, User
from rooms.models.draft import find_unsent
from rooms.posting import find_original, is_key, make_key
from rooms.views.attaching import give_files, list_files

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
        "takes_files": settings.TAKES_FILES,
        "reply_to": reply_to,
        "next_url": urls[0],
        "warm_urls": urls if first else urls[-1:],
    }


def take_up(user: User, room: Room, composer: dict[str, Any] | None, reply_to: Message | None) -> dict[str, Any]:
    """The composers of a page that is being opened: one with the latest draft, before it the other texts not sent.

    Each has another key than its draft, which may still be open elsewhere, and the composers after it as well.
    """
    drafts = find_unsent(user, room)
    if composer:
        shown = {composer["key"], composer.get("begun")}
        unsent = [fill(room, draft) for draft in reversed(drafts) if draft.key not in shown]
        return {**composer, "unsent": give_files(user, room, unsent)}
    latest, *others = [fill(room, draft) for draft in drafts] or [compose(room, make_key())]
    give_files(user, room, [latest, *others], rest=latest)
    return {**latest, "reply_to": reply_to or latest["reply_to"], "unsent": others[::-1]}


def fill(room: Room, draft: Draft) -> dict[str, Any]:
    # One line of text cannot hold a line break.
    long = draft.long or "\n" in draft.body
    return compose(room, make_key(), draft.reply_to) | {
        "body": draft.body,
        "long": long,
        "begun": draft.key,
        "restored": True,
    }


def read_draft(request: HttpRequest, room: Room) -> dict[str, Any]:
    """What somebody has put into a composer so far."""
    values = request.POST
    return {
        "body": values.get("body", ""),
        "long": values.get("long") == "1",
        "reply_to": find_original(room, values.get("reply_to")),
        "begun": values.get("begun", ""),
        "attachments": SimpleLazyObject(lambda: list_files(request, room, values.get("key", ""))),
    }


def keep(request: HttpRequest, room: Room, key: str, draft: dict[str, Any]) -> None:
    """Let what stands in a composer be there again when the page is."""
    if is_key(key):
        begun = draft["begun"] if is_key(draft["begun"]) else ""
        text = {"long": draft["long"], "reply_to": draft["reply_to"], "begun": begun}
        Draft.objects.keep(request.user, room, key, draft["body"].replace("\r\n", "\n"), **text)


def give_back(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """A composer in the place of another, with its text."""
    return render(request, "messages/composer.html", context)
