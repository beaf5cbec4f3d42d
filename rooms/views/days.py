"""To a day of a room's history."""

from datetime import date

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from rooms.models.dates import begin, find_first
from rooms.views.scoping import get_room


def go_to_day(request: HttpRequest, slug: str) -> HttpResponse:
    """Go to the first message of the day that `?on=` names, in the reader's time zone, or of the next on which there
    was one; after the newest, to that."""
    room = get_room(request, slug)
    position = find_first(room.messages.all(), "position", begin(read_day(request.GET["on"])))
    message = room.messages.filter(position__gte=position).order_by("position").first()
    if message is None:
        return redirect(room)
    return redirect(f"{room.get_absolute_url()}?around={message.pk}#message-{message.pk}")


def read_day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Http404 from None
