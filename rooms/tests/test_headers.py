"""What every response carries, whichever layer wrote it."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from pytest_django import Settings

from rooms.middleware import cautious_headers


@pytest.mark.parametrize(("path", "status"), [("/up", 200), ("/no-such-page/", 404), ("/static/icons/rooms.svg", 200)])
@pytest.mark.django_db
def test_pages_errors_and_static_files_are_guarded(client: Client, path: str, status: int) -> None:
    response = client.get(path)

    assert response.status_code == status
    assert response["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self'; ")
    assert "unsafe" not in response["Content-Security-Policy"]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in response["Permissions-Policy"]


@pytest.mark.parametrize("path", ["/static/vendor/htmx-4.0.1.min.js", "/static/css/base.css", "/me.css"])
@pytest.mark.django_db
def test_styles_and_scripts_carry_what_counts_for_them(client: Client, path: str) -> None:
    response = client.get(path)

    assert response.status_code == 200
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"
    assert response["Content-Security-Policy"] == "default-src 'none'"
    assert "Permissions-Policy" not in response


@pytest.mark.django_db
def test_an_unknown_host_is_guarded_too(client: Client) -> None:
    response = client.get("/up", headers={"host": "evil.example"})

    assert response.status_code == 400
    assert "Content-Security-Policy" in response


@pytest.mark.django_db
def test_nobody_stores_a_page(client: Client) -> None:
    assert client.get("/up")["Cache-Control"] == "private, no-store"


def test_a_view_may_say_otherwise() -> None:
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse(headers={"Cache-Control": "private, max-age=60"})

    response = cautious_headers(view)(RequestFactory().get("/"))

    assert response["Cache-Control"] == "private, max-age=60"


@pytest.mark.django_db
def test_plain_http_is_sent_to_https_except_for_the_health_check(client: Client, settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_HSTS_SECONDS = 60

    assert client.get("/rooms/")["Location"] == "https://testserver/rooms/"
    assert client.get("/up").status_code == 200
    assert client.get("/up", secure=True)["Strict-Transport-Security"] == "max-age=60"
