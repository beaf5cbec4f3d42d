"""Being in a room: what one wants to hear of it, and no longer being in it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from rooms.forms import InvolvementForm
from rooms.models import Membership, Room, User
from rooms.models.room import name_members
from rooms.views.scoping import get_membership, get_room, member_required


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def involvement(request: HttpRequest, slug: str) -> HttpResponse:
    """What of a room counts as unread, and may call for somebody."""
    membership = get_membership(request, slug)
    form = InvolvementForm(membership, request.POST if request.method == "POST" else None)
    context = {"membership": membership, "room": membership.room, "involvement": form}
    if request.method != "POST":
        return render(request, "memberships/involvement.html", context)
    if not form.is_valid():
        return render(request, "memberships/involvement.html", context, status=422)
    membership.involve(form.cleaned_data["involvement"])
    listed = "listed" in request.POST
    if request.htmx:
        return render(request, "memberships/involved.html", context | {"listed": listed})
    if listed:
        messages.success(request, _("What %(name)s may say is saved.") % {"name": membership.title})
        return redirect(f"{reverse('profile')}#settings-rooms")
    if membership.involvement != Membership.Involvement.HIDDEN:
        return redirect(membership.room)
    messages.success(request, _("%(name)s is out of your list.") % {"name": membership.title})
    return redirect("hidden_rooms")


def list_memberships(user: User) -> list[Membership]:
    """Everything that somebody is in and that still goes on, in the order of its titles, in two queries."""
    memberships = list(user.memberships.filter(room__archived_at=None).select_related("room"))
    name_members([membership.room for membership in memberships if membership.room.kind == Room.Kind.DIRECT])
    return sorted(memberships, key=lambda membership: (membership.title.casefold(), membership.room_id))


@require_safe
@member_required
def hidden(request: HttpRequest) -> HttpResponse:
    """The rooms that somebody has taken out of their list."""
    return render(request, "memberships/hidden.html", {"memberships": request.user.memberships.hidden()})


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def leaving(request: HttpRequest, slug: str) -> HttpResponse:
    """Leave a closed room. GET asks first, since only its people can let somebody in again."""
    room = get_room(request, slug)
    context = {"room": room, "title": room.get_title(request.user)}
    if room.kind != Room.Kind.CLOSED:
        return render(request, "rooms/leaving.html", context, status=422 if request.method == "POST" else 200)
    if request.method != "POST":
        context["alone"] = not room.memberships.exclude(user=request.user).exists()
        return render(request, "rooms/leaving.html", context)
    room.dismiss([request.user])
    messages.success(request, _("You have left %(name)s.") % {"name": room.name})
    return redirect("rooms")
