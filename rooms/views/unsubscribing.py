"""The way out of e-mails: a signed address that needs no password, see RFC 8058."""

from django.core.signing import BadSignature
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from rooms.outside.gathering import reading_as
from rooms.outside.mail import SIGNER
from rooms.outside.models import Target


@csrf_exempt  # Mail programs post it by themselves. The signature says what a token would.
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks, since programs follow links to look at them. POST turns the e-mail off, also a second time."""
    try:
        pk = SIGNER.unsign(token)
    except BadSignature:
        raise Http404 from None
    target = Target.objects.filter(pk=pk, kind=Target.Kind.EMAIL).select_related("user").first()
    if target and request.method == "POST":
        with reading_as(target.user):
            target.delete()
            return render(request, "outside/unsubscribed.html", {"done": True})
    if target is None:
        return render(request, "outside/unsubscribed.html", {"done": True})
    with reading_as(target.user):
        return render(request, "outside/unsubscribed.html", {"address": target.user.email})
