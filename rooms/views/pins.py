"""What is pinned to a room."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from rooms.models import Message
from rooms.views.changing import change, show_change, show_refusal
from rooms.views.scoping import get_room, member_required


@require_safe
@member_required
def pins(request: HttpRequest, slug: str) -> HttpResponse:
    """The room's pins, the latest first. There are MOST_PINS of them at most."""
    room = get_room(request, slug)
    pinned = room.messages.filter(pinned_at__isnull=False, erased_at=None).select_related("author", "pinned_by")
    context = {"room": room, "title": room.get_title(request.user), "pinned": pinned.order_by("-pinned_at", "-pk")}
    return render(request, "messages/pins.html", context)


@require_POST
@member_required
def pinning(request: HttpRequest, pk: int) -> HttpResponse:
    message = find(request, pk)
    errors = change(message.pin, request.user)
    return show_refusal(request, message, errors, "messages/menu.html") if errors else show_change(request, message)


@require_POST
@member_required
def unpinning(request: HttpRequest, pk: int) -> HttpResponse:
    message = find(request, pk)
    errors = change(message.unpin)
    if "list" in request.POST and not errors:
        return redirect("pins", message.room.slug)
    return show_refusal(request, message, errors, "messages/menu.html") if errors else show_change(request, message)


def find(request: HttpRequest, pk: int) -> Message:
    """Whoever is in a room may pin in it."""
    return get_object_or_404(request.user.get_messages().filter(erased_at=None).for_display(), pk=pk)
