"""What a page says of itself, however it is written, and in no more time than it is long."""

from __future__ import annotations

import time

import pytest

from rooms.links.parsing import parse

UTF8 = "text/html; charset=utf-8"


@pytest.mark.parametrize(
    ("html", "title", "description", "image"),
    [
        ("<title> A &amp;\n B </title>", "A & B", "", ""),
        ("<TITLE lang=en>A</TITLE><META NAME=Description CONTENT=short>", "A", "short", ""),
        ("<meta content='B &lt;b&gt;' property='og:title'><title>A</title>", "B <b>", "", ""),
        ('<meta property="og:title" content=""><title>A</title>', "A", "", ""),
        ('<meta name="twitter:title" content="T"><meta name="twitter:image" content=" /i.png ">', "T", "", "/i.png"),
        ('<script>"<title>no</title>"</script><!-- <title>no</title> --><title>yes</title>', "yes", "", ""),
        ("<title>first</title><svg><title>second</title></svg>", "first", "", ""),
        ("<title>never closed", "", "", ""),
        ("<!-- never closed <title>x</title>", "", "", ""),
        ("<metadata content=x><title>A</title>", "A", "", ""),
        ("<title>a\u202eb\x00c\u2066</title>", "a b c", "", ""),
        (f"<title>{'x' * 300}</title>", f"{'x' * 199}…", "", ""),
        ("", "", "", ""),
    ],
)
def test_title_description_and_image(html: str, title: str, description: str, image: str) -> None:
    assert parse(html.encode(), UTF8) == (title, description, image)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("<title>港</title>".encode("shift_jis"), "text/html; charset=Shift_JIS"),
        (b'<meta charset="euc-jp">' + "<title>港</title>".encode("euc-jp"), "text/html"),
        ("<title>港</title>".encode("utf-16"), "text/html"),
        ("<title>港</title>".encode(), "text/html"),
        ("<title>港</title>".encode(), "text/html; charset=punycode"),
        ("<title>港</title>".encode(), "text/html; charset=iso-8859-99"),
    ],
)
def test_charsets(body: bytes, content_type: str) -> None:
    assert parse(body, content_type).title == "港"


@pytest.mark.parametrize(
    "piece",
    [
        *("<", "<!--", "<a ", "</", "<![", "&", "<meta a='", '<meta name="', "<meta ", "<script>", "<title>", "<title"),
        *("<div>", "<meta" + " " * 7000, "<meta a=" + "b" * 7000, "<style></style>", "<meta/", "\x00", "<title>&#"),
    ],
)
def test_no_megabyte_takes_long(piece: str) -> None:
    page = (piece * (1_000_000 // len(piece) + 1)).encode()
    began = time.process_time()
    parse(page, UTF8)

    assert time.process_time() - began < 1
