"""Pictures of people: their initials."""

from hashlib import sha256

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.http import quote_etag
from django.views.decorators.http import require_safe

from rooms.initials import get_initials
from rooms.models import User

GOLDEN_ANGLE = 137.508
"""Degrees of hue from one person to the next: neighbours differ, however many there are."""
MAX_AGE = 3600


@require_safe
def avatar(request: HttpRequest, pk: int) -> HttpResponse:
    if not request.user.is_authenticated:
        raise Http404  # Not the way to the sign-in page: that would be a broken picture.
    name = get_object_or_404(User.objects.values_list("name", flat=True), pk=pk)
    initials = get_initials(name)
    context = {"initials": initials, "wide": len(initials) > 1, "hue": round(pk * GOLDEN_ANGLE % 360)}
    response = render(request, "accounts/avatar.svg", context, content_type="image/svg+xml")
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    patch_cache_control(response, private=True, max_age=MAX_AGE)
    return answer_if_changed(request, response)


def answer_if_changed(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """The response, or 304 for a browser that already has the very same."""
    response.headers["ETag"] = etag = quote_etag(sha256(response.content).hexdigest()[:20])
    return get_conditional_response(request, etag=etag, response=response)
