"""The lookups that are the permission: rows are found through the person's own set, and are not there otherwise."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from rooms.models import Membership, Room, Workspace

View = Callable[..., HttpResponse]


def member_required(view: View) -> View:
    """Let a view serve those who are signed in; the others are asked who they are."""

    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            return view(request, *args, **kwargs)
        return ask_to_sign_in(request)

    return wrapper


def administrator_required(view: View) -> View:
    """Let a view serve administrators; for other members there is no such page."""

    @member_required
    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_administrator:
            raise Http404
        return view(request, *args, **kwargs)

    return wrapper


def ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    if is_fragment(request):
        # Never a redirect: fetch would follow it to a page that says 200, and the composer would take that
        # for success and delete what was typed.
        return render(request, "accounts/_signed_out.html", status=401)
    if not Workspace.objects.exists():
        return redirect("setup")
    here = {"next": request.get_full_path()} if request.method in {"GET", "HEAD"} else {}
    return redirect(f"{reverse('sign_in')}?{urlencode(here)}" if here else "sign_in")


def is_fragment(request: HttpRequest) -> bool:
    """Whether htmx asks and will put the answer into a page. Holds before any middleware has run, too."""
    return request.headers.get("HX-Request") == "true"


def get_room(request: HttpRequest, slug: str) -> Room:
    return get_object_or_404(request.user.get_rooms(), slug=slug)


def get_membership(request: HttpRequest, slug: str) -> Membership:
    """The person's place in a room, and with it the room."""
    return get_object_or_404(request.user.memberships.select_related("room"), room__slug=slug)


def get_administered_room(request: HttpRequest, slug: str) -> Room:
    return get_object_or_404(request.user.get_administered_rooms(), slug=slug)
