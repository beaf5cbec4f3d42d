"""A mail as it came, read: also what was written to be read for hours."""

from __future__ import annotations

import time
from collections.abc import Callable
from email.message import EmailMessage
from email.mime.application import MIMEApplication
from email.mime.image import MIMEImage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms.replying.charsets import decode
from rooms.replying.reading import Unreadable, read
from rooms.tests.replying.mails import answer, raw


@pytest.mark.parametrize("charset", ["utf-8", "iso-2022-jp", "shift_jis", "euc-jp", "cp932"])
@pytest.mark.parametrize("body", ["了解です。\n午後３時に、カフェで。", "はい"])
def test_japanese_is_read_in_every_charset(charset: str, body: str) -> None:
    assert read(answer(body, charset=charset).as_bytes()).text.rstrip("\n") == body


@pytest.mark.parametrize(
    ("charset", "content", "text"),
    [
        ("Shift_JIS", "①髙橋さん".encode("cp932"), "①髙橋さん"),
        ("ISO-2022-JP", b"\x1b$B-!\x1b(B ok \x1b$B4A;z\x1b(B", "① ok 漢字"),
        ("ISO-2022-JP", "ｶﾅ".encode("iso2022_jp_ext"), "ｶﾅ"),
        ("ISO-2022-JP", b"\x1b$B4A", "漢"),
        ("ISO-2022-JP", b"\x1b$", ""),
        ("us-ascii", "für".encode(), "für"),
        ("nonsense", "für".encode(), "für"),
        ("rot13", b"plain", "plain"),
        ("undefined", b"plain", "plain"),
        ("unicode_escape", rb"C:\new", r"C:\new"),
        ("utf-8", b"\xff\xfe broken", "\ufffd\ufffd broken"),
    ],
)
def test_what_programs_call_a_charset_is_not_always_that(charset: str, content: bytes, text: str) -> None:
    assert read(raw(charset, content, "x@example.org")).text == text


def test_every_letter_of_iso_2022_jp_is_read_as_python_does() -> None:
    letters = []
    for row in range(0x21, 0x75):
        for cell in range(0x21, 0x7F):
            written = b"\x1b$B" + bytes([row, cell]) + b"\x1b(B"
            try:
                letters.append((written.decode("iso-2022-jp"), decode(written, "iso-2022-jp")))
            except UnicodeDecodeError:
                continue

    # Some signs have two places in Unicode each, of which Windows takes the other one.
    assert len(letters) > 6800
    assert {letter for letter, read in letters if letter != read} == {*"〜‖−¢£¬"}


def test_lines_that_a_program_has_broken_are_joined() -> None:
    text = b"One line \r\nof text \r\nin three.\r\n\r\n  indented\r\n> quoted \r\nanother\r\n-- \r\nBob"
    mail = raw("utf-8; format=flowed", text, "x@example.org")

    assert read(mail).text == "One line of text in three.\n\n indented\n> quoted \nanother\n-- \nBob"
    japanese = "東京に \r\n行きます".encode()
    assert read(raw("utf-8; format=flowed; delsp=yes", japanese, "x@example.org")).text == "東京に行きます"


def test_of_text_and_html_the_text_is_read() -> None:
    mail = answer("Plain")
    mail.add_alternative("<p>Rich</p>", subtype="html")
    assert read(mail.as_bytes()).text == "Plain\n"

    mail = answer(" \n")
    mail.add_alternative("<p>Rich</p>", subtype="html")
    assert read(mail.as_bytes()).text == "Rich"

    mail = answer("")
    mail.set_content("<p>Rich</p><p>too</p>", subtype="html")
    assert read(mail.as_bytes()).text == "Rich\ntoo"


def test_a_mail_that_is_attached_is_no_file_nor_is_what_was_attached_to_it() -> None:
    attached, mail = EmailMessage(), EmailMessage()
    mail["From"] = "bob@example.org"
    attached.set_content("Long ago")
    attached.add_attachment(b"theirs", "application", "pdf", filename="theirs.pdf")
    mail.set_content("See below")
    mail.add_attachment(b"mine", "application", "pdf", filename="mine.pdf")
    mail.add_attachment(attached, filename="old.eml")

    assert [file.name for file in read(mail.as_bytes()).files] == ["mine.pdf"]


def test_files_come_with_it_and_pictures_of_a_signature_do_not() -> None:
    mail = MIMEMultipart("mixed")
    mail["From"] = "bob@example.org"
    related = MIMEMultipart("related")
    related.attach(MIMEText('<p>Hi</p><img src="cid:logo@x">', "html"))
    logo = MIMEImage(b"GIF89a", "gif", name="logo.gif")
    logo["Content-ID"], logo["Content-Disposition"] = "<logo@x>", 'inline; filename="logo.gif"'
    related.attach(logo)
    mail.attach(related)
    photo = MIMEImage(b"\xff\xd8", "jpeg", name="写真.jpg")
    photo["Content-Disposition"] = "inline; filename*=utf-8''%E5%86%99%E7%9C%9F.jpg"
    mail.attach(photo)
    for name, kind in (("plan.pdf", "pdf"), ("smime.p7s", "pkcs7-signature"), ("winmail.dat", "ms-tnef")):
        part = MIMEApplication(b"%PDF", kind)
        part["Content-Disposition"] = f'attachment; filename="{name}"'
        mail.attach(part)

    found = read(mail.as_bytes())
    assert [(file.name, file.content) for file in found.files] == [("写真.jpg", b"\xff\xd8"), ("plan.pdf", b"%PDF")]
    assert found.text == "Hi"


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-generated; owner-email=x"},
        {"Precedence": "bulk"},
        {"Precedence": "Junk"},
        {"X_Autoreply": "yes"},
        {"List_Id": "<x.example.org>"},
        {"Return_Path": "<>"},
        {"sender": "MAILER-DAEMON <mailer-daemon@example.org>"},
    ],
)
def test_what_no_person_wrote_is_known_by_its_headers(headers: dict[str, str]) -> None:
    assert read(answer(**headers).as_bytes()).find_robot()


def test_a_delivery_report_is_known() -> None:
    mail = MIMEMultipart("report", report_type="delivery-status")
    mail["From"] = "somebody@example.org"

    assert read(mail.as_bytes()).find_robot() == "a report"


@pytest.mark.parametrize("headers", [{}, {"Auto_Submitted": "no"}, {"Precedence": "normal"}, {"Return_Path": "<b@x>"}])
def test_what_a_person_wrote_is_no_robots(headers: dict[str, str]) -> None:
    assert read(answer(**headers).as_bytes()).find_robot() == ""


def test_a_mail_is_known_again_with_or_without_an_id() -> None:
    assert read(answer(id="<one@x>").as_bytes()).id == "<one@x>"
    one, other = answer("One"), answer("Another")
    for mail in (one, other):
        del mail["Message-ID"]

    assert read(one.as_bytes()).id == read(one.as_bytes()).id != read(other.as_bytes()).id


def test_bytes_that_are_no_letters_break_nothing() -> None:
    header = b'Message-ID: <\xff@x>\r\nContent-Disposition: attachment; filename="\xff\xfe.txt"\r\nTo: \xff@x'
    mail = read(header + b"\r\n\r\nhi")

    said = [mail.id, *mail.recipients, *(file.name for file in mail.files)]
    assert len(mail.files) == 1 and "".join(said).encode()


@pytest.mark.parametrize("content", [b"", b"no mail", b"\x00\xff" * 100, b"\n\nhello", b"From alice\nhello"])
def test_what_is_no_mail_is_said_to_be_none(content: bytes) -> None:
    with pytest.raises(Unreadable):
        read(content)


def part(header: bytes, body: bytes = b"x") -> bytes:
    return b"From: bob@example.org\r\n" + header + b"\r\n\r\n" + body


HOSTILE: dict[str, Callable[[], bytes]] = {
    "parens": lambda: part(b"Content-Type: text/plain " + b"(" * 900),
    "many parens": lambda: part(b"Content-Type: text/plain " + b"(" * 1_000_000),
    "quotes": lambda: part(b"Content-Type: text/plain; a=" + b'"' * 900),
    "many quotes": lambda: part(b"Content-Type: text/plain; a=" + b'"' * 1_000_000),
    "lines that end in CR": lambda: b"From: a@b\rContent-Type: text/plain; a=" + b'"' * 30_000 + b"\r\rx",
    "parts that end in CR": lambda: part(b"Content-Type: multipart/mixed; boundary=b", b"--b\r\rx\r" * 500_000),
    "punycode": lambda: part(b"Content-Type: text/plain; charset=punycode", b"a-" + b"b" * 500_000),
    "JIS": lambda: part(b"Content-Type: text/plain; charset=iso-2022-jp", b"\x1b$B" + b'"!' * 4_900_000),
    "semicolons": lambda: part(b"Content-Type: text/plain" + b";" * 900),
    "folded": lambda: part(b"Content-Type: text/plain" + b";\r\n " * 1_000_000),
    "deep": lambda: part(
        b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (i, i) for i in range(5_000))
    ),
    "nearly deep": lambda: part(
        b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (i, i) for i in range(390))
    ),
    "parts": lambda: part(b"Content-Type: multipart/mixed; boundary=b", b"--b\r\n\r\nx\r\n" * 500_000),
    "mails": lambda: part(b"Content-Type: message/rfc822\r\n\r\n" * 5_000),
    "headers": lambda: part(b"X: y\r\n" * 300_000 + b"X: y"),
    "a header": lambda: part(b"X: " + b"y" * 5_000_000),
    "addresses": lambda: part(b"To: " + b"<" * 4_900),
    "comments": lambda: part(b"To: " + b"(" * 4_900),
    "quoted addresses": lambda: part(b"To: " + b'"' * 4_900 + b"\r\nCc: " + b",;<>@" * 900),
    "many to": lambda: part(b"\r\n".join([b"To: " + b"a@b, " * 900] * 100)),
    "base64": lambda: part(b"Content-Transfer-Encoding: base64", b"QUJD" * 2_000_000),
    "an id": lambda: part(b"Message-ID: " + b"<" * 4_900),
    "quoted-printable": lambda: part(b"Content-Transfer-Encoding: quoted-printable", b"=41" * 3_000_000),
    "hostile parts": lambda: part(
        b"Content-Type: multipart/mixed; boundary=b",
        b"".join(b"\r\n--b\r\nContent-Type: text/plain; a=" + b'"' * 900 + b"\r\n\r\nx" for _ in range(30)),
    ),
}


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE)
def test_no_mail_takes_long(make: Callable[[], bytes]) -> None:
    content = make()
    began = time.process_time()
    try:
        mail = read(content)
        assert mail.find_robot() == "" and isinstance([mail.id, mail.sender, mail.recipients], list)
    except Unreadable:
        pass

    assert time.process_time() - began < 5


@given(
    st.binary(max_size=2_000),
    st.sampled_from([b"", b"Content-Type: multipart/mixed; boundary=b\r\n", b"From: x@y\r\n"]),
)
def test_any_bytes_are_read_or_said_to_be_no_mail(content: bytes, header: bytes) -> None:
    try:
        mail = read(header + content)
    except Unreadable as error:
        assert str(error)
    else:
        said = [
            mail.text,
            mail.id,
            mail.sender,
            mail.find_robot(),
            *mail.recipients,
            *(file.name for file in mail.files),
        ]
        assert "".join(said).encode().decode() == "".join(said)
