"""The first visit."""

from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from rooms.forms import SetupForm
from rooms.models import Workspace
from rooms.views.sessions import begin_session, begin_visit


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def setup(request: HttpRequest) -> HttpResponse:
    """Make the team, its first room and its administrator; only while there is no team."""
    if Workspace.objects.exists():
        return redirect("home")
    if request.method != "POST":
        begin_visit(request)
        return render(request, "accounts/setup.html", {"form": SetupForm()})
    form = SetupForm(request.POST)
    if not form.is_valid():
        return render(request, "accounts/setup.html", {"form": form}, status=422)
    return create(request, form)


def create(request: HttpRequest, form: SetupForm) -> HttpResponse:
    names = {"team": form.cleaned_data["team"], "room": form.cleaned_data["room"]}
    try:
        administrator = Workspace.set_up(**names, **form.account)
    except IntegrityError:
        # Somebody else was first, a moment ago.
        return redirect("sign_in")
    begin_session(request, administrator)
    return redirect("home")
