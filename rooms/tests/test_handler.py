import asyncio
import time

import pytest
from asgiref.testing import ApplicationCommunicator
from django.core.signals import request_finished
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import path

from project.handler import ThreadHandler
from project.progress import SMALL, find_progress

SCOPE = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": [(b"host", b"testserver")]}
VISITORS = 200


def view(request: HttpRequest) -> HttpResponse:
    return HttpResponse("done")


urlpatterns = [path("", view)]


async def visit(handler: ThreadHandler) -> ApplicationCommunicator:
    visitor = ApplicationCommunicator(handler, dict(SCOPE))
    await visitor.send_input({"type": "http.request", "body": b""})
    return visitor


@pytest.fixture
def handler():
    with override_settings(ROOT_URLCONF="rooms.tests.test_handler"):
        yield ThreadHandler()


async def test_a_visitor_who_stays_is_answered(handler: ThreadHandler) -> None:
    visitor = await visit(handler)

    assert (await visitor.receive_output(5))["status"] == 200
    assert (await visitor.receive_output(5))["body"] == b"done"


async def test_visitors_who_leave_at_any_moment_break_nothing(handler: ThreadHandler) -> None:
    finished: list[object] = []
    request_finished.connect(note := lambda **_: finished.append(None))
    begin = time.perf_counter()
    await (await visit(handler)).receive_output(5)
    duration = time.perf_counter() - begin

    for number in range(VISITORS):
        visitor = await visit(handler)
        await asyncio.sleep(1.5 * duration * number / VISITORS)
        await visitor.send_input({"type": "http.disconnect"})
        await visitor.wait(5)  # Raises what the handler raises.

    request_finished.disconnect(note)
    assert len(finished) >= VISITORS  # That is when database connections are given back.


@pytest.mark.parametrize(
    ("kind", "cookie", "most"),
    [
        (b"multipart/form-data; boundary=x", b"theme=dark; session=abc", 11),
        (b"multipart/form-data; boundary=x", b"theme=dark; old-session=abc", 2),
        (b"text/plain", b"session=abc", 2),
    ],
)
async def test_a_body_is_read_up_to_what_its_kind_may_hold(
    handler: ThreadHandler, kind: bytes, cookie: bytes, most: int
) -> None:
    """Megabytes. What is too large is heard to its end, and kept nowhere."""
    for size, status in ((most, 200), (most + 1, 413)):
        scope = SCOPE | {"headers": [*SCOPE["headers"], (b"content-type", kind), (b"cookie", cookie)]}
        with override_settings(UPLOAD_BYTES=11 * 1024 * 1024):
            visitor = ApplicationCommunicator(handler, scope)
            for _ in range(size):
                await visitor.send_input({"type": "http.request", "body": bytes(1024 * 1024), "more_body": True})
            await visitor.send_input({"type": "http.request", "body": b""})
            assert (await visitor.receive_output(5))["status"] == status


async def test_how_much_of_a_body_has_come_can_be_asked(handler: ThreadHandler) -> None:
    length = (b"content-length", str(2 * SMALL).encode())
    scope = SCOPE | {"query_string": b"progress=abc-1", "headers": [*SCOPE["headers"], length]}
    visitor = ApplicationCommunicator(handler, scope)
    await visitor.send_input({"type": "http.request", "body": bytes(SMALL), "more_body": True})
    async with asyncio.timeout(5):
        while find_progress("abc-1") is None:
            await asyncio.sleep(0.01)
    assert find_progress("abc-1") == (SMALL, 2 * SMALL)

    await visitor.send_input({"type": "http.request", "body": bytes(SMALL)})
    assert (await visitor.receive_output(5))["status"] == 200
    assert find_progress("abc-1") is None
