"""The icon that browsers ask for where a page names none: plain text, a picture opened by itself."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

MAX_AGE = 3600


@require_safe
@cache_control(public=True, max_age=MAX_AGE)
def favicon(request: HttpRequest) -> HttpResponse:
    return redirect(static("icons/rooms.svg"))
