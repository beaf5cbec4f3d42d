"""Being in a room, and no longer being in it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from rooms.models import Room
from rooms.views.scoping import get_room, member_required


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
