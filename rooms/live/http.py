"""The same changes over HTTP, for pages whose socket is away."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from rooms.live.access import check
from rooms.live.feed import Cohort, Feed, Refusal, catch_up, render_for
from rooms.live.personal import PersonalFeed, read_page
from rooms.live.registry import find


def catch_up_response(request: HttpRequest, feed: Feed) -> HttpResponse:
    """Answer `?cursor=` with the frame that a socket would have sent, and a note that the page is polling."""
    if refusal := check(feed, request.user if request.user.is_authenticated else None):
        return refusal_response(feed, refusal)
    if isinstance(feed, PersonalFeed):
        feed.page = read_page(request.GET.dict())
    changes = catch_up(feed, request.GET.get("cursor"))
    cohort = Cohort.current()
    frame = render_for(feed, changes, [cohort])[cohort]
    return HttpResponse(frame + render_to_string("live/polling.html", {"feed": feed}))


def refusal_response(feed: Feed, refusal: Refusal) -> HttpResponse:
    """Tell a polling page that it may not follow the feed (any more), in the fragment a socket would have got.

    401 for those who are signed out, 404 for those who may not know whether the feed exists.
    """
    return HttpResponse(feed.farewell(refusal), status=401 if refusal is Refusal.SIGNED_OUT else 404)


@require_safe
def changes(request: HttpRequest, name: str, id: str) -> HttpResponse:
    """The changes of a registered feed."""
    return catch_up_response(request, find(request.user, name, id))


@require_safe
def reconnecting(request: HttpRequest) -> HttpResponse:
    """The note that a page shows while its socket is away. Cached by the browser: it is needed when nobody answers."""
    response = render(request, "live/reconnecting.html")
    response.headers["Cache-Control"] = "private, max-age=86400"
    return response
