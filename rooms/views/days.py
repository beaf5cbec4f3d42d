"""To a day of a room's history."""

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from rooms.commands import Answer
from rooms.models.dates import begin, find_first
from rooms.views.scoping import get_room


def go_to_day(request: HttpRequest, slug: str, day: date) -> HttpResponse:
    """Go to the first message of this day, in the reader's time zone, or of the next on which there was one; after the
    newest, to that. `?sought=` is the day where it is another."""
    room = get_room(request, slug)
    position = find_first(room.messages.all(), "position", begin(day))
    message = room.messages.filter(position__gte=position).order_by("position").first()
    if message is None:
        return redirect(f"{room.get_absolute_url()}?sought={day}")
    sought = "" if timezone.localdate(message.created_at) == day else f"&sought={day}"
    return redirect(f"{room.get_absolute_url()}?around={message.pk}{sought}#message-{message.pk}")


def tell_of_day(request: HttpRequest) -> Answer | None:
    """Why this is not the day that somebody has asked for."""
    if (text := request.GET.get("on")) is not None:
        return Answer(_("“%(text)s” is no date: write it like 2026-11-22.") % {"text": text[:40]})
    if (day := read_day(request.GET.get("sought", ""))) is None:
        return None
    shown = {"day": date_format(day, pgettext("date format of a day", "l, F j, Y"))}
    if "around" in request.GET:
        return Answer(_("Nothing was said here on %(day)s. This is what came next.") % shown)
    return Answer(_("Nothing was said here on %(day)s, nor later.") % shown)


def read_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
