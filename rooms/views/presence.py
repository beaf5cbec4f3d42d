"""Who is in a room just now."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from rooms.feeds import RoomFeed
from rooms.live.presence import present
from rooms.models import User
from rooms.models.presence import find_faces
from rooms.views.scoping import get_room, member_required


@require_safe
@member_required
def presence(request: HttpRequest, slug: str) -> HttpResponse:
    """Everybody who is shown as here; the room's header has but some of them."""
    room = get_room(request, slug)
    # Only who is still in the room: what says who follows it may be a moment old.
    people = User.objects.active().filter(memberships__room=room, pk__in=find_faces(present(RoomFeed(room.pk).topic)))
    return render(
        request, "rooms/presence.html", {"room": room, "people": people, "title": room.get_title(request.user)}
    )
