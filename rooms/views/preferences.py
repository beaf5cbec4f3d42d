"""One's settings: a page of several forms, each of which is sent to an address of its own."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from rooms.forms import PrivacyForm, ProfileForm, ToastsForm
from rooms.models import Membership
from rooms.views.memberships import list_memberships
from rooms.views.outside import get_outside
from rooms.views.scoping import member_required


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def profile(request: HttpRequest) -> HttpResponse:
    """What somebody is called, and how they read; beside it all the other settings."""
    if request.method != "POST":
        return show_settings(request)
    form = ProfileForm(request.user, request.POST)
    if not form.is_valid():
        return show_settings(request, form=form)
    request.user.introduce(**form.cleaned_data)
    with translation.override(request.user.language):
        messages.success(request, _("Your profile is saved."))
    return redirect("profile")


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def toasts(request: HttpRequest) -> HttpResponse:
    """What slides into the page one is looking at, and whether it is heard."""
    return save(request, "toasts", ToastsForm, _("Your notifications are saved."))


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def privacy(request: HttpRequest) -> HttpResponse:
    """What others see of somebody."""
    return save(request, "privacy", PrivacyForm, _("What others see of you is saved."))


def save(request: HttpRequest, section: str, form_class: type[forms.Form], note: str) -> HttpResponse:
    if request.method == "POST":
        form = form_class(request.user, request.POST)
        if not form.is_valid():
            return show_settings(request, **{section: form})
        request.user.set_manners(**form.cleaned_data)
        messages.success(request, note)
    return redirect(f"{reverse('profile')}#settings-{section}")


def show_settings(request: HttpRequest, **refused: forms.Form) -> HttpResponse:
    """The whole page. A form that was refused stands in it as it was filled in, its first mistake before one's eyes."""
    user = request.user
    context: dict[str, Any] = {"form": ProfileForm(user), "toasts": ToastsForm(user), "privacy": PrivacyForm(user)}
    for form in refused.values():
        for name in [name for name in form.errors if name in form.fields][:1]:
            form.fields[name].widget.attrs["autofocus"] = True
    context |= {"memberships": list_memberships(user), "levels": Membership.Involvement.choices}
    context |= get_outside(request) | refused
    return render(request, "accounts/profile.html", context, status=422 if refused else 200)
