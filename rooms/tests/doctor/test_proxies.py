"""What the doctor concludes from what the server says it sees. The whole of it is in e2e/test_doctor.py."""

import socket
import ssl
from typing import Any
from urllib.parse import urlsplit

import pytest

from rooms.doctor import proxies
from rooms.doctor.finding import Examination, Verdict, well

WELL, NOTE, AWAY = Verdict.WELL, Verdict.NOTE, Verdict.AWAY
CHAT = urlsplit("https://chat.example.org")


@pytest.mark.parametrize(
    ("ours", "theirs", "seen", "forged", "verdict"),
    [
        ("198.51.100.7", "203.0.113.1", "198.51.100.7", False, WELL),
        ("192.168.1.5", "8.8.8.8", "8.8.4.4", False, WELL),  # behind a router
        ("127.0.0.1", "127.0.0.1", "127.0.0.1", True, NOTE),  # in the proxy's own place
        ("::1", "::1", "::1", False, NOTE),
        ("8.8.4.4", "8.8.8.8", "127.0.0.1", False, AWAY),
        ("8.8.4.4", "8.8.8.8", "172.17.0.1", False, AWAY),
        ("8.8.4.4", "8.8.8.8", "", False, AWAY),  # a Unix socket, and nobody named
        ("192.168.1.5", "192.168.1.1", "172.17.0.1", False, NOTE),
        ("8.8.4.4", "8.8.8.8", "192.0.2.77", True, AWAY),
    ],
)
def test_visitors(ours: str, theirs: str, seen: str, forged: bool, verdict: Verdict) -> None:
    assert proxies.look_at_address(ours, theirs, seen, forged).verdict is verdict


@pytest.mark.parametrize(
    ("https", "url", "seen", "verdicts"),
    [
        (True, "https://chat.example.org", ("chat.example.org", "https"), {"Host": WELL, "Scheme": WELL}),
        (True, "https://chat.example.org", ("chat.example.org", "http"), {"Host": WELL, "Scheme": AWAY}),
        (False, "https://chat.example.org", ("chat.example.org", "https"), {"Host": WELL, "Scheme": AWAY}),
        (True, "http://chat.example.org", ("chat.example.org", "http"), {"Host": WELL, "Scheme": AWAY}),
        (False, "http://10.0.0.2:8000", ("10.0.0.2:8000", "http"), {"Host": WELL, "Scheme": WELL}),
        (True, "https://chat.example.org", ("127.0.0.1:8000", "https"), {"Host": AWAY, "Scheme": WELL}),
    ],
)
def test_headers(settings: Any, https: bool, url: str, seen: tuple[str, str], verdicts: dict[str, Verdict]) -> None:
    settings.HTTPS = https
    facts = dict(zip(("host", "scheme"), seen, strict=True))

    assert {line.subject: line.verdict for line in proxies.look_at_headers(urlsplit(url), facts)} == verdicts


def test_a_host_that_origins_make_up_for_is_fine(settings: Any) -> None:
    settings.HTTPS, settings.LIVE_ALLOWED_ORIGINS = True, ["https://chat.example.org"]
    host, _ = proxies.look_at_headers(CHAT, {"host": "127.0.0.1:8000", "scheme": "https"})

    assert host.verdict is NOTE


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (socket.gaierror(-2, "Name or service not known"), "there is no chat.example.org"),
        (ConnectionRefusedError(111, "Connection refused"), "nothing answers"),
        (TimeoutError("timed out"), "nothing answers"),
        (ssl.SSLError(1, "wrong version number"), "does not speak TLS"),
    ],
)
def test_silence(error: Exception, words: str) -> None:
    assert words in proxies.explain_silence(CHAT, error).text


@pytest.mark.parametrize(
    ("status", "words"),
    [(301, "sends on to"), (400, "does not know the name"), (502, "does not reach"), (503, "not ready"), (404, "404")],
)
def test_statuses(status: int, words: str) -> None:
    finding = proxies.explain_status(CHAT, status, "https://www.example.org/")

    assert finding is not None
    assert words in finding.text


def test_a_look_that_fails_in_its_own_way_is_a_line() -> None:
    def look() -> Any:
        yield well("Thing", "begun")
        raise KeyError("what nobody thought of")

    begun, failed = Examination("Thing", look).result(5)

    assert (begun.verdict, failed.verdict) == (WELL, AWAY)
    assert "what nobody thought of" in failed.text
