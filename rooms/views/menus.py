"""What somebody may do with a message. Fetched when they ask: the message itself is drawn alike for everybody."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from rooms.models.receipts import tells_readers
from rooms.views.scoping import member_required


@require_safe
@member_required
def menu(request: HttpRequest, pk: int) -> HttpResponse:
    message = get_object_or_404(request.user.get_messages().for_display(), pk=pk)
    own = message.author_id == request.user.pk
    context = {
        "message": message,
        "open": not (message.erased_at or message.room.archived_at),
        "changeable": own or request.user.is_administrator,
        "bookmarked": request.user.bookmarks.filter(message=message).exists(),
        "tells_readers": own and tells_readers(message.room),
        "popover": request.htmx,
        "link": request.build_absolute_uri(message.get_absolute_url()),
    }
    return render(request, "messages/_menu.html" if request.htmx else "messages/menu.html", context)
