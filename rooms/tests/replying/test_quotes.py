"""What of an answer is new, whatever program wrote it."""

from __future__ import annotations

import time

import pytest

from rooms.replying.html import to_text
from rooms.replying.quotes import Ours, find_new
from rooms.tests.replying.mails import OURS, PROGRAMS, quoted

US = Ours(("rooms@chat.example.org",), "Rooms", ("reply+secret", "https://chat.example.org/outside/unsubscribe/"))

ANSWERS = {
    "a line": "Yes, I am.",
    "Japanese": "はい、います。\n\n午後３時に行きます。",
    "a list": "Three things:\n\n- one\n- two\n    - three, within\n\nThanks, that is all.\nBest, Bob",
    "code": "Like this:\n\n    for mail in mails:\n        read(mail)\n\nor `--` it",
    "numbers": "On 27 Nov 2026 at 10:00 I wrote:\n\nSubject: nothing\nFrom: nowhere\n\nand 3 others --\n----\nBob",
    "thanks first": "Thanks,\nI sent it from my phone to you.\nOn it!",
    "fields": "Name: Bob\nPhone: 020 7946 0000\nMail: bob@example.org",
    "a colon at the end": "This is what I think of it:",
    "of us": "Write to rooms@chat.example.org, they are Rooms.",
}


@pytest.mark.parametrize("said", ANSWERS.values(), ids=ANSWERS)
@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_nothing_but_the_answer_is_new(program: str, said: str) -> None:
    assert find_new(program.format(said), US) == said


def test_what_stands_between_quoted_lines_is_new() -> None:
    text = f"On 11/27/26 10:00, Rooms wrote:\n{quoted()}\n> Are you there?\n\nYes.\n\n> And tomorrow?\n\nNo.\n"

    assert find_new(text, US) == "Yes.\n\nNo."


@pytest.mark.parametrize("said", ANSWERS.values(), ids=ANSWERS)
def test_who_has_no_name_is_known_by_the_address(said: str) -> None:
    nameless = Ours(US.addresses, "", US.secrets)

    assert find_new(PROGRAMS["gmail"].format(said), nameless) == said
    assert find_new(f"Note:\nOf it:\n\n> x\n\n{said}", nameless) == f"Note:\nOf it:\n\n{said}"


@pytest.mark.parametrize("said", ["Sent via courier", "It was sent from the office", "明日チケットを入手"])
def test_what_only_sounds_like_a_phone_stays(said: str) -> None:
    assert find_new(f"{said}\n", US) == said


@pytest.mark.parametrize(
    "line",
    [
        *("Sent from my iPhone", "Sent via the Samsung Galaxy S24", "Get Outlook for Android", "Androidから送信"),
        *("Outlook for iOS を入手<https://aka.ms/o0ukef>", "Von meinem iPhone gesendet", "Envoyé de mon iPad"),
        *("Enviado desde mi iPhone", "Inviato da iPhone", "发自我的手机", "Sent with Proton Mail secure email."),
    ],
)
def test_what_a_phone_adds_is_not_new(line: str) -> None:
    assert find_new(f"Yes\n\n{line}\n\n", US) == "Yes"


@pytest.mark.parametrize("text", ["", "\n\n", quoted(), PROGRAMS["gmail"].format(""), PROGRAMS["outlook"].format("")])
def test_of_nothing_but_a_quote_nothing_is_new(text: str) -> None:
    assert find_new(text, US) == ""


def test_no_secret_of_a_mail_is_ever_new() -> None:
    """A program that quotes without a word about it: what is left then holds no address that is its reader's alone."""
    new = find_new(f"Yes\n\n{OURS}", US)

    assert "unsubscribe" not in new and new.startswith("Yes")
    assert find_new("Yes\nTo: reply+secret@chat.example.org\nand more", US) == "Yes"


def html(said: str, quote: str) -> str:
    return f"<html><head><style>p {{ color: red }}</style></head><body>{said}{quote}</body></html>"


@pytest.mark.parametrize(
    "quote",
    [
        '<div class="gmail_quote"><div class="gmail_attr">On … Rooms wrote:</div><blockquote>x</blockquote></div>',
        "<div>On Nov 27, 2026, at 10:00, Rooms &lt;rooms@chat.example.org&gt; wrote:</div><blockquote>x</blockquote>",
        '<hr><div id="divRplyFwdMsg"><b>From:</b> Rooms &lt;rooms@chat.example.org&gt;<br><b>Sent:</b> 10:00</div>x',
        '<div class="gmail_signature">Bob</div>',
        "<p>-- <br>Bob</p>",
    ],
)
def test_html_says_the_same(quote: str) -> None:
    said = "<p>Fish &amp; <b>chips</b>,\nfor two</p><div>at<br>nine</div>"

    new = find_new(to_text(html(said, quote)), US)
    assert [line for line in new.split("\n") if line] == ["Fish & chips, for two", "at", "nine"]


def test_what_stands_below_an_html_quote_is_new() -> None:
    text = to_text("<div>Rooms &lt;rooms@chat.example.org&gt; wrote:</div><blockquote>x</blockquote><p>Yes</p>")

    assert find_new(text, US) == "Yes"


HOSTILE = {
    "on": "On " + "a " * 50_000,
    "lines": "On a\n" * 20_000,
    "fields": "From: Rooms\n" * 8_000,
    "us": "<rooms@chat.example.org>\n" * 4_000,
    "us and quotes": "On 1 2 3 4 <rooms@chat.example.org>:\n> x\n" * 2_500,
    "dates": "1 2 3 4:\n" * 11_000,
    "spaces": " " * 100_000 + "x",
    "newlines": "\n" * 100_000,
    "quotes": "> " * 50_000,
    "quote lines": ">\n:\n" * 25_000,
    "gaps": "\n\n\n> x\n" * 14_000,
    "dashes": "-" * 100_000,
    "stars": "*" * 100_000,
    "colons": ": " * 50_000,
    "schrieb": "Am " + "schrieb " * 12_000,
    "digits": "1 " * 50_000,
    "sent": "Sent from my iPhone\n" * 5_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_no_text_takes_long(text: str) -> None:
    began = time.process_time()
    find_new(text, US)

    assert time.process_time() - began < 0.5


@pytest.mark.parametrize(
    "piece",
    ["<", "<a ", "<div>", "</div>", "&", "<!--", "<div></p>", "<!", "<?", "<a b='", "<pre>", "<style>", "<blockquote>"],
)
def test_no_html_takes_long(piece: str) -> None:
    began = time.process_time()
    to_text(piece * (300_000 // len(piece)))

    assert time.process_time() - began < 2
