"""Which addresses are asked, and that nothing that answers there costs more than its share."""

from __future__ import annotations

import gzip
import socket
import time
from pathlib import Path
from typing import Any

import pytest

from rooms.outside.asking import Answer, ask
from rooms.outside.guard import Refused, Unreachable, check, is_public, locate
from rooms.tests.outside.zoo import Server, drips, floods, hangs, make_certificate, says, serving


@pytest.fixture(autouse=True)
def nothing_allowed(settings: Any) -> None:
    settings.TARGETS_ALLOWED = []


@pytest.mark.parametrize(
    "host",
    [
        *(
            "127.0.0.1",
            "127.1",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0",
            "0.0.0.0",
        ),
        *("[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]"),
        *("[64:ff9b:1::7f00:1]", "[2002:7f00:1::]", "[2001:0:7f00:1::]", "[fe80::1]", "[fc00::1]", "[fd00:ec2::254]"),
        *("0177.0.0.1", "0x7f.0.0.1", "0x7f000001", "2130706433", "017700000001", "localhost", "localhost."),
        *(
            "224.0.0.1",
            "255.255.255.255",
            "240.0.0.1",
            "127。0。0。1",
            "①②⑦.0.0.1",
            "[ff02::1]",
            "192.0.2.1",
            "198.18.0.1",
            "LOCALHOST",
        ),
    ],
)
def test_no_private_address_is_asked_however_it_is_written(host: str) -> None:
    with pytest.raises(Refused) as refused:
        locate(f"http://{host}/")

    assert refused.value.reason in {Refused.PRIVATE, Refused.UNKNOWN}


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "localhost.", "2130706433", "[::1]", "0x7f.1"])
def test_those_that_this_machine_understands_are_refused_for_what_they_are(host: str) -> None:
    with pytest.raises(Refused) as refused:
        locate(f"http://{host}/")

    assert refused.value.reason == Refused.PRIVATE


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        *((f"{scheme}://ntfy.sh/x", Refused.SCHEME) for scheme in ("gopher", "file", "ftp", "dict", "ws", "")),
        ("file:///etc/passwd", Refused.SCHEME),
        ("ntfy.sh/topic", Refused.SCHEME),
        *((f"http://ntfy.sh:{port}/", Refused.PORT) for port in (22, 25, 5432, 6379, 11211, 9200, 1)),
        ("http://user:password@ntfy.sh/", Refused.MALFORMED),
        ("http://ntfy.sh/\r\nX-Header: 1", Refused.MALFORMED),
        ("http://ntfy.sh/a b", Refused.MALFORMED),
        ("http://ntfy.sh\\@127.0.0.1/", Refused.MALFORMED),
        ("http://ntfy.sh:99999/", Refused.MALFORMED),
        ("http:///topic", Refused.MALFORMED),
        ("http://[::1/", Refused.MALFORMED),
        ("http://ntfy.sh/#here", Refused.MALFORMED),
        ("http://ntfy.sh/雑談", Refused.MALFORMED),
    ],
)
def test_what_is_not_the_web_is_not_a_target(url: str, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        check(url)

    assert refused.value.reason == reason


@pytest.mark.parametrize("url", ["https://ntfy.sh/topic?up=1", "http://93.184.215.14:8080/", "https://[2606:4700::1]/"])
def test_public_addresses_are_fine(url: str) -> None:
    assert check(url).geturl() == url


def test_public_is_what_the_internet_routes() -> None:
    import ipaddress

    public = ("93.184.215.14", "1.1.1.1", "2606:4700::1111", "2a00:1450::1")
    assert all(is_public(ipaddress.ip_address(address)) for address in public)


def test_one_private_address_among_several_refuses_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [(2, 1, 6, "", (address, 80)) for address in ("93.184.215.14", "127.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **options: answers)

    with pytest.raises(Refused) as refused:
        locate("http://rebind.example.org/")
    assert refused.value.reason == Refused.PRIVATE


def test_a_name_is_resolved_once_and_the_checked_address_is_asked(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(says(body=b"the checked one")) as server:
        settings.TARGETS_ALLOWED = [("127.0.0.1/32", server.port)]
        asked = []

        def resolve(host: str, *args: Any, **options: Any) -> list[Any]:
            asked.append(host)
            return [(2, 1, 6, "", ("127.0.0.1" if len(asked) == 1 else "127.0.0.2", server.port))]

        real, local = socket.getaddrinfo, ("127.0.0.1", "127.0.0.2")
        monkeypatch.setattr(
            socket,
            "getaddrinfo",
            lambda host, *args, **options: (real if host in local else resolve)(host, *args, **options),
        )
        answer = ask("GET", f"http://rebind.example.org:{server.port}/")

    assert (answer.body, asked) == (b"the checked one", ["rebind.example.org"])
    assert server.head()["host"] == f"rebind.example.org:{server.port}"


@pytest.fixture
def allowed(settings: Any) -> Any:
    """Ask a server of the zoo, which the operator allows."""

    def allowed(server: Server, url: str = "", **options: Any) -> Answer:
        settings.TARGETS_ALLOWED = [("127.0.0.0/8", server.port)]
        return ask("POST", url or server.url, b"hello", **options)

    return allowed


def test_the_operator_allows_one_port_and_no_other(settings: Any) -> None:
    with serving(says()) as server:
        settings.TARGETS_ALLOWED = [("127.0.0.0/8", None)]
        with pytest.raises(Refused):
            ask("POST", server.url)
        settings.TARGETS_ALLOWED = [("127.0.0.0/8", server.port + 1)]
        with pytest.raises(Refused):
            ask("POST", server.url)
        settings.TARGETS_ALLOWED = [("localhost", server.port)]
        with pytest.raises(Refused):
            ask("POST", server.url)
        assert ask("POST", f"http://localhost:{server.port}/").status == 200


def test_an_answer_is_status_headers_and_body(allowed: Any) -> None:
    with serving(says(429, "Retry-After: 7", body=b"later")) as server:
        answer = allowed(server)

    assert (answer.status, answer.headers["Retry-After"], answer.body) == (429, "7", b"later")
    assert server.bodies() == ["hello"]


def test_redirects_are_not_followed(allowed: Any) -> None:
    with serving(says()) as inside, serving(says(302, f"Location: {inside.url}")) as server:
        assert allowed(server).status == 302

    assert inside.requests == []


@pytest.mark.parametrize(
    "start",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX-Slow: ",
        b"HTTP/1.1 ",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n",
    ],
)
def test_a_byte_now_and_then_is_over_in_time(allowed: Any, start: bytes) -> None:
    with serving(drips(start)) as server:
        began = time.monotonic()
        with pytest.raises(Unreachable, match="no answer in time"):
            allowed(server, seconds=0.7)

    assert 0.6 < time.monotonic() - began < 5  # It would go on for ever.


def test_silence_is_over_in_time(allowed: Any) -> None:
    with serving(hangs) as server, pytest.raises(Unreachable):
        began = time.monotonic()
        try:
            allowed(server, seconds=0.5)
        finally:
            assert time.monotonic() - began < 5


def test_of_an_endless_body_the_beginning_is_read(allowed: Any) -> None:
    with serving(floods(b"HTTP/1.1 200 OK\r\nContent-Length: 5000000000\r\n\r\n")) as server:
        answer = allowed(server)

    assert len(answer.body) == 64 * 1024


def test_a_gzip_bomb_stays_what_it_is(allowed: Any) -> None:
    bomb = gzip.compress(b"0" * 20_000_000)
    with serving(says(200, "Content-Encoding: gzip", body=bomb)) as server:
        answer = allowed(server)

    assert answer.body == bomb[: 64 * 1024]
    assert server.head()["accept-encoding"] == "identity"


def test_an_answer_whose_body_is_not_wanted_is_there_at_once(allowed: Any) -> None:
    with serving(drips(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")) as server:
        assert allowed(server, limit=0).status == 200


@pytest.mark.parametrize("said", [b"220 mail.example.org ESMTP\r\n", b"", b"\x00" * 100, b"HTTP/1.1 abc\r\n\r\n"])
def test_what_is_not_http_is_unreachable(allowed: Any, said: bytes) -> None:
    with serving(lambda line: line.sendall(said)) as server, pytest.raises(Unreachable):
        allowed(server)


def test_a_closed_port_is_unreachable(allowed: Any) -> None:
    with serving(says()) as server:
        pass
    with pytest.raises(Unreachable, match="refused"):
        allowed(server)


def test_tls_is_verified_against_the_host_name(allowed: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate, context = make_certificate(tmp_path, "localhost")
    with serving(says(), context) as server:
        with pytest.raises(Unreachable, match="certificate"):
            allowed(server, f"https://localhost:{server.port}/")  # Nobody has signed it whom we know.
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        with pytest.raises(Unreachable, match=r"(?i)ip address mismatch"):
            allowed(server, f"https://127.0.0.1:{server.port}/")
        assert allowed(server, f"https://localhost:{server.port}/").status == 200
