"""What people see when something goes wrong: a page, or a line where htmx would put the answer into a page."""

import sys

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from rooms.outages import is_outage
from rooms.views.scoping import ask_to_sign_in, is_fragment

RETRY_SECONDS = 5


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return show_error(request, 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return show_error(request, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return show_error(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    # Without the request: whatever broke (the database, say), the page about it must not need.
    if not is_outage(sys.exc_info()[1]):
        return HttpResponse(render_to_string("errors/500.html", describe(request)), status=500)
    context = {**describe(request), "sent": request.method == "POST"}
    response = HttpResponse(render_to_string("errors/503.html", context), status=503)
    response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form from before the session ended, or from another site."""
    if is_fragment(request) and not request.user.is_authenticated:
        return ask_to_sign_in(request)
    # What was typed goes back to the page: without JavaScript it would be lost.
    return render(request, "errors/csrf.html", {**describe(request), "typed": request.POST.get("body", "")}, status=403)


def show_error(request: HttpRequest, status: int) -> HttpResponse:
    if not hasattr(request, "user"):
        # Refused before any middleware knew who asks.
        return HttpResponse(render_to_string(f"errors/{status}.html", describe(request)), status=status)
    return render(request, f"errors/{status}.html", describe(request), status=status)


def describe(request: HttpRequest) -> dict[str, str]:
    return {"layout": "errors/fragment.html"} if is_fragment(request) else {}
