"""The same chat on the same tables, as a first Django project has it.

`startproject`'s middleware, Django's own ASGI handler, a view that reads and renders everything each time, Channels'
AuthMiddlewareStack before the socket. Nothing is done badly on purpose: this is what Rooms is measured against, not a
scarecrow.
"""

import os
import time
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "e2e.bench.apps.naive_settings"

import django

django.setup()

from asgiref.sync import async_to_sync  # noqa: E402
from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.generic.websocket import AsyncWebsocketConsumer  # noqa: E402
from channels.layers import get_channel_layer  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.contrib.auth.decorators import login_required  # noqa: E402
from django.core.asgi import get_asgi_application  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.shortcuts import get_object_or_404, render  # noqa: E402
from django.urls import path  # noqa: E402
from django.views.decorators.csrf import csrf_exempt  # noqa: E402

from rooms.models import Message, Room  # noqa: E402


@csrf_exempt
def bare(request: HttpRequest) -> HttpResponse:
    """The least that Django can do."""
    return HttpResponse("up")


@login_required
def room(request: Any, slug: str) -> HttpResponse:
    found = get_object_or_404(Room, slug=slug, memberships__user=request.user)
    if request.method == "POST":
        return post(request, found)
    newest = found.messages.select_related("author").order_by("-position")[: int(request.GET["messages"])]
    return render(request, "room.html", {"room": found, "messages": reversed(newest)})


def post(request: Any, found: Room) -> HttpResponse:
    now = time.time_ns()
    message = Message(room=found, author=request.user, body=request.POST["body"], position=now, clock=now, key=str(now))
    message.save()
    said = {"type": "chat.message", "author": request.user.name, "body": message.body}
    layer: Any = get_channel_layer()
    async_to_sync(layer.group_send)("chat", said)
    return HttpResponse(status=204)


class ChatConsumer(AsyncWebsocketConsumer):
    """Lets in who is signed in. Asks for no membership and catches nothing up."""

    async def connect(self) -> None:
        user: Any = self.scope["user"]
        if user.is_authenticated:
            await self.channel_layer.group_add("chat", self.channel_name)
            await self.accept()

    async def disconnect(self, code: int) -> None:
        await self.channel_layer.group_discard("chat", self.channel_name)


urlpatterns = [path("up", bare), path("rooms/<str:slug>/", room)]
chat: Any = ChatConsumer.as_asgi()
sockets = AuthMiddlewareStack(URLRouter([path("chat/", chat)]))
application = ProtocolTypeRouter({"http": get_asgi_application(), "websocket": sockets})
