"""Who has seen a message."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from rooms.models.receipts import find_readers, shares_reading, tells_readers
from rooms.views.scoping import member_required


@require_safe
@member_required
def readers(request: HttpRequest, pk: int) -> HttpResponse:
    """For its author, in a direct or small room; those who hide what they read are asked to show it first."""
    own = request.user.get_messages().filter(author=request.user, erased_at=None).select_related("room")
    message = get_object_or_404(own, pk=pk)
    if not tells_readers(message.room):
        raise Http404
    shares = shares_reading(request.user)
    context = {"message": message, "shares": shares, "readers": find_readers(message) if shares else []}
    return render(request, "messages/_readers.html" if request.htmx else "messages/readers.html", context)
