"""The same changes over HTTP, for pages whose socket is away."""

from __future__ import annotations

import logging

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from rooms.live.access import check
from rooms.live.feed import Cohort, Feed, Refusal, catch_up, render_for
from rooms.live.personal import PersonalFeed, read_page
from rooms.live.registry import find

logger = logging.getLogger("rooms.live")


def catch_up_response(request: HttpRequest, feed: Feed) -> HttpResponse:
    """Answer `?cursor=` with the frame that a socket would have sent, and a note that the page is polling."""
    user = request.user if request.user.is_authenticated else None
    if refusal := check(feed, user):
        return refusal_response(feed, refusal)
    page = request.GET.dict()
    if isinstance(feed, PersonalFeed):
        feed.page = read_page(page)
    changes = catch_up(feed, page.get("cursor"))
    cohort = Cohort.current()
    frame = render_for(feed, changes, [cohort])[cohort]
    answer = frame + render_to_string("live/polling.html", {"feed": feed})
    if user is None or type(feed).seen is Feed.seen or not feed.shows_present(page):
        return HttpResponse(answer)
    return Seen(answer, feed, user.pk, changes.position.clock)


class Seen(HttpResponse):
    """What somebody has seen once they have it. That is noted when it is sent: a database that is slow to write, or
    cannot, takes no message from a page that has no other way to get it.
    """

    def __init__(self, content: str, feed: Feed, user_id: int, clock: int) -> None:
        super().__init__(content)
        self._note = feed, user_id, clock

    def close(self) -> None:
        feed, user_id, clock = self._note
        try:
            feed.seen([user_id], clock)
        except Exception as error:
            logger.warning("Could not note who has seen %s, the next answer will: %r", feed.topic, error)
        finally:
            super().close()


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
