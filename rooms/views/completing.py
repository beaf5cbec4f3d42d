"""What is offered while somebody types: names, emoji, commands. What they have typed is kept by the same request."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST

from rooms.commands import COMMANDS, Help, list_commands, peek
from rooms.completion import (
    MOST,
    Choice,
    Opening,
    complete,
    complete_word,
    find_caret,
    find_choice,
    find_emoji,
    find_opening,
    find_outsider,
    find_word,
    insert,
    suggest,
    suggest_outsiders,
)
from rooms.emojis import find_emojis
from rooms.models import Room
from rooms.naming import ats
from rooms.views.composers import lacks_text
from rooms.views.composing import keep, read_draft
from rooms.views.scoping import get_room, member_required


@require_POST
@member_required
def composer_mentions(request: HttpRequest, slug: str, key: str) -> HttpResponse:
    """Whom the text that is being typed may name, and which command it may be; with `mention`, the text with that."""
    room = get_room(request, slug)
    if lacks_text(request):
        return HttpResponse(status=204)
    draft = read_draft(request, room)
    field = {"field": "messages/_composer.html#field", "field_id": f"body-{key}", "key": key, "long": draft["long"]}
    text = read_text(request, "body")
    if "mention" in request.POST:
        text = choose_command(text, request.POST["mention"]) or choose(request, room, text)
    if request.POST.get("mention") != "":  # Nothing is chosen as a page opens, and nobody has written anything.
        keep(request, room, key, draft | {"body": text})
    if "mention" in request.POST:
        return show_chosen(request, room, field, text)
    return offer(request, room, field, find_commands(request, room, text))


@require_POST
@member_required
def editing_mentions(request: HttpRequest, pk: int) -> HttpResponse:
    """The same for a message that is being edited, which is no command."""
    message = get_object_or_404(request.user.get_changeable_messages().select_related("room"), pk=pk)
    if lacks_text(request):
        return HttpResponse(status=204)
    field = {"field": "messages/_editor.html#field", "field_id": f"edit-{pk}", "message": message}
    if "mention" in request.POST:
        return show_chosen(request, message.room, field, choose(request, message.room, read_text(request, "body")))
    return offer(request, message.room, field, {})


def offer(request: HttpRequest, room: Room, field: dict[str, Any], context: dict[str, Any]) -> HttpResponse:
    text = read_text(request, "body")
    opening = find_name(request, text)
    choices = list_names(request, room, text, opening) if opening else []
    begun = None if choices else find_emoji(text, read_caret(request, text))
    emojis = find_emojis(begun.typed)[:MOST] if begun else []
    caret = next((some.caret for some in (opening, begun) if some), "")
    context |= {"text": text, "caret": caret, "url": request.path, "choices": choices, "emojis": emojis}
    return render(request, "messages/mentions.html", field | context)


def show_chosen(request: HttpRequest, room: Room, field: dict[str, Any], text: str) -> HttpResponse:
    return render(request, "messages/completed.html", field | {"room": room, "body": text})


def find_name(request: HttpRequest, text: str) -> Opening | None:
    # Asked at every pause in typing, and most texts name nobody: that costs no query.
    return find_opening(text, read_caret(request, text)) if ats.search(text) else None


def list_names(request: HttpRequest, room: Room, text: str, opening: Opening) -> list[Choice]:
    return suggest_outsiders(room, opening.typed) if invites(text) else suggest(room, request.user, opening.typed)


def choose(request: HttpRequest, room: Room, text: str) -> str:
    opening, value = find_emoji(text, read_caret(request, text)), request.POST["mention"]
    if opening and value in find_emojis(opening.typed):
        return insert(text, opening, value)
    opening = find_name(request, text)
    name = find_outsider(room, value) if invites(text) else find_choice(room, request.user, value)
    return complete(text, opening, name) if opening and name else text


def invites(text: str) -> bool:
    call = peek(text)
    return call is not None and call.word == "invite"


def find_commands(request: HttpRequest, room: Room, text: str) -> dict[str, Any]:
    """Which commands the text may become; of the one that it is, what there is to know."""
    word = find_word(text, read_caret(request, text))
    if word is not None:
        return {"commands": list_commands(request.user, room, word)}
    call = peek(text)
    if call is None:
        return {}
    command = COMMANDS[call.word]
    refusal = command.forbids(request.user, room)
    return {"hint": refusal} if refusal else {"told": Help(call.word, command.takes, command.does)}


def choose_command(text: str, value: str) -> str | None:
    command = COMMANDS.get(value.removeprefix("/")) if value.startswith("/") else None
    return complete_word(text, value[1:], goes_on=bool(command.takes)) if command else None


def read_text(request: HttpRequest, name: str) -> str:
    return request.POST.get(name, "").replace("\r\n", "\n")


def read_caret(request: HttpRequest, text: str) -> int:
    """Where the typing goes on: where it did when this text was seen, or where the text differs from what was seen."""
    before, caret = read_text(request, "seen"), request.POST.get("caret", "")
    if text == before:
        return min(int(caret), len(text)) if caret.isascii() and caret.isdigit() and len(caret) < 9 else len(text)
    return find_caret(text, before)
