"""What is answered when somebody has changed a message, or could not."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from rooms.feeds import RoomFeed
from rooms.live import Changes, Position
from rooms.models import Archived, Message
from rooms.models.pins import MOST_PINS, TooManyPins
from rooms.posting import ARCHIVED
from rooms.views.history import render_changes


def change(verb: Callable[..., None], *arguments: Any) -> list[Any]:
    """Call a message's verb; return what has to be said when that cannot be."""
    try:
        verb(*arguments)
    except Archived:
        return [ARCHIVED]
    except TooManyPins:
        return [_("This room has %(count)d pins already. Take one off first.") % {"count": MOST_PINS}]
    return []


def show_change(request: HttpRequest, message: Message) -> HttpResponse:
    """The message as it is now, seen even where sockets are blocked."""
    if not request.htmx:
        return redirect(message)
    change = Changes(message.position, Position(message.room.epoch, message.clock), [message])
    return render_changes(RoomFeed(message.room_id), change)


def show_refusal(request: HttpRequest, message: Message, errors: list[Any], template: str) -> HttpResponse:
    """Say why nothing has changed: beside the page as it is, or without JavaScript on the page that asked."""
    template = "live/not_posted.html" if request.htmx else template
    return render(request, template, {"message": message, "errors": errors}, status=409)


def show_done(request: HttpRequest, message: Message, text: str, url: str = "") -> HttpResponse:
    """Say what was done where the page does not show it; `url` does."""
    if request.htmx:
        return render(request, "live/done.html", {"text": text, "url": url})
    messages.success(request, text)
    return redirect(message)
