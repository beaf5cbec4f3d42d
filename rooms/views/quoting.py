"""Answering a part of a message: its text is put into the composer, marked as quoted, to be cut down."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from rooms.files.models import name_files
from rooms.models import Message
from rooms.models.following import ACTION
from rooms.posting import is_key, make_key
from rooms.views.composers import lacks_text
from rooms.views.composing import compose, give_back, keep, read_draft
from rooms.views.messages import render_room
from rooms.views.scoping import member_required

LONGEST_QUOTE = 2_000


@require_POST
@member_required
def quote(request: HttpRequest, pk: int) -> HttpResponse:
    """The composer that was sent along, in reply to this message, with its text above what was typed."""
    message = get_object_or_404(request.user.get_messages().filter(erased_at=None).for_display(), pk=pk)
    if lacks_text(request):
        return HttpResponse(status=204)
    draft = read_draft(request, message.room) | {"reply_to": message, "long": True}
    quoted, typed = mark_quoted(find_said(message)), draft["body"].replace("\r\n", "\n")
    draft["body"] = (
        typed if f"\n{quoted.rstrip()}\n" in f"\n{typed}\n" else quoted + typed
    )  # Pressed twice, it is there once.
    key = request.POST.get("key", "")
    key = key if is_key(key) else make_key()
    keep(request, message.room, key, draft)
    context = compose(message.room, key) | draft
    return give_back(request, context) if request.htmx else render_room(request, message.room.slug, context)


def find_said(message: Message) -> str:
    """Its text as it was written, behind a name where it is what somebody does; or else the names of its files."""
    if message.is_action:
        return f"{message.author.name} {message.body.removeprefix(ACTION)}"
    return message.body or name_files(message.files)


def mark_quoted(text: str) -> str:
    shown = text[:LONGEST_QUOTE] + ("…" if len(text) > LONGEST_QUOTE else "")
    return "".join(f"> {line}".rstrip() + "\n" for line in shown.split("\n")) + "\n"
