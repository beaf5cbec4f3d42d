"""Signing in and out."""

from typing import Any

from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from rooms.forms import SignInForm
from rooms.models import Attempt, TooManyAttempts, User, Workspace
from rooms.models.attempt import account_key, address_keys

STRANGER_SECONDS = 24 * 60 * 60


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect(read_destination(request))
    if not Workspace.objects.exists():
        return redirect("setup")
    if request.method != "POST":
        return show_form(request, SignInForm())
    form = SignInForm(request.POST)
    if not form.is_valid():
        return show_form(request, form, status=422)
    return create(request, form)


def create(request: HttpRequest, form: SignInForm) -> HttpResponse:
    account = account_key(form.cleaned_data["email"])
    try:
        attempts = Attempt.objects.begin([account, *address_keys(request.META.get("REMOTE_ADDR"))])
    except TooManyAttempts as error:
        return refuse(request, form, error)
    user = authenticate(request, username=form.cleaned_data["email"], password=form.cleaned_data["password"])
    if user is None:
        form.add_error(None, _("This e-mail address and password do not belong together. Check both and try again."))
        return show_form(request, form, status=422)
    # Only failures count: an office behind one address may start its day together.
    Attempt.objects.forgive(attempts)
    destination = read_destination(request)
    begin_session(request, user)
    return redirect(destination)


def begin_session(request: HttpRequest, user: User) -> None:
    """Sign somebody in for good, and sweep away the sessions that have expired."""
    login(request, user)
    request.session.set_expiry(None)
    request.session.clear_expired()


def begin_visit(request: HttpRequest) -> None:
    """Keep the session of a stranger for a day. Whatever looks at a form makes one, monitors and robots too."""
    request.session.set_expiry(STRANGER_SECONDS)


def refuse(request: HttpRequest, form: SignInForm, error: TooManyAttempts) -> HttpResponse:
    form.add_error(None, describe_wait(error))
    response = show_form(request, form, status=429)
    response.headers["Retry-After"] = str(error.wait)
    return response


def describe_wait(error: TooManyAttempts) -> str:
    minutes = -(-error.wait // 60)
    text = ngettext(
        "Too many tries. Wait %(minutes)d minute, then try again.",
        "Too many tries. Wait %(minutes)d minutes, then try again.",
        minutes,
    )
    return text % {"minutes": minutes}


def show_form(request: HttpRequest, form: SignInForm, status: int = 200) -> HttpResponse:
    begin_visit(request)
    context: dict[str, Any] = {"form": form, "next": request.POST.get("next", request.GET.get("next", ""))}
    return render(request, "accounts/sign_in.html", context, status=status)


def read_destination(request: HttpRequest) -> str:
    """The page of ours that was asked for before signing in; home when it is none of ours."""
    destination = request.POST.get("next") or request.GET.get("next") or ""
    hosts = {request.get_host()}
    if url_has_allowed_host_and_scheme(destination, allowed_hosts=hosts, require_https=request.is_secure()):
        return destination
    return resolve_url(settings.LOGIN_REDIRECT_URL)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End this session; pages that are open in it learn of that at once."""
    user = request.user
    if user.is_authenticated:
        logout(request)
        user.signed_out()
    return redirect("sign_in")
