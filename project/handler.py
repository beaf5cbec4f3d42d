"""Django's ASGI handler, with the whole of a request in one thread."""

import asyncio

import django
from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.base import BaseHandler
from django.http import HttpRequest
from django.http.response import HttpResponseBase


class ThreadHandler(ASGIHandler):
    """Runs middleware and view in one thread, and to their end though the visitor is gone.

    Django's own handler goes from the thread of the middleware back to the event loop and from there to a thread for
    the view, though all of ours is synchronous: that was a third of what a post cost.

    And it cancels a view whose visitor has left. A synchronous view cannot be stopped: it goes on in its thread, while
    nobody gives its database connection back. Browsers leave early all the time.
    """

    def __init__(self) -> None:
        BaseHandler.__init__(self)
        self.load_middleware(is_async=False)

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        answer = asyncio.ensure_future(sync_to_async(self.get_response)(request))
        try:
            return await asyncio.shield(answer)
        except asyncio.CancelledError:
            await asyncio.wait([answer])
            raise


def get_pages() -> ThreadHandler:
    """What django.core.asgi.get_asgi_application returns, with our handler."""
    django.setup(set_prefix=False)
    return ThreadHandler()
