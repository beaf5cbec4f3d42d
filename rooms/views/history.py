"""A room's log as it grows by pages at one end, and is cut at the other: a browser never holds more than `SHOWN`."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string

from rooms.feeds import RoomFeed
from rooms.live import Changes
from rooms.models import Room
from rooms.models.history import Page, find_edge


def render_history(request: HttpRequest, room: Room) -> HttpResponse:
    """The page of history before or after what a log shows; the newest page to whom asks for neither."""
    before, after = read_number(request, "before"), read_number(request, "after")
    if before is None and after is None:
        return render_present(room)
    feed = RoomFeed(room.pk)
    position = feed.position()  # Read before the page: what happens in between is then sent again, not lost.
    page = read_page(request, room)
    edge = find_edge(room, before=before, after=after)
    context = {"room": room, "feed": feed, "position": position, "page": page, "edge": edge}
    context |= {"upwards": before is not None, "unread": read_unread(request)}
    if before is not None:
        context["first"] = page.messages[0].position if page.messages else before
    else:
        context["last"] = room.messages.filter(position__lte=after).order_by("position").last()
    return render(request, "messages/history.html", context)


def render_present(room: Room) -> HttpResponse:
    feed = RoomFeed(room.pk)
    return render_changes(feed, feed.snapshot())


def render_changes(feed: RoomFeed, changes: Changes) -> HttpResponse:
    again = render_to_string("live/again.html", {"feed": feed, "position": changes.position})
    return HttpResponse(feed.render(changes) + again)


def read_page(request: HttpRequest, room: Room) -> Page:
    """The page of history that `?before=`, `?after=` (positions) or `?around=` (a message's id) asks for."""
    messages = room.messages.all()
    before, after, around = (read_number(request, name) for name in ("before", "after", "around"))
    if before is not None:
        return Page.before(messages, before)
    if after is not None:
        return Page.after(messages, after)
    if around is not None:
        return Page.around(messages, get_object_or_404(messages, pk=around).position)
    return Page.newest(messages)


def read_unread(request: HttpRequest) -> int | None:
    """The position of the first message that was new when the reader came, which a page's links pass on."""
    position = request.GET.get("unread", "")
    return int(position) if is_number(position) else None


def read_number(request: HttpRequest, name: str) -> int | None:
    """A number of the query string; 404 for what is none, as for a page that is not there."""
    value = request.GET.get(name)
    if value is None:
        return None
    if not is_number(value):
        raise Http404
    return int(value)


def is_number(value: str) -> bool:
    return value.isascii() and value.isdigit() and len(value) <= 18
