"""The way into e-mails: a signed address that was sent to where they are to go."""

from django.core.signing import BadSignature
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from rooms.outside.confirming import find_target
from rooms.outside.gathering import reading_as


@csrf_exempt  # Nobody has to be signed in where they read their mail. The signature says what a token would.
@require_http_methods(["GET", "HEAD", "POST"])
def confirmation(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks, since programs follow links to look at them. POST confirms, also a second time."""
    try:
        target, address = find_target(token)
    except BadSignature:
        raise Http404 from None
    if target is None:
        return render(request, "outside/confirmation.html", {"gone": True}, status=410)
    if request.method == "POST":
        target.confirm(address)
    with reading_as(target.user):
        return render(request, "outside/confirmation.html", {"address": address, "done": target.is_confirmed})
