"""Django's ASGI handler, for visitors who leave early."""

import asyncio

import django
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest
from django.http.response import HttpResponseBase


class PatientHandler(ASGIHandler):
    """Lets a view that has begun come to its end, though the visitor is gone.

    Django cancels it. A synchronous view cannot be stopped: it goes on in its thread, and what remains of the
    cancelled request trips over that (asgiref's "CurrentThreadExecutor already quit"): a traceback, and a database
    connection that nobody gives back. Browsers leave early all the time.
    """

    async def run_get_response(self, request: HttpRequest) -> HttpResponseBase:
        answer = asyncio.create_task(super().run_get_response(request))
        try:
            return await asyncio.shield(answer)
        except asyncio.CancelledError:
            await asyncio.wait([answer])
            raise


def get_pages() -> PatientHandler:
    """What django.core.asgi.get_asgi_application returns, with patience."""
    django.setup(set_prefix=False)
    return PatientHandler()
