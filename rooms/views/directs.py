"""Direct rooms: choose people, and find the one room of exactly these."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from rooms.forms import DirectForm
from rooms.models import Room
from rooms.views.scoping import member_required


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def directs(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return render(request, "rooms/directs.html", {"form": DirectForm(request.user)})
    form = DirectForm(request.user, request.POST)
    if not form.is_valid():
        return render(request, "rooms/directs.html", {"form": form}, status=422)
    return redirect(Room.objects.direct_between(form.cleaned_data["people"]))
