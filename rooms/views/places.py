"""Where in a log the reader is: two little elements that take each other's place, out of the browser's cache."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from rooms.views.scoping import member_required

PLACES = ("end", "away")


@require_safe
@member_required
def place(request: HttpRequest, place: str) -> HttpResponse:
    """The element for a reader who has come to the end of the log, or has scrolled away from it."""
    if place not in PLACES:
        raise Http404
    response = render(request, "messages/_place.html", {"place": place})
    patch_cache_control(response, private=True, max_age=86_400)
    return response
