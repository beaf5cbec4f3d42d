"""Search: what was said in one's rooms, and what one has looked for lately."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from rooms.models import Room
from rooms.models.room import name_members
from rooms.outages import in_passing
from rooms.posting import TooFast, check_search_pace
from rooms.search.excerpts import excerpt
from rooms.search.filling import is_full
from rooms.search.finding import Found, search
from rooms.search.models import Recent
from rooms.search.query import Query, read_query
from rooms.views.history import read_number
from rooms.views.messages import slow_down
from rooms.views.scoping import member_required


@require_safe
@member_required
def find(request: HttpRequest) -> HttpResponse:
    """The page of search, and what is found for `?q=`, from `?before=` on. While one types, that alone."""
    text, before = read_text(request.GET.get("q", "")), read_number(request, "before")
    query = read_query(request.user, text)
    refused = refuse(request, query)
    found = search(request.user, query, before)
    context = {"query": query, "found": found, "before": before, "hits": show_hits(request, query, found)}
    if request.htmx:
        template = "search/_more.html" if before else "search/_found.html"
    else:
        template = "search/search.html"
        if not before and worth_keeping(query) and request.method == "GET":
            with in_passing():
                Recent.objects.note(request.user, text)
    response = render(request, template, context | list_recent(request, query))
    return slow_down(response, refused) if refused else response


def refuse(request: HttpRequest, query: Query) -> TooFast | None:
    """Who searches too often is told so in place of what would be found."""
    try:
        if not query.empty:
            check_search_pace(request.user)
    except TooFast as error:
        query.problems = [str(error)]
        return error
    return None


@require_POST
@member_required
def recent(request: HttpRequest) -> HttpResponse:
    """Keep what was looked for: the field says so when one leaves it, to follow a hit."""
    text = read_text(request.POST.get("q", ""))
    if worth_keeping(read_query(request.user, text)):
        Recent.objects.note(request.user, text)
    return HttpResponse(status=204) if request.htmx else redirect("search")


@require_POST
@member_required
def clearing(request: HttpRequest) -> HttpResponse:
    request.user.recent_searches.all().delete()
    return redirect("search")


def read_text(text: str) -> str:
    """One line, as long as the field lets it be. SQLite and PostgreSQL keep no NUL."""
    return " ".join(text.replace("\0", " ").split())[: Recent.MAX_LENGTH]


def worth_keeping(query: Query) -> bool:
    """Not a mere room, which is what a room's own link asks for, nor what nobody understands."""
    asks = query.needles or query.kinds or query.people or query.since or query.until
    return bool(asks) and not query.problems


def list_recent(request: HttpRequest, query: Query) -> dict[str, object]:
    """What stands there where nothing is looked for yet, or one room: one may go to a day of it."""
    context: dict[str, object] = {"full": query.empty or is_full()}
    if query.empty:
        context["recent"] = request.user.recent_searches.all()
    elif query.rooms is not None and len(query.rooms) == 1:
        room = request.user.get_rooms().get(pk__in=query.rooms)
        context |= {"room": room, "room_title": room.get_title(request.user)}
    return context


def show_hits(request: HttpRequest, query: Query, found: Found) -> list[tuple[object, str]]:
    """Each message with what is shown of it, and its room's name as this person reads it."""
    rooms = {message.room_id: message.room for message in found.messages}
    name_members([room for room in rooms.values() if room.kind == Room.Kind.DIRECT])
    titles = {pk: room.get_title(request.user) for pk, room in rooms.items()}
    for message in found.messages:
        message.segments = excerpt(message, query.needles)
    return [(message, titles[message.room_id]) for message in found.messages]
