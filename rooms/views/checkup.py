"""For `manage.py doctor --url`: what the server sees of a request that came through the proxies."""

from django.core.signing import BadSignature, TimestampSigner
from django.http import Http404, HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from rooms.doctor.server import HEADER, PERMIT_SECONDS, SALT
from rooms.live.limits import PROCESS
from rooms.operations.sampler import worker_name


def checkup(request: HttpRequest) -> JsonResponse:
    """Answer who shows a permit that was signed with our own key, a moment ago. Nobody else finds this address."""
    try:
        TimestampSigner(salt=SALT).unsign(request.headers.get(HEADER, ""), max_age=PERMIT_SECONDS)
    except BadSignature:
        raise Http404 from None
    return tell(request)


@require_safe
def tell(request: HttpRequest) -> JsonResponse:
    return JsonResponse(
        {
            "host": request.headers.get("Host", ""),
            "scheme": request.scheme,
            "address": request.META.get("REMOTE_ADDR", ""),
            "worker": worker_name(),
            "sockets": PROCESS.highest,
        }
    )
