"""The composer as it takes another shape: empty, longer, in reply to something."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_http_methods, require_POST

from rooms.posting import is_key, make_key
from rooms.views.attaching import take_back
from rooms.views.composing import compose, give_back, keep, read_draft
from rooms.views.messages import render_room
from rooms.views.scoping import get_room, member_required


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def composer(request: HttpRequest, slug: str, key: str) -> HttpResponse:
    """GET: the empty composer of a key, for the browser's cache. POST: the same text in another shape of composer."""
    room = get_room(request, slug)
    context = compose(room, key)
    if lacks_text(request):
        return HttpResponse(status=204)
    if request.method == "POST":
        draft = read_draft(request, room)
        keep(request, room, key, draft)
        context |= draft
        return give_back(request, context) if request.htmx else render_room(request, slug, context)
    response = render(request, "messages/_composer.html", context)
    patch_cache_control(response, private=True, max_age=3600)
    return response


@require_POST
@member_required
def reply(request: HttpRequest, pk: int) -> HttpResponse:
    """The composer that was sent along, with its text, now in reply to this message."""
    messages = request.user.get_messages().filter(erased_at=None)
    message = get_object_or_404(messages.for_display(), pk=pk)
    if lacks_text(request):
        return HttpResponse(status=204)
    key = request.POST.get("key", "")
    key = key if is_key(key) else make_key()
    draft = read_draft(request, message.room) | {"reply_to": message}
    keep(request, message.room, key, draft)
    return give_back(request, compose(message.room, key) | draft)


@require_POST
@member_required
def discarding(request: HttpRequest, slug: str, key: str) -> HttpResponse:
    """Forget a text that was not sent."""
    room = get_room(request, slug)
    keep(request, room, key, read_draft(request, room) | {"body": ""})
    take_back(request, room, key)
    return HttpResponse() if request.htmx else redirect(room)


def lacks_text(request: HttpRequest) -> bool:
    """Whether a page asks whose field is disabled just then, and so not sent along: to answer would empty it."""
    return bool(request.htmx) and request.method == "POST" and "body" not in request.POST
