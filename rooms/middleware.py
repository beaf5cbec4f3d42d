"""Headers, static files, and whose language and time zone. Synchronous: one hop to a thread serves the whole chain."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.template.defaultfilters import filesizeformat
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import StaticFile

PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"
    for feature in (
        "camera",
        "display-capture",
        "geolocation",
        "microphone",
        "payment",
        "usb",
        "browsing-topics",
    )
)

NO_DOCUMENTS = ("text/css", "text/javascript")
"""What browsers never show as a page of its own. Pictures are: an SVG may hold scripts."""

GetResponse = Callable[[HttpRequest], HttpResponseBase]


def cautious_headers(get_response: GetResponse) -> GetResponse:
    """Let nobody store, embed or hand out more than a view allows in so many words."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        response.headers.setdefault("Cache-Control", "private, no-store")
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if response.headers.get("Content-Type", "").startswith(NO_DOCUMENTS):
            # Nothing acts under a policy there; the long one would add seven kilobytes to a page of twenty files.
            response.headers["Content-Security-Policy"] = "default-src 'none'"
        else:
            response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        return response

    return middleware


class Compress(GZipMiddleware):
    """Django's, for text: what people upload is compressed already, and a range of it has to stay that range."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if response.headers.get("Accept-Ranges"):
            return response
        return super().process_response(request, response)


def bounded_bodies(get_response: GetResponse) -> GetResponse:
    """Say so where a request was too large to be read, before anything looks for what stood in it."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if not getattr(request, "scope", {}).get("too_large"):
            return get_response(request)
        layout = {"layout": "errors/fragment.html"} if request.headers.get("HX-Request") == "true" else {}
        limit = {"limit": filesizeformat(settings.UPLOAD_BYTES)}
        return HttpResponse(render_to_string("errors/413.html", layout | limit), status=413)

    return middleware


def preferences(get_response: GetResponse) -> GetResponse:
    """Answer people in the language and time zone they chose; others get what LocaleMiddleware found out."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return get_response(request)
        language = request.user.language
        request.LANGUAGE_CODE = language
        with translation.override(language), timezone.override(request.user.time_zone):
            response = get_response(request)
        # Outside of this block LocaleMiddleware would name the browser's language.
        response.headers.setdefault("Content-Language", language)
        patch_vary_headers(response, ["Cookie"])
        return response

    return middleware


class StaticFiles(WhiteNoiseMiddleware):
    """WhiteNoise, with whole bodies: Django warns of every file that an async server has to iterate over."""

    @staticmethod
    def serve(static_file: StaticFile, request: HttpRequest) -> HttpResponseBase:
        streamed = WhiteNoiseMiddleware.serve(static_file, request)
        body = b"".join(streamed.streaming_content)
        streamed.close()
        response = HttpResponse(body, status=streamed.status_code)
        response.headers = streamed.headers
        return response
