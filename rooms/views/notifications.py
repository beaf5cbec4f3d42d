"""What one was told: the centre, the newest of it in the header, and what is read and what is not."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from rooms.models import Notification
from rooms.models.centre import NotificationPage
from rooms.models.notification import count_unread
from rooms.outages import in_passing
from rooms.views.scoping import get_room, member_required


@require_safe
@member_required
def notifications(request: HttpRequest) -> HttpResponse:
    """The centre: the newest page, or the one that `?before=` names. Open pages ask for their list alone."""
    try:
        page = NotificationPage.of(request.user, request.GET.get("before", ""))
    except ValueError:
        raise Http404 from None
    template = "notifications/_centre.html" if request.htmx else "notifications/centre.html"
    return render(request, template, {"page": page, "before": request.GET.get("before", "")})


@require_safe
@member_required
def latest(request: HttpRequest) -> HttpResponse:
    """The newest page, for the list that opens in the header."""
    return render(request, "notifications/_latest.html", {"page": NotificationPage.of(request.user)})


@require_safe
@member_required
def notification(request: HttpRequest, pk: int) -> HttpResponse:
    """Go where a notification leads. Who follows it has read it."""
    notification = get_notification(request, pk)
    if request.method == "GET":
        with in_passing():
            notification.read()
    return redirect(notification.destination)


@require_http_methods(["POST", "DELETE"])
@member_required
def reading(request: HttpRequest, pk: int) -> HttpResponse:
    """POST: it is read. DELETE: it is not. Forms, which know no DELETE, say `undo`."""
    notification = get_notification(request, pk)
    if request.method == "DELETE" or "undo" in request.POST:
        notification.unread()
    else:
        notification.read()
    return show_change(request)


@require_POST
@member_required
def readings(request: HttpRequest) -> HttpResponse:
    """All of it is read, or all that is of the room whose slug is given."""
    slug = request.POST.get("room")
    Notification.objects.read_all(request.user, get_room(request, slug) if slug else None)
    return show_change(request)


def get_notification(request: HttpRequest, pk: int) -> Notification:
    return get_object_or_404(request.user.notifications.visible().select_related("room", "message"), pk=pk)


def show_change(request: HttpRequest) -> HttpResponse:
    """What the frame to one's other tabs says, too: here it does not wait for the socket."""
    if not request.htmx:
        return redirect("notifications")
    unread = count_unread([request.user.pk])[request.user.pk]
    context: dict[str, Any] = {"unread_notifications": unread}
    return render(request, "notifications/_changed.html", context)
