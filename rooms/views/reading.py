"""What somebody has read, and what they want to have before them once more."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from rooms.models.membership import read_everything
from rooms.views.scoping import get_membership, member_required


@require_POST
@member_required
def reading(request: HttpRequest, slug: str) -> HttpResponse:
    """A room is read, up to now."""
    membership = get_membership(request, slug)
    membership.read(membership.room.clock)
    return render(request, "live/read.html") if request.htmx else redirect(membership.room)


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def unreading(request: HttpRequest, pk: int) -> HttpResponse:
    """A message and all after it are unread again. GET asks first, where there is no script."""
    message = get_object_or_404(request.user.get_messages().select_related("room"), pk=pk)
    if request.method != "POST":
        return render(request, "messages/unreading.html", {"message": message})
    membership = get_membership(request, message.room.slug)
    membership.unread_from(message)
    if request.htmx:
        return render(request, "live/unread.html", {"message": message, "room": message.room})
    messages.success(request, _("Unread from there on."))
    return redirect("rooms")  # The room itself would be read by being opened.


@require_POST
@member_required
def reading_of_everything(request: HttpRequest) -> HttpResponse:
    """All rooms are read, and all that was put before somebody."""
    read_everything(request.user.pk)
    if request.htmx:
        return render(request, "live/read.html")
    messages.success(request, _("Everything is read."))
    return redirect("rooms")
