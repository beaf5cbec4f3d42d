from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from rooms.live.limits import going_away


@require_safe
def up(request: HttpRequest) -> HttpResponse:
    """Say "up" when the database answers; a load balancer or a deploy waits for that. 503 from SIGTERM on."""
    if going_away.is_set():
        response = HttpResponse("going away\n", status=503, content_type="text/plain")
        response._has_been_logged = True  # Django would log an error for every probe.
        return response
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("up\n", content_type="text/plain")
