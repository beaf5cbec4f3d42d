"""Pages that are not read, or no further than they may be: a zoo of servers that mean harm."""

from __future__ import annotations

import gzip
import socket
import time
from typing import Any

import pytest

from rooms.links import fetching
from rooms.links.fetching import fetch
from rooms.links.finding import normalise
from rooms.outside import asking
from rooms.outside.asking import ask
from rooms.tests.files.pictures import huge_png, picture
from rooms.tests.links.conftest import HTML, PAGE, allow
from rooms.tests.outside.zoo import Answer, Server, drips, floods, hangs, says, serving

HOSTS = [
    *("127.0.0.1", "169.254.169.254", "[::1]", "[::ffff:127.0.0.1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "0"),
    *("2130706433", "0177.0.0.1", "0x7f.1", "localhost", "localhost.", "10.0.0.1", "192.168.1.1", "[fd00::1]"),
]


@pytest.fixture
def quick(monkeypatch: Any) -> None:
    monkeypatch.setattr(fetching, "SECONDS", 0.7)


@pytest.mark.parametrize("host", HOSTS)
def test_no_private_address_is_asked(monkeypatch: Any, host: str) -> None:
    monkeypatch.setattr(socket.socket, "connect", lambda *_: pytest.fail("connected"))

    assert fetch(f"http://{host}/") is None


@pytest.mark.parametrize("port", [22, 25, 5432, 6379, 11211])
def test_no_port_is_asked_that_is_not_the_webs(port: int) -> None:
    assert normalise(f"http://example.org:{port}/") == ""
    assert fetch(f"http://example.org:{port}/") is None


@pytest.mark.parametrize(
    "url", ["gopher://example.org/", "file:///etc/passwd", "ftp://example.org/", "http://a:b@example.org/"]
)
def test_nothing_but_the_web_is_asked(url: str) -> None:
    assert (normalise(url), fetch(url)) == ("", None)


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("https://Example.org", "https://example.org/"),
        ("https://example.org/潮?港=1#teil", "https://example.org/%E6%BD%AE?%E6%B8%AF=1"),
        ("https://example.org/a%20b", "https://example.org/a%20b"),
        ("https://example.org/" + "x" * 1000, ""),
        ("https://example.org:99999/", ""),
        ("https://[::1", ""),
    ],
)
def test_addresses_are_asked_for_in_one_way(link: str, url: str) -> None:
    assert normalise(link) == url


def test_where_notifications_may_go_is_not_for_everybody_to_read(settings: Any) -> None:
    with serving(says(200, HTML, body=PAGE)) as server:
        settings.TARGETS_ALLOWED = [("127.0.0.0/8", server.port)]

        assert (fetch(server.url), server.requests) == (None, [])


@pytest.mark.parametrize("location", ["http://127.0.0.1:{port}/inside", "//127.0.0.1:{port}/", "file:///etc/passwd"])
def test_a_redirect_is_checked_like_any_address(settings: Any, location: str) -> None:
    with serving(says(200, HTML, body=PAGE)) as inside:
        with serving(says(302, f"Location: {location.format(port=inside.port)}")) as server:
            allow(settings, server)

            assert fetch(server.url) is None
        assert (len(server.requests), inside.requests) == (1, [])


def test_a_redirect_to_ourselves_is_not_followed(settings: Any) -> None:
    with serving(says(200, HTML, body=PAGE)) as own, serving(says(302, f"Location: {own.url}")) as server:
        allow(settings, server, own)
        settings.BASE_URL = f"http://127.0.0.1:{own.port}"

        assert (fetch(server.url), own.requests) == (None, [])


def test_a_name_that_means_another_address_the_second_time_is_asked_where_it_was_checked(
    settings: Any, monkeypatch: Any
) -> None:
    with serving(says(200, HTML, body=PAGE)) as server:
        allow(settings, server)
        asked, real = [], socket.getaddrinfo

        def resolve(host: str, *args: Any, **options: Any) -> Any:
            if host != "rebind.example.org":
                return real(host, *args, **options)
            asked.append(host)
            return [(2, 1, 6, "", ("127.0.0.1" if len(asked) == 1 else "10.0.0.1", server.port))]

        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        found = fetch(f"http://rebind.example.org:{server.port}/")

    assert found and (found.title, len(asked)) == ("Tide tables & more", 1)


def test_redirects_are_followed_five_times_relative_ones_too(settings: Any) -> None:
    def answer(line: Any) -> None:
        left = int(server.requests[-1].split()[1].rpartition(b"/")[2])
        (says(200, HTML, body=PAGE) if left == 0 else says(302, f"Location: ./{left - 1}"))(line)

    with serving(answer) as server:
        allow(settings, server)
        found = fetch(f"http://127.0.0.1:{server.port}/a/5")
        asked = len(server.requests)

        assert found and found.address == f"http://127.0.0.1:{server.port}/a/0"
        assert asked == 6
        assert fetch(f"http://127.0.0.1:{server.port}/a/6") is None
        assert len(server.requests) - asked == 6


def test_a_loop_ends(settings: Any) -> None:
    with serving(says(302, "Location: /topic")) as server:
        allow(settings, server)

        assert fetch(server.url) is None
    assert len(server.requests) == 6


REFUSED: dict[str, Answer] = {
    "a program": says(200, "Content-Type: application/octet-stream", body=PAGE),
    "no type": says(200, body=PAGE),
    "json": says(200, "Content-Type: application/json", body=PAGE),
    "an error": says(500, HTML, body=PAGE),
    "a bomb": says(200, HTML, "Content-Encoding: gzip", body=gzip.compress(PAGE + b"0" * 5_000_000)),
    "no title": says(200, HTML, body=b"<p>Nothing</p>"),
    "a redirect to nowhere": says(302),
    "a broken redirect": says(302, "Location: http://[::1"),
    "no HTTP": lambda line: line.sendall(b"+PONG\r\n"),
    "nothing": lambda line: None,
}


@pytest.mark.parametrize("answer", REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_page_is_not_shown(settings: Any, answer: Answer) -> None:
    with serving(answer) as server:
        allow(settings, server)

        assert fetch(server.url) is None


SLOW: dict[str, Answer] = {
    "a byte now and then": drips(f"HTTP/1.1 200 OK\r\n{HTML}\r\nContent-Length: 5000\r\n\r\n".encode() + PAGE),
    "a header now and then": drips(b"HTTP/1.1 200 OK\r\nX: "),
    "silence": hangs,
}


@pytest.mark.parametrize("answer", SLOW.values(), ids=SLOW.keys())
@pytest.mark.usefixtures("quick")
def test_slowness_is_over_in_time(settings: Any, answer: Answer) -> None:
    with serving(answer) as server:
        allow(settings, server)
        began = time.monotonic()

        assert fetch(server.url) is None
        assert time.monotonic() - began < 4.5  # It would go on for ever, or for the usual five seconds.


@pytest.mark.usefixtures("quick")
def test_the_time_is_for_all_redirects_together(settings: Any) -> None:
    def answer(line: Any) -> None:
        time.sleep(0.25)
        says(302, "Location: /again")(line)

    with serving(answer) as server:
        allow(settings, server)

        assert fetch(server.url) is None
    assert len(server.requests) <= 3


def test_of_five_gigabytes_the_first_one_is_enough(settings: Any) -> None:
    head = f"HTTP/1.1 200 OK\r\n{HTML}\r\nContent-Length: 5000000000\r\n\r\n".encode()
    with serving(floods(head + PAGE)) as server:
        allow(settings, server)
        found = fetch(server.url)

    assert found and found.title == "Tide tables & more"


def test_a_page_in_crumbs_is_not_read_to_the_end(settings: Any) -> None:
    """Each piece costs us more than whoever sends it: a million of one byte would keep a core busy for seconds."""
    crumbs = b"".join(b"1\r\n%c\r\n" % byte for byte in PAGE + b" " * 100_000)
    head = f"HTTP/1.1 200 OK\r\n{HTML}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    with serving(lambda line: line.sendall(head + crumbs + b"0\r\n\r\n")) as server:
        allow(settings, server)
        answer = ask("GET", server.url, limit=fetching.MOST_BYTES, allowed=settings.LINK_PREVIEWS_ALLOWED)
        found = fetch(server.url)

    assert len(answer.body) == asking.PIECES
    assert found and found.title == "Tide tables & more"


def test_nothing_says_who_asks(settings: Any) -> None:
    with serving(says(200, HTML, body=PAGE)) as server:
        allow(settings, server)
        fetch(server.url)

    assert server.head().keys() == {"host", "accept", "accept-encoding", "user-agent"}
    assert server.head()["user-agent"] == "Rooms"


def serve_image(settings: Any, image: bytes, media: str, address: str = "/image") -> Any:
    """What is found of a page with this image, and how often something was asked for."""
    html = f'<title>T</title><meta property="og:image" content="{address}">'.encode()

    def answer(line: Any) -> None:
        shown = server.requests[-1].startswith(b"GET /image")
        (says(200, f"Content-Type: {media}", body=image) if shown else says(200, HTML, body=html))(line)

    with serving(answer) as server:
        allow(settings, server)
        return fetch(f"http://127.0.0.1:{server.port}/page"), server


@pytest.mark.parametrize(
    ("image", "media"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", "image/svg+xml"),
        (PAGE, "image/png"),
        (huge_png(), "image/png"),
        (picture()[:500], "image/png"),
        (b"\x89PNG" + b"0" * (fetching.MOST_BYTES + 1), "image/png"),
        (picture(), "text/html"),
    ],
    ids=["svg", "html", "huge", "broken", "heavy", "mistyped"],
)
def test_an_image_that_is_none_leaves_the_page_without(settings: Any, image: bytes, media: str) -> None:
    found, _ = serve_image(settings, image, media)

    assert (found.title, found.image) == ("T", b"")


@pytest.mark.parametrize("address", ["http://169.254.169.254/image", "data:image/png;base64,x", "//[", "image.gopher:"])
def test_an_images_address_is_checked_like_any(settings: Any, address: str) -> None:
    found, _ = serve_image(settings, picture(), "image/png", address)

    assert (found.title, found.image) == ("T", b"")


def test_an_image_is_made_anew(settings: Any) -> None:
    found, server = serve_image(settings, picture() + b"<script>", "image/png")

    assert found.image_type == "image/webp"
    assert b"<script>" not in found.image
    assert [isinstance(server, Server), len(server.requests)] == [True, 2]
