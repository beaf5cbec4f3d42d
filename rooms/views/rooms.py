"""Rooms: which there are for somebody, new ones, and their settings."""

from urllib.parse import unquote

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from rooms.feeds import InboxFeed
from rooms.forms import RoomForm
from rooms.live.http import catch_up_response
from rooms.models import Room
from rooms.views.scoping import get_administered_room, member_required


@require_safe
@member_required
def home(request: HttpRequest) -> HttpResponse:
    """Go where this browser was last, or else to the oldest room; the list, for those who are in none."""
    room = find_last_room(request) or find_first_room(request)
    return redirect(room or "rooms")


def find_last_room(request: HttpRequest) -> Room | None:
    slug = unquote(request.COOKIES.get("last_room", ""))
    return request.user.get_rooms().filter(slug=slug).first() if slug.isprintable() else None


def find_first_room(request: HttpRequest) -> Room | None:
    return request.user.get_rooms().exclude(kind=Room.Kind.DIRECT).filter(archived_at=None).order_by("pk").first()


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def rooms(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        return create(request)
    return render(request, "rooms/list.html")


def create(request: HttpRequest) -> HttpResponse:
    form = RoomForm(request.user, request.POST)
    if not form.is_valid():
        return render(request, "rooms/new.html", {"form": form}, status=422)
    header = {"name": form.cleaned_data["name"], "topic": form.cleaned_data["topic"]}
    room = Room.objects.open_up(form.cleaned_data["kind"], **header, creator=request.user, people=form.chosen)
    return redirect(room)


@require_safe
@member_required
def new(request: HttpRequest) -> HttpResponse:
    return render(request, "rooms/new.html", {"form": RoomForm(request.user)})


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def settings(request: HttpRequest, slug: str) -> HttpResponse:
    """What a room is called, what it is for and who is in it: its creator and administrators decide."""
    room = get_administered_room(request, slug)
    if request.method != "POST":
        return render(request, "rooms/settings.html", {"form": RoomForm(request.user, room=room), "room": room})
    form = RoomForm(request.user, request.POST, room=room)
    if not form.is_valid():
        return render(request, "rooms/settings.html", {"form": form, "room": room}, status=422)
    header = {"name": form.cleaned_data["name"], "topic": form.cleaned_data["topic"]}
    room.convert(form.cleaned_data["kind"], form.chosen, by=request.user, **header)
    messages.success(request, _("The room is saved."))
    return redirect(room)


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def archiving(request: HttpRequest, slug: str) -> HttpResponse:
    """Archive a room. GET asks first: it is everyone's."""
    room = get_administered_room(request, slug)
    if request.method != "POST":
        return render(request, "rooms/archiving.html", {"room": room})
    room.archive()
    messages.success(request, _("%(name)s is archived.") % {"name": room.name})
    return redirect(room)


@require_POST
@member_required
def restoring(request: HttpRequest, slug: str) -> HttpResponse:
    room = get_administered_room(request, slug)
    room.unarchive()
    messages.success(request, _("%(name)s is back.") % {"name": room.name})
    return redirect(room)


@require_safe
def inbox_changes(request: HttpRequest) -> HttpResponse:
    """What the inbox's socket would have sent to a page that shows `?cursor=`."""
    return catch_up_response(request, InboxFeed.for_user(request.user))
