"""What depends on who is looking. Fragments are the same for everybody, so that each is rendered once."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.views.decorators.http import require_safe

from rooms.views.avatars import answer_if_changed


@require_safe
def viewer_stylesheet(request: HttpRequest) -> HttpResponse:
    """Show the tools of the messages that this person may change. That they may, the views look up again."""
    response = render(request, "accounts/me.css", content_type="text/css; charset=utf-8")
    patch_cache_control(response, private=True, no_cache=True)
    patch_vary_headers(response, ["Cookie"])
    return answer_if_changed(request, response)
