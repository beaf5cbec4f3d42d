"""Files: put into a composer, taken out of it again, and looked at by those who are in their room."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST, require_safe

from project.progress import find_progress
from rooms.files.models import Attachment
from rooms.files.names import name_for
from rooms.models import Room
from rooms.posting import is_key, make_key
from rooms.views.attaching import Failure, list_files, take
from rooms.views.composing import compose, read_draft
from rooms.views.messages import render_room
from rooms.views.scoping import get_room, member_required
from rooms.views.serving import serve


@require_POST
@member_required
def files(request: HttpRequest, slug: str) -> HttpResponse:
    """Take the files that were put into a composer; answer with all that is in it now, and a field for the next."""
    room = get_room(request, slug)
    key = read_key(request)
    failures = take(request, room, key)
    # What may be kept in a while is to be sent again from there: of that which was kept, the same makes no other file.
    template = "files/_tray.html" if any(failure.passing for failure in failures) else "files/uploaded.html"
    return show_composer(request, room, key, template, failures)


@require_safe
@member_required
def progress(request: HttpRequest, slug: str, key: str) -> HttpResponse:
    """How far the upload from a composer has come; asks again while it is under way."""
    room = get_room(request, slug)
    size, total = find_progress(key) or (0, 0)
    return render(request, "files/_progress.html", {"room": room, "key": key, "size": size, "total": total})


@require_POST
@member_required
def removal(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a file out of the composer again. Nobody has seen it yet."""
    mine = Attachment.objects.filter(owner=request.user, message=None, room__memberships__user=request.user)
    attachment = get_object_or_404(mine.select_related("room"), pk=pk)
    Attachment.objects.filter(pk=pk).take_back()
    return show_composer(request, attachment.room, read_key(request), "files/_tray.html")


def read_key(request: HttpRequest) -> str:
    key = request.POST.get("key", "")
    return key if is_key(key) else make_key()


def show_composer(
    request: HttpRequest, room: Room, key: str, template: str, failures: Sequence[Failure] = ()
) -> HttpResponse:
    """The files in the composer; without scripts the page with the composer, and the text in it."""
    context: dict[str, Any] = {"room": room, "key": key, "failures": failures}
    context["attachments"] = list_files(request, room, key)
    if request.htmx:
        return render(request, template, context)
    return render_room(request, room.slug, compose(room, key) | read_draft(request, room) | context)


@require_safe
def file(request: HttpRequest, pk: int) -> HttpResponseBase:
    """An image, as large as it is kept; a sound or film, whole or in ranges; anything else to be downloaded."""
    attachment = find(request, pk)
    name = name_for(attachment.name, attachment.media)
    return serve(request, attachment.blob, attachment.media, name, inline=attachment.kind != Attachment.OTHER)


@require_safe
@member_required
def look(request: HttpRequest, pk: int) -> HttpResponse:
    """An image on a page of its own: the file itself may load and style nothing, not even what browsers do for it."""
    attachment = find(request, pk, media__startswith="image/")
    return render(request, "files/image.html", {"attachment": attachment})


@require_safe
def thumbnail(request: HttpRequest, pk: int) -> HttpResponseBase:
    """A small image, or the poster of a film."""
    attachment = find(request, pk, thumbnail__isnull=False)
    return serve(request, attachment.thumbnail, "image/webp", name_for(attachment.name, "image/webp"))


def find(request: HttpRequest, pk: int, **conditions: Any) -> Attachment:
    """A file that the person may see. Who is not signed in gets 404, not the way to the sign-in page: that would be a
    broken picture."""
    files = request.user.get_files() if request.user.is_authenticated else Attachment.objects.none()
    return get_object_or_404(files.select_related("blob", "thumbnail"), pk=pk, **conditions)
