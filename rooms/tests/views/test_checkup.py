"""What the server tells the doctor, and nobody else."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.signing import TimestampSigner
from django.test import Client

from rooms.doctor.server import HEADER, SALT


def permit(**options: Any) -> dict[str, str]:
    return {HEADER: TimestampSigner(**{"salt": SALT, **options}).sign("doctor")}


def test_it_says_what_it_sees(client: Client) -> None:
    seen = client.get("/up/seen", headers={**permit(), "Host": "localhost:8000"}, secure=True).json()

    assert (seen["host"], seen["scheme"], seen["address"]) == ("localhost:8000", "https", "127.0.0.1")


@pytest.mark.parametrize(
    "make", [dict, lambda: permit(key="another"), lambda: permit(salt="another"), lambda: {HEADER: "doctor:x:y"}]
)
def test_nobody_else_finds_it(db: None, client: Client, make: Callable[[], dict[str, str]]) -> None:
    assert client.get("/up/seen", headers=make()).status_code == 404


def test_a_permit_ends(db: None, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    headers = permit()
    monkeypatch.setattr("rooms.views.checkup.PERMIT_SECONDS", 0)

    assert client.get("/up/seen", headers=headers).status_code == 404


def test_it_is_not_sent_to_https(client: Client, settings: Any) -> None:
    """Whether the scheme is known is what the doctor asks."""
    settings.SECURE_SSL_REDIRECT = True

    assert client.get("/up/seen", headers=permit()).json()["scheme"] == "http"
