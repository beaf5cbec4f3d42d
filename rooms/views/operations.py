"""What the installation is doing, for administrators."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from rooms.live.http import catch_up_response
from rooms.operations.feed import WATCHED_SECONDS, OperationsFeed
from rooms.operations.models import Journal
from rooms.operations.report import Report
from rooms.operations.sampler import take_figures, worker_name
from rooms.views.scoping import administrator_required


@require_safe
@administrator_required
def operations(request: HttpRequest) -> HttpResponse:
    """The figures as they are now, of this process at once and of the others in a few seconds."""
    Journal.want(WATCHED_SECONDS)
    Journal.record(worker_name(), take_figures)
    feed = OperationsFeed("all")
    context = {"feed": feed, "position": feed.position(), "report": Report.read()}
    return render(request, "operations/operations.html", context)


@require_safe
def operations_changes(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated and request.user.is_administrator:
        Journal.want(WATCHED_SECONDS)
    return catch_up_response(request, OperationsFeed("all"))
