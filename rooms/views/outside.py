"""How one is reached outside of the browser: a section of the settings, with forms of its own."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from rooms.forms import ChoicesForm, QuietForm, TargetForm
from rooms.models import Attempt, TooManyAttempts
from rooms.outside import confirming, delivery
from rooms.outside.models import Subscription, Target, TooManyTargets
from rooms.outside.quiet import held_until, keep_quiet, snooze_until, tomorrow_morning
from rooms.outside.trouble import Trouble
from rooms.views.scoping import member_required
from rooms.views.sessions import describe_wait

SHOWN_ONCE = "outside_secret"


def get_outside(request: HttpRequest) -> dict[str, Any]:
    """What templates/outside/_section.html shows."""
    user = request.user
    targets = list(user.targets.order_by("pk"))
    subscription = Subscription.objects.filter(user=user).first()
    path = reverse("notification_feed", args=[subscription.token]) if subscription else ""
    outside = {
        "targets": targets,
        "has_email": any(target.kind == Target.Kind.EMAIL for target in targets),
        "sends_email": bool(settings.EMAIL_URL),
        "knows_address": bool(settings.BASE_URL),
        "held_until": held_until(user, timezone.now()),
        "snoozed": bool(user.snoozed_until and user.snoozed_until > timezone.now()),
        "secret": request.session.pop(SHOWN_ONCE, ""),
        "feed_url": request.build_absolute_uri(path) if path else "",
    }
    return {"outside": outside, "target_form": TargetForm(), "quiet_form": QuietForm(user)}


def back() -> HttpResponse:
    return redirect(f"{reverse('profile')}#outside")


def show_again(request: HttpRequest, **refused: Any) -> HttpResponse:
    from rooms.views.preferences import show_settings

    return show_settings(request, **refused)


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def outside(request: HttpRequest) -> HttpResponse:
    """POST adds a target."""
    if request.method != "POST":
        return back()
    if is_too_busy(request):
        return back()
    form = TargetForm(request.POST)  # Valid or not, it asks for the name of a host.
    if not form.is_valid():
        return show_again(request, target_form=form)
    target = add(request, **form.cleaned_data)
    if target:
        # For the next page, and no other: whoever has it can write in our name.
        request.session[SHOWN_ONCE] = target.secret
        messages.success(request, _("Added. Send yourself a test to see whether it arrives."))
    return back()


@require_POST
@member_required
def email(request: HttpRequest) -> HttpResponse:
    if settings.EMAIL_URL:
        target = add(request, kind=Target.Kind.EMAIL, delay=Target.Delay.QUARTER)
        if target and not target.is_confirmed:
            ask(request, target)
    return back()


@require_POST
@member_required
def question(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask the address once more whether it wants e-mail."""
    target = get_target(request, pk)
    if settings.EMAIL_URL and not target.is_confirmed:
        ask(request, target)
    return back()


def ask(request: HttpRequest, target: Target) -> None:
    if is_too_busy(request):
        return
    try:
        confirming.ask(target, settings.BASE_URL or request.build_absolute_uri("/").rstrip("/"))
    except confirming.AskedEnough:
        messages.error(request, _("Enough such mails were sent there today. Try it again tomorrow."))
    except Trouble as trouble:
        messages.error(request, _("The mail was not sent: %(trouble)s") % {"trouble": trouble})
    else:
        note = _("Look for the mail we sent to %(address)s, and confirm that you want more.")
        messages.success(request, note % {"address": request.user.email})


def add(request: HttpRequest, **choices: Any) -> Target | None:
    try:
        return Target.objects.add(request.user, **choices)
    except TooManyTargets:
        messages.error(request, _("You have as many as there can be. Remove one first."))
        return None


def get_target(request: HttpRequest, pk: int) -> Target:
    return get_object_or_404(request.user.targets.select_related("user"), pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def target(request: HttpRequest, pk: int) -> HttpResponse:
    """Change what goes there, and put it in working order again."""
    target = get_target(request, pk)
    form = ChoicesForm(request.POST if request.method == "POST" else None, instance=target)
    if request.method != "POST" or not form.is_valid():
        context = {"target": target, "form": form}
        return render(request, "outside/target.html", context, status=422 if form.errors else 200)
    Target.objects.add(request.user, target.kind, url=target.url, **form.cleaned_data)
    messages.success(request, _("Saved."))
    return back()


@require_POST
@member_required
def test(request: HttpRequest, pk: int) -> HttpResponse:
    """Send something at once, and say what came of it."""
    target = get_target(request, pk)
    if is_too_busy(request):
        return back()
    trouble = delivery.test(target)
    if trouble:
        messages.error(request, _("The test did not get through: %(trouble)s") % {"trouble": trouble})
    else:
        target.repair()
        messages.success(request, _("The test is sent, and was accepted there."))
    return back()


def is_too_busy(request: HttpRequest) -> bool:
    """Whether a person has had the server ask elsewhere too often of late; they are told so."""
    try:
        Attempt.objects.begin([f"outside.{request.user.pk}"])
    except TooManyAttempts as error:
        messages.error(request, describe_wait(error))
        return True
    return False


@require_POST
@member_required
def removal(request: HttpRequest, pk: int) -> HttpResponse:
    get_target(request, pk).delete()
    messages.success(request, _("Removed. Nothing goes there any more."))
    return back()


@require_POST
@member_required
def quiet(request: HttpRequest) -> HttpResponse:
    form = QuietForm(request.user, request.POST)
    if not form.is_valid():
        return show_again(request, quiet_form=form)
    keep_quiet(request.user, form.cleaned_data["quiet_from"], form.cleaned_data["quiet_until"])
    messages.success(request, _("Your quiet hours are saved."))
    return back()


@require_POST
@member_required
def snooze(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    ends = {"hour": now + timedelta(hours=1), "tomorrow": tomorrow_morning(request.user, now)}
    until = ends.get(request.POST.get("until", ""))
    snooze_until(request.user, until)
    messages.success(request, _("Nothing is sent for now.") if until else _("You are told again."))
    return back()


@require_POST
@member_required
def feed_address(request: HttpRequest) -> HttpResponse:
    if "drop" in request.POST:
        Subscription.objects.filter(user=request.user).delete()
        messages.success(request, _("The feed is gone, and its address with it."))
    else:
        Subscription.renew(request.user)
        messages.success(request, _("Your feed has a new address. A former one does not work any more."))
    return back()
