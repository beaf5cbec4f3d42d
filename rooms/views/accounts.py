"""One's own account: joining, profile, password."""

import secrets

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from rooms.forms import PasswordForm, SignUpForm
from rooms.models import Attempt, TooManyAttempts, User, Workspace
from rooms.views.scoping import member_required
from rooms.views.sessions import begin_session, begin_visit, describe_wait


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, code: str) -> HttpResponse:
    """Sign up through the link that the administrators hand out."""
    if request.user.is_authenticated:
        return redirect("home")
    workspace = Workspace.current()
    if workspace is None or not secrets.compare_digest(code.encode(), workspace.join_code.encode()):
        return render(request, "accounts/no_such_link.html", status=404)
    if request.method != "POST":
        begin_visit(request)
        return render(request, "accounts/join.html", {"form": SignUpForm()})
    form = SignUpForm(request.POST)
    if not form.is_valid():
        return render(request, "accounts/join.html", {"form": form}, status=422)
    return create(request, form)


def create(request: HttpRequest, form: SignUpForm) -> HttpResponse:
    try:
        user = User.objects.sign_up(**form.account)
    except IntegrityError:
        # The same form twice, at the same moment.
        form.add_error("email", User._meta.get_field("email").error_messages["unique"])
        return render(request, "accounts/join.html", {"form": form}, status=422)
    begin_session(request, user)
    return redirect("home")


@sensitive_post_parameters("current", "password")
@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def password(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return render(request, "accounts/password.html", {"form": PasswordForm(request.user)})
    form = PasswordForm(request.user, request.POST)
    try:
        attempts = Attempt.objects.begin([f"password.{request.user.pk}"])
    except TooManyAttempts as error:
        form.errors.clear()
        form.add_error(None, describe_wait(error))
        return render(request, "accounts/password.html", {"form": form}, status=429)
    if not form.is_valid():
        return render(request, "accounts/password.html", {"form": form}, status=422)
    Attempt.objects.forgive(attempts)
    change_password(request, form.cleaned_data["password"])
    messages.success(request, _("Your password is changed. Other browsers are signed out."))
    return redirect("profile")


def change_password(request: HttpRequest, new: str) -> None:
    # In one transaction: when the others are told to look whether their session stands, this one already does.
    with transaction.atomic():
        request.user.change_password(new)
        update_session_auth_hash(request, request.user)
        request.session.save()
