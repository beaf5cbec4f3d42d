"""What people say of a message in an emoji, or a word: to choose from, to be toggled, and whose it is."""

from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from rooms.emojis import GROUPS, QUICK, find_emojis
from rooms.models import Archived, Message, NotAMember, User
from rooms.posting import ARCHIVED, TooFast, check_reaction_pace
from rooms.views.changing import show_change
from rooms.views.messages import slow_down
from rooms.views.scoping import member_required

MOST_NAMES = 50


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def reactions(request: HttpRequest, pk: int) -> HttpResponse:
    """GET: what to choose from, and who reacted; of one of them with `?of=`. POST: `content` is said or taken back."""
    messages = request.user.get_messages().filter(erased_at=None).for_display()
    message = get_object_or_404(messages, pk=pk)
    if request.method == "POST":
        return toggle(request, message)
    if request.htmx and "of" in request.GET:
        said = [group for group in name_reactors(message, request.user) if group["content"] == request.GET["of"]]
        return render(request, "messages/_reactors.html", {"group": said[0] if said else None})
    if request.htmx and ("content" in request.GET or "group" in request.GET):
        return render(request, "messages/_emojis.html", choose(request) | {"message": message})
    return show_choice(request, message)


def choose(request: HttpRequest) -> dict[str, Any]:
    """The emoji that a word finds, or those of a group; else the quick ones."""
    text, group = request.GET.get("content", ""), request.GET.get("group", "")
    found = find_emojis(text) if text else GROUPS[group][1] if group in GROUPS else QUICK
    return {"found": found, "groups": GROUPS, "text": text}


def show_choice(request: HttpRequest, message: Message, errors: Any = (), status: int = 200) -> HttpResponse:
    template = "messages/_picker.html" if request.htmx else "messages/reactions.html"
    context = {"message": message, "reacted": name_reactors(message, request.user), "errors": errors}
    return render(request, template, context | choose(request), status=status)


def toggle(request: HttpRequest, message: Message) -> HttpResponse:
    content = request.POST.get("content") or request.GET.get("content", "")
    try:
        check_reaction_pace(request.user)
        message.toggle_reaction(request.user, content)
    except NotAMember:
        raise Http404 from None
    except TooFast as error:
        return slow_down(refuse(request, message, [str(error)]), error)
    except ValidationError as error:
        return refuse(request, message, error.messages)
    except Archived:
        return refuse(request, message, [ARCHIVED])
    response = show_change(request, message)
    if request.htmx:  # What was wrong with an earlier one is so no more.
        response.write('<hx-partial hx-target="#toasts .toast--error" hx-swap="delete"></hx-partial>')
    if request.htmx and "field" in request.POST:
        response.write(
            '<hx-partial hx-target="#acts" hx-swap="outerHTML"><div id="acts" class="acts" popover></div></hx-partial>'
        )
    return response


def refuse(request: HttpRequest, message: Message, errors: list[Any]) -> HttpResponse:
    if request.htmx:
        return render(request, "live/not_posted.html", {"errors": errors}, status=422)
    return show_choice(request, message, errors, status=422)


def name_reactors(message: Message, viewer: User) -> list[dict[str, Any]]:
    """Who reacted how, under the names that they have now. The viewer comes first."""
    people = get_user_model().objects.in_bulk({pk for _content, user_ids in message.reactions for pk in user_ids})
    groups = []
    for content, user_ids in message.reactions:
        names = [people[pk].name for pk in user_ids if pk in people and pk != viewer.pk]
        names = [_("You"), *names] if viewer.pk in user_ids else names
        groups.append({"content": content, "names": names[:MOST_NAMES], "others": len(names[MOST_NAMES:])})
    return groups
