"""Messages said differently, and what they said before."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from rooms.models import Message
from rooms.models.message import MessageQuerySet
from rooms.models.wording import MOST_WORDINGS
from rooms.posting import BodyForm, TooFast, check_edit_pace
from rooms.views.changing import change, show_change
from rooms.views.messages import slow_down
from rooms.views.scoping import get_room, member_required


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def editing(request: HttpRequest, pk: int) -> HttpResponse:
    if request.method != "POST":
        return open_editor(request, find(request.user.get_changeable_messages(), pk))
    message = find(request.user.get_answerable_messages(), pk)
    form = BodyForm(request.POST, needs_text=not message.files)
    if form.is_valid():
        try:
            check_edit_pace(request.user)
        except TooFast as error:
            return slow_down(render_editor(request, message, request.POST["body"], [str(error)]), error)
    errors = form.errors.get("body") or change(message.edit, form.cleaned_data["body"], request.user)
    if message.erased_at:  # While the form was open.
        errors = [_("This message has been erased. What you wrote is still here: copy it, or cancel.")]
    if errors:
        return render_editor(request, message, request.POST.get("body", ""), errors)
    return show_change(request, message)


def find(messages: MessageQuerySet, pk: int) -> Message:
    return get_object_or_404(messages.select_related("room", "author"), pk=pk)


@require_safe
@member_required
def editing_last(request: HttpRequest, slug: str) -> HttpResponse:
    """What somebody said last in a room, to be edited: the way there by keys."""
    room = get_room(request, slug)
    own = request.user.get_changeable_messages().filter(room=room, author=request.user)
    message = own.select_related("room", "author").order_by("-position").first()
    if message is None:
        errors = [_("You have not said anything here yet.")]
        return render(request, "live/not_posted.html", {"errors": errors}) if request.htmx else redirect(room)
    return open_editor(request, message) if request.htmx else redirect("editing", message.pk)


def open_editor(request: HttpRequest, message: Message) -> HttpResponse:
    """The form in the message's own place, or where that is not on the page above the composer."""
    if "closed" in request.GET:
        return HttpResponse()
    template = "live/editing.html" if request.htmx else "messages/editing.html"
    return render(request, template, {"message": message, "body": message.body})


def render_editor(request: HttpRequest, message: Message, body: str, errors: Sequence[Any]) -> HttpResponse:
    template = "messages/_editor.html" if request.htmx else "messages/editing.html"
    return render(request, template, {"message": message, "body": body, "errors": errors}, status=422)


@require_safe
@member_required
def wordings(request: HttpRequest, pk: int) -> HttpResponse:
    """What a message said before it was edited, the latest first. Of an erased one nothing is left."""
    messages = request.user.get_messages().filter(erased_at=None, edited_at__isnull=False)
    message = get_object_or_404(messages.select_related("room", "author", "edited_by"), pk=pk)
    earlier = message.wordings.select_related("written_by").order_by("-replaced_at", "-pk")
    template = "messages/_wordings.html" if request.htmx else "messages/wordings.html"
    return render(request, template, {"message": message, "wordings": earlier, "most": MOST_WORDINGS})
