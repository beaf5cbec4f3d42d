"""Messages taken back, and the record of that."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods, require_safe

from rooms.views.changing import change, show_change, show_refusal
from rooms.views.scoping import administrator_required, member_required


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def erasure(request: HttpRequest, pk: int) -> HttpResponse:
    message = get_object_or_404(request.user.get_changeable_messages().select_related("room", "author"), pk=pk)
    if request.method != "POST":
        return render(request, "messages/erasure.html", {"message": message})
    errors = change(message.erase, request.user)
    return show_refusal(request, message, errors, "messages/erasure.html") if errors else show_change(request, message)


@require_safe
@member_required
@administrator_required
def erasure_record(request: HttpRequest, pk: int) -> HttpResponse:
    """Who has erased a message, and when. For administrators, of the rooms that they are in."""
    erased = request.user.get_messages().filter(erased_at__isnull=False)
    message = get_object_or_404(erased.select_related("room", "author", "erased_by"), pk=pk)
    template = "messages/_erased.html" if request.htmx else "messages/erased.html"
    return render(request, template, {"message": message})
