"""Bytes that people uploaded, or that were fetched for them: sent so that no browser takes them for a page of ours."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import content_disposition_header, quote_etag

from rooms.files.models import Blob
from rooms.files.storage import read

RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})\Z", re.ASCII)

# Nothing in it runs, loads or knows who is looking, should a browser show it as a page after all.
POLICY = "sandbox; default-src 'none'"


def serve(request: HttpRequest, blob: Blob, media: str, name: str, inline: bool = True) -> HttpResponseBase:
    """Answer with the bytes, or with the range of them that is asked for. Raises Http404 where they are gone.

    Who may have them was looked up before; browsers are told to ask again each time.
    """
    etag = quote_etag(blob.name.rpartition("/")[2])
    response = answer(request, blob, etag)
    response.headers["Content-Type"] = media
    response.headers["Content-Disposition"] = content_disposition_header(not inline, name) or "inline"
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["ETag"] = etag
    patch_vary_headers(response, ["Cookie"])
    return response


def answer(request: HttpRequest, blob: Blob, etag: str) -> HttpResponseBase:
    if unchanged := get_conditional_response(request, etag=etag):
        return unchanged
    span = read_range(request, blob.size, etag)
    if span is None:
        return send(request, blob, 0, blob.size)
    start, end = span
    if start >= end:
        response = HttpResponse(status=416)
        response.headers["Content-Range"] = f"bytes */{blob.size}"
        return response
    partial = send(request, blob, start, end)
    partial.status_code = 206
    partial.headers["Content-Range"] = f"bytes {start}-{end - 1}/{blob.size}"
    return partial


def read_range(request: HttpRequest, size: int, etag: str) -> tuple[int, int] | None:
    """From where up to, not including, where; None for all of it, an empty range for one that is not there.

    Of several ranges, or of another file's, all of it is sent, as RFC 9110 allows; and it knows ranges only of GET.
    """
    if request.method != "GET":
        return None
    asked = RANGE.match(request.headers.get("Range", ""))
    if not asked or not any(asked.groups()) or request.headers.get("If-Range", etag) != etag:
        return None
    first, last = asked.groups()
    if not first:
        return max(size - int(last), 0) if int(last) else size, size
    if last and int(last) < int(first):
        return None
    return int(first), min(int(last) + 1, size) if last else size


def send(request: HttpRequest, blob: Blob, start: int, end: int) -> HttpResponseBase:
    pieces = read(blob.name, start, end)
    try:
        # Opened here, while it can still be said that it is not there.
        first = b"" if request.method == "HEAD" or start == end else next(pieces, b"")
    except OSError:
        raise Http404 from None
    if request.method == "HEAD" or len(first) >= end - start:
        response: HttpResponseBase = HttpResponse(first)
    else:
        response = StreamingHttpResponse(stream(first, pieces))
    response.headers["Content-Length"] = str(end - start)
    return response


async def stream(first: bytes, pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Pass on a piece when the one before has been taken: a slow reader costs a piece of memory and no thread."""
    piece = first
    while piece:
        yield piece
        piece = await asyncio.to_thread(next, pieces, b"")
    with suppress(AttributeError):
        pieces.close()  # type: ignore[attr-defined]
