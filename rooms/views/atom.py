"""A person's notifications as an Atom feed. Its address is the key: no session is asked for, and none begun."""

from collections.abc import Iterable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.defaultfilters import linebreaksbr
from django.utils import timezone
from django.utils.cache import get_conditional_response, set_response_etag
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from rooms.models import Notification, User, Workspace
from rooms.outside.digest import Line, fit, tell_of_notification
from rooms.outside.gathering import reading_as
from rooms.outside.models import Subscription

ENTRIES = 50


@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponse:
    subscriptions = Subscription.objects.select_related("user").filter(user__is_active=True)
    subscription = get_object_or_404(subscriptions, token=token)
    newest = subscription.user.notifications.visible().for_display().order_by("-pk")[:ENTRIES]
    with reading_as(subscription.user):
        document = compose(request, subscription.user, list(newest))
    response = HttpResponse(document, "application/atom+xml; charset=utf-8")
    response.headers["Cache-Control"] = "private, max-age=60"
    response.headers["X-Robots-Tag"] = "noindex"
    set_response_etag(response)  # Readers ask again and again.
    return get_conditional_response(request, etag=response.headers["ETag"], response=response)


def compose(request: HttpRequest, user: User, notifications: Iterable[Notification]) -> str:
    workspace = Workspace.current()
    feed = Dated(
        title=_("Notifications from %(team)s") % {"team": fit(workspace.name) if workspace else "Rooms"},
        link=request.build_absolute_uri("/notifications/"),
        feed_url=request.build_absolute_uri(),
        description="",
        language=user.language,
    )
    feed.begun_at = user.created_at
    for notification in notifications:
        add(feed, request, notification, tell_of_notification(notification))
    return feed.writeString("utf-8")


def add(feed: Atom1Feed, request: HttpRequest, notification: Notification, line: Line) -> None:
    place = fit(notification.room.name) if notification.room else ""
    text = f"{line.words} · {place}" if place else line.words
    feed.add_item(
        title=text,
        link=request.build_absolute_uri(notification.get_absolute_url()),
        # Atom1Feed says that this is HTML, and readers take it at its word.
        description=linebreaksbr(line.excerpt or line.words, autoescape=True),
        author_name=line.actor or "Rooms",
        unique_id=f"tag:{request.get_host().partition(':')[0]},2026:notification-{notification.pk}",
        pubdate=timezone.localtime(notification.created_at),
        updateddate=timezone.localtime(notification.created_at),
    )


class Dated(Atom1Feed):
    """Without entries a feed is as old as the account: Django would say that it has just changed, at every look."""

    def latest_post_date(self):  # type: ignore[no-untyped-def]
        return super().latest_post_date() if self.items else self.begun_at
