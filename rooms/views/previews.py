"""Previews of pages that messages link to: their images, and taking them away."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods, require_safe

from rooms.links.models import Preview
from rooms.views.changing import change, show_change, show_refusal
from rooms.views.scoping import member_required
from rooms.views.serving import serve


@require_safe
@member_required
def image(request: HttpRequest, pk: int) -> HttpResponseBase:
    """For those who may read the message that shows it."""
    messages = request.user.get_messages().filter(erased_at=None)
    shown = Preview.objects.filter(message__in=messages, removed_at=None, card__image__isnull=False)
    preview = get_object_or_404(shown.select_related("card__image"), pk=pk)
    return serve(request, preview.card.image, preview.card.image_type, "preview")


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def removal(request: HttpRequest, pk: int) -> HttpResponse:
    """For the author of the message, and administrators."""
    changeable = Preview.objects.filter(message__in=request.user.get_changeable_messages(), removed_at=None)
    preview = get_object_or_404(changeable.select_related("message__room", "message__author", "card"), pk=pk)
    message = preview.message
    if request.method != "POST":
        return render(request, "links/removal.html", {"preview": preview, "message": message})
    errors = change(preview.remove)
    return show_refusal(request, message, errors, "links/removal.html") if errors else show_change(request, message)
