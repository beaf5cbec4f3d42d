"""Django's ASGI handler, with the whole of a request in one thread, and threads that stay."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from contextvars import copy_context
from tempfile import SpooledTemporaryFile
from typing import IO, Any

import django
from django.conf import settings
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.core.handlers.base import BaseHandler
from django.core.signals import request_started
from django.urls import set_script_prefix

from project.progress import Progress

FORM_BYTES = 2 * 1024 * 1024
"""Of a body without files: twice what Django then reads of it."""

MAIL_PATH = "/outside/replies/mime"
"""Where mail providers, who say who they are, post what is larger than a form."""

ENCODED = 3
"""How many times as large a mail may be as a field of a form, where most signs take three letters."""

THREADS = 32
"""Requests that are served at once in each process; the others wait in line, as behind posts to a locked database."""


class ThreadHandler(ASGIHandler):
    """Runs signals, middleware, view and clean-up in one hop to a thread, and to their end though the visitor is gone.

    Django's own handler hops five times a request, though all of ours is synchronous, and starts a thread for each,
    which opens an SQLite connection of its own and closes it again: that was two thirds of what a post cost.

    And it cancels a view whose visitor has left. A synchronous view cannot be stopped: it goes on in its thread, while
    nobody gives its database connection back. Browsers leave early all the time.
    """

    def __init__(self) -> None:
        BaseHandler.__init__(self)
        self.load_middleware(is_async=False)
        self.threads = ThreadPoolExecutor(THREADS, thread_name_prefix="pages")

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            body = await self.read_bounded(receive, scope)
        except RequestAborted:
            return
        loop = asyncio.get_running_loop()
        response = await loop.run_in_executor(self.threads, copy_context().run, self.respond, scope, body)
        await self.send_response(response, send)
        if response.streaming:
            await loop.run_in_executor(self.threads, response.close)

    async def read_bounded(self, receive: Any, scope: Any) -> IO[bytes]:
        """Read the body, no more of it than a request of its kind may hold: Django would put all of it on the disk.

        Where it is more, what comes is let go by, so that the visitor is there to hear of it; the body is then empty,
        and `too_large` stands in the scope. Raises RequestAborted when the visitor leaves.
        """
        kind = next((value for name, value in scope["headers"] if name == b"content-type"), b"")
        most = settings.UPLOAD_BYTES if kind.startswith(b"multipart/") and has_session(scope) else FORM_BYTES
        says_who = any(name == b"authorization" for name, _ in scope["headers"])
        if scope["path"] == MAIL_PATH and settings.REPLY_HOOK_TOKEN and says_who:
            most = ENCODED * settings.MAIL_BYTES
        body = SpooledTemporaryFile(settings.FILE_UPLOAD_MAX_MEMORY_SIZE, dir=settings.FILE_UPLOAD_TEMP_DIR)  # noqa: SIM115
        size, more, progress = 0, True, Progress(scope)
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                body.close()
                raise RequestAborted
            piece, more = message.get("body", b""), message.get("more_body", False)
            size += len(piece)
            await progress.note(size)
            if size <= most:
                body.write(piece)
            elif not scope.get("too_large"):
                scope["too_large"] = True
                body.truncate(0)
        body.seek(0)
        await progress.end()
        return body

    def respond(self, scope: Any, body: IO[bytes]) -> Any:
        """Answer a request whose body is read. What is not streamed is closed: nobody waits for a slow reader."""
        with closing(body):
            set_script_prefix(get_script_prefix(scope))
            request_started.send(sender=type(self), scope=scope)
            request, refusal = self.create_request(scope, body)
            response: Any = refusal if request is None else self.get_response(request)
            response._handler_class = type(self)
            if not response.streaming:
                response.close()
        return response


def has_session(scope: Any) -> bool:
    """Whether the visitor says to be somebody: strangers have no files to send, only forms."""
    cookies = b";".join(value for name, value in scope["headers"] if name == b"cookie").split(b";")
    return any(cookie.strip().startswith(f"{settings.SESSION_COOKIE_NAME}=".encode()) for cookie in cookies)


def get_pages() -> ThreadHandler:
    """What django.core.asgi.get_asgi_application returns, with our handler."""
    django.setup(set_prefix=False)
    return ThreadHandler()
