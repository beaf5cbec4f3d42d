"""What somebody wants to find again. Nobody else sees it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from rooms.models import Bookmark, Room
from rooms.models.room import name_members
from rooms.views.changing import show_done
from rooms.views.history import read_number
from rooms.views.scoping import member_required

PAGE_SIZE = 40


@require_safe
@member_required
def bookmarks(request: HttpRequest) -> HttpResponse:
    """The latest first, in pages: `?before=` is the number of a bookmark."""
    before = read_number(request, "before")
    bookmarks = Bookmark.objects.readable(request.user)
    found = list((bookmarks.filter(pk__lt=before) if before is not None else bookmarks)[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    name_members([bookmark.message.room for bookmark in shown if bookmark.message.room.kind == Room.Kind.DIRECT])
    titled = [(bookmark.message, bookmark.message.room.get_title(request.user)) for bookmark in shown]
    older = shown[-1].pk if len(found) > PAGE_SIZE else None
    return render(request, "messages/bookmarks.html", {"bookmarks": titled, "older": older, "before": before})


@require_POST
@member_required
def bookmarking(request: HttpRequest, pk: int) -> HttpResponse:
    message = get_object_or_404(request.user.get_messages().filter(erased_at=None), pk=pk)
    request.user.bookmarks.get_or_create(message=message)
    return show_done(request, message, _("Bookmarked."), reverse("bookmarks"))


@require_POST
@member_required
def unbookmarking(request: HttpRequest, pk: int) -> HttpResponse:
    message = get_object_or_404(request.user.get_messages(), pk=pk)
    request.user.bookmarks.filter(message=message).delete()
    if "list" in request.POST:
        return redirect("bookmarks")
    return show_done(request, message, _("The bookmark is removed."))
