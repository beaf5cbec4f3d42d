"""Who is here, and what administrators decide about them."""

from django.contrib import messages
from django.db.models import QuerySet
from django.db.models.functions import Lower
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from rooms.forms import CrowdMentionsForm
from rooms.live.presence import shown_online
from rooms.models import EmailTaken, LastAdministrator, User, Workspace
from rooms.views.scoping import administrator_required, member_required


@require_safe
@member_required
def people(request: HttpRequest) -> HttpResponse:
    return show_people(request)


@require_safe
@member_required
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """One of them, and a way to write to them. Who is gone is there for administrators only, as in the list."""
    shown = get_object_or_404(find_people(request.user), pk=pk)
    return render(request, "accounts/person.html", {"person": shown, "online": shown_online()})


def find_people(viewer: User) -> QuerySet[User]:
    return User.objects.all() if viewer.is_administrator else User.objects.active()


@require_POST
@administrator_required
def join_code(request: HttpRequest) -> HttpResponse:
    """Make a new join link; the old one stops working."""
    Workspace.objects.get().regenerate_join_code()
    messages.success(request, _("Here is a new join link. The old one has stopped working."))
    return redirect("people")


@require_POST
@administrator_required
def crowd_mentions(request: HttpRequest) -> HttpResponse:
    """Choose who may write @room and @here."""
    form = CrowdMentionsForm(request.POST, instance=Workspace.objects.get())
    if not form.is_valid():
        return show_people(request, _("Choose who may write @room and @here."))
    form.instance.save(update_fields=["crowd_mentions"])
    messages.success(request, _("Saved"))
    return redirect("people")


@require_POST
@administrator_required
def role(request: HttpRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(User.objects.active(), pk=pk)
    choice = request.POST.get("role", "")
    if choice not in User.Role:
        return show_people(request, _("Choose whether they are an administrator or a member."))
    try:
        person.change_role(choice)
    except LastAdministrator:
        return show_people(request, describe_need(person))
    return redirect("people")


@require_POST
@administrator_required
def deactivation(request: HttpRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(User.objects.active(), pk=pk)
    try:
        person.deactivate()
    except LastAdministrator:
        return show_people(request, describe_need(person))
    messages.success(request, _("%(name)s is signed out everywhere and cannot come back in.") % {"name": person.name})
    return redirect("people")


@require_POST
@administrator_required
def reactivation(request: HttpRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(User.objects.filter(is_active=False), pk=pk)
    try:
        person.reactivate()
    except EmailTaken:
        problem = _("Somebody else now uses the e-mail address of %(name)s. Send them the join link instead.")
        return show_people(request, problem % {"name": person.name})
    messages.success(request, _("%(name)s can sign in again and is in the open rooms.") % {"name": person.name})
    return redirect("people")


def describe_need(person: User) -> str:
    text = _("Without %(name)s there would be no administrator. Make somebody else one first.")
    return text % {"name": person.name}


def show_people(request: HttpRequest, problem: str = "") -> HttpResponse:
    """Everyone sees who is here; administrators also see who was, and the link by which people join."""
    context: dict[str, object] = {"people": find_people(request.user), "online": shown_online(), "problem": problem}
    if request.user.is_administrator:
        context["people"] = find_people(request.user).order_by("-is_active", Lower("name"), "pk")
        context["workspace"] = workspace = Workspace.objects.get()
        context["form"] = CrowdMentionsForm(instance=workspace)
        context["join_url"] = request.build_absolute_uri(reverse("join", args=[workspace.join_code]))
    return render(request, "accounts/people.html", context, status=422 if problem else 200)
