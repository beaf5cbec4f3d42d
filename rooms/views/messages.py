"""Messages of a room: read in pages, and posted."""

from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from rooms.commands import Answer
from rooms.feeds import RoomFeed
from rooms.forms import InvolvementForm
from rooms.live import Position
from rooms.live.http import catch_up_response
from rooms.models import Membership, Room
from rooms.models.history import Page
from rooms.models.news import News
from rooms.outages import in_passing
from rooms.posting import TooFast, find_original, make_key, post
from rooms.views.attaching import receive
from rooms.views.composing import keep, read_draft, take_up
from rooms.views.days import go_to_day, read_day, tell_of_day
from rooms.views.history import is_number, read_page, read_unread, render_history, render_present
from rooms.views.scoping import get_membership, get_room, member_required


@require_GET
@member_required
def show(request: HttpRequest, slug: str) -> HttpResponse:
    """The room: its newest page, or with `?around=`, `?before=`, `?after=`, `?on=` a page of its history."""
    if day := read_day(request.GET.get("on", "")):
        return go_to_day(request, slug, day)
    return render_room(request, slug, answer=tell_of_day(request))


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def messages(request: HttpRequest, slug: str) -> HttpResponse:
    if request.method == "POST":
        return create(request, get_room(request, slug))
    if not request.htmx:
        return render_room(request, slug)
    return render_history(request, get_room(request, slug))


def create(request: HttpRequest, room: Room) -> HttpResponse:
    values, failures = receive(request, room)
    if failures:
        return refuse(request, room, ValidationError([str(failure) for failure in failures]))
    try:
        message = post(request.user, room, values)
    except (ValidationError, TooFast) as error:
        return refuse(request, room, error)
    except Room.DoesNotExist:
        raise Http404 from None
    if isinstance(message, Answer):
        return show_answer(request, room, message)
    if not request.htmx:
        return redirect(f"{room.get_absolute_url()}#message-{message.pk}")
    if "history" in request.POST:
        return render_present(room)  # One who speaks is taken there.
    first = request.POST.get("first", "")
    if is_number(first) and message.position < int(first):
        return HttpResponse()  # Sent long ago and now once more: its place is above what the page shows.
    context = {"message": message, "first": first if is_number(first) else ""}
    return render(request, "live/own_message.html", context)


def show_answer(request: HttpRequest, room: Room, answer: Answer) -> HttpResponse:
    """Say above the composer what a command has done."""
    if request.htmx:
        return render(request, "messages/answer.html", {"answer": answer})
    return render_room(request, room.slug, answer=answer)


def refuse(request: HttpRequest, room: Room, error: ValidationError | TooFast) -> HttpResponse:
    """Give the text back with what is wrong with it: a fragment, or without JavaScript the whole page."""
    errors = error.messages if isinstance(error, ValidationError) else [str(error)]
    context = {"room": room, "key": request.POST.get("key") or make_key(), "errors": errors}
    draft = read_draft(request, room)
    # A command that cannot be is no message that waits to be sent: it is to be put right, and only the last of them.
    context["commanded"] = any(getattr(found, "code", "") == "command" for found in getattr(error, "error_list", []))
    with in_passing():
        keep(request, room, context["key"], draft | {"body": ""} if context["commanded"] else draft)
    context |= draft
    context["long"] = "\n" in context["body"] or len(context["body"]) > 200
    if request.htmx:
        response = render(request, "messages/_composer.html", context)
    else:
        response = render_room(request, room.slug, context)
    response.status_code = 422
    return slow_down(response, error) if isinstance(error, TooFast) else response


def slow_down(response: HttpResponse, error: TooFast) -> HttpResponse:
    response.status_code = 429
    response.headers["Retry-After"] = str(error.wait)
    return response


@require_GET
def changes(request: HttpRequest, room_id: int) -> HttpResponse:
    """What the room's socket would have sent after `?cursor=`."""
    return catch_up_response(request, RoomFeed(room_id))


@require_GET
@member_required
def permalink(request: HttpRequest, pk: int) -> HttpResponse:
    message = get_object_or_404(request.user.get_messages().select_related("room"), pk=pk)
    with in_passing():
        request.user.notifications.filter(message=message).read_all(request.user)
    return redirect(f"{message.room.get_absolute_url()}?around={pk}#message-{pk}")


def render_room(
    request: HttpRequest, slug: str, composer: dict[str, Any] | None = None, answer: Answer | None = None
) -> HttpResponse:
    membership = get_membership(request, slug)
    room = membership.room
    # As of the name and topic, and before the messages: what happens in between is then sent again, not lost.
    position = Position(room.epoch, room.clock)
    page = read_page(request, room)
    context = {
        "room": room,
        "shown_room": room.pk,
        "feed": RoomFeed(room.pk),
        "position": position,
        "page": page,
        "title": room.get_title(request.user),
        "membership": membership,
        "answer": answer,
        "involvement": InvolvementForm(membership),
    }
    context |= take_up(request.user, room, composer, find_original(room, request.GET.get("reply_to")))
    context |= find_news(request, membership, page)
    context["may_administer"] = request.user.administers(room)
    if page.live and membership.read_position < position.clock:
        with in_passing():
            membership.read(position.clock)
    response = render(request, "rooms/room.html", context)
    remember_room(response, room)
    return response


def find_news(request: HttpRequest, membership: Membership, page: Page) -> dict[str, Any]:
    """What is new on the page or above it. Asked before the room is read: that is what "new" refers to."""
    news = News.of(membership) if membership.read_position < membership.room.clock else None
    unread = read_unread(request) or (news.position if news else None)
    shown = any(message.position == unread for message in page.messages)
    return {"news": news, "unread": unread, "news_shown": shown}


def remember_room(response: HttpResponse, room: Room) -> None:
    """So that the next visit opens where this one was."""
    secure = settings.SESSION_COOKIE_SECURE
    response.set_cookie("last_room", quote(room.slug), max_age=31_536_000, httponly=True, samesite="Lax", secure=secure)
