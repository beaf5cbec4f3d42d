"""The composer as it takes another shape: empty, longer, in reply to something, with a name completed."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_http_methods, require_POST

from rooms.completion import complete, find_caret, find_choice, find_opening, suggest
from rooms.models import Room
from rooms.naming import ats
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


@require_POST
@member_required
def composer_mentions(request: HttpRequest, slug: str, key: str) -> HttpResponse:
    """Whom the text that is being typed may name; with `mention`, the text with that name in it."""
    room = get_room(request, slug)
    field = {"field": "messages/_composer.html#field", "field_id": f"body-{key}", "key": key}
    if lacks_text(request):
        return HttpResponse(status=204)
    draft = read_draft(request, room)
    context = field | {"room": room, "long": draft["long"]}
    response = answer(request, room, context)
    keep(request, room, key, draft | {"body": context.get("body", draft["body"])})
    return response


@require_POST
@member_required
def editing_mentions(request: HttpRequest, pk: int) -> HttpResponse:
    """The same for a message that is being edited."""
    message = get_object_or_404(request.user.get_changeable_messages().select_related("room"), pk=pk)
    if lacks_text(request):
        return HttpResponse(status=204)
    field = {"field": "messages/_editor.html#field", "field_id": f"edit-{pk}", "message": message}
    return answer(request, message.room, field)


def lacks_text(request: HttpRequest) -> bool:
    """Whether a page asks whose field is disabled just then, and so not sent along: to answer would empty it."""
    return bool(request.htmx) and request.method == "POST" and "body" not in request.POST


def answer(request: HttpRequest, room: Room, context: dict[str, Any]) -> HttpResponse:
    text = read_text(request, "body")
    # Asked at every pause in typing, and most texts name nobody: that costs no query.
    opening = find_opening(text, read_caret(request, text)) if ats.search(text) else None
    context |= {"room": room, "url": request.path}
    if "mention" in request.POST:
        name = find_choice(room, request.user, request.POST["mention"])
        context["body"] = complete(text, opening, name) if opening and name else text
        return render(request, "messages/completed.html", context)
    choices = suggest(room, request.user, opening.typed) if opening else []
    caret = opening.caret if opening else ""
    return render(request, "messages/mentions.html", context | {"text": text, "caret": caret, "choices": choices})


def read_text(request: HttpRequest, name: str) -> str:
    return request.POST.get(name, "").replace("\r\n", "\n")


def read_caret(request: HttpRequest, text: str) -> int:
    """Where the typing goes on: where it did when this text was seen, or where the text differs from what was seen."""
    before, caret = read_text(request, "before"), request.POST.get("caret", "")
    if text == before:
        return min(int(caret), len(text)) if caret.isascii() and caret.isdigit() and len(caret) < 9 else len(text)
    return find_caret(text, before)
