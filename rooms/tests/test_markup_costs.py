"""The worst that anybody can type takes no longer than a blink: people behind it wait for it."""

import random
import time
from collections.abc import Callable

import pytest

from rooms.markup import render, to_text
from rooms.markup.costs import is_too_much
from rooms.markup.highlighting import LANGUAGES
from rooms.models.saying import find_said
from rooms.naming import find_ats

LETTERS = 10_000
BLINK = 0.05  # seconds of CPU

SIGNS = [
    "*",
    "**",
    "_",
    "`",
    "[",
    "]",
    "(",
    "](",
    "![",
    "<",
    "&",
    "&#",
    "~",
    "~~",
    "|",
    "\n",
    ">",
    "- ",
    "1. ",
    "# ",
    ":",
]
SIGNS += ["\\", "http://", "://", "@", ".", "www.", "a", " ", "é", "🎉", "\u0301", "\u202e", "```", "~~~", "=", "\t"]
SIGNS += [
    "[a]: ",
    "[a](b)",
    "<!--",
    "<![CDATA[",
    "a.com ",
    "a@b.com ",
    ":wave:",
    "|-|\n",
    "---\n",
    "    ",
    "\u200d",
    "\0",
]
CODE = [
    "a",
    " ",
    "(",
    "{",
    "[",
    "<",
    "'",
    '"',
    "`",
    "/",
    "*",
    "#",
    "$",
    "@",
    "%",
    "&",
    "|",
    ":",
    "-",
    "1",
    "\n",
    "=",
    ";",
    "é",
]


def measure(text: str, work: Callable[[str], object] = render) -> float:
    """CPU seconds, the best of three tries: the first may load what is loaded once."""
    times = []
    for _ in range(3):
        began = time.thread_time()
        work(text)
        times.append(time.thread_time() - began)
    return min(times)


def fill(piece: str, letters: int = LETTERS) -> str:
    return (piece * letters)[:letters]


def just_possible(piece: str) -> str:
    """The longest text of these that is still read as Markdown."""
    low, high = 1, LETTERS
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (low, middle - 1) if is_too_much(fill(piece, middle)) else (middle, high)
    return fill(piece, low)


@pytest.mark.parametrize("sign", SIGNS)
def test_no_text_takes_long(sign: str) -> None:
    others = random.Random(sign).sample(SIGNS, 4)
    pieces = [sign, *(sign + other for other in others), sign + others[0] + others[1]]
    slow = {piece: max(measure(fill(piece)), measure(just_possible(piece))) for piece in pieces}
    assert max(slow.values()) < BLINK, max(slow, key=slow.__getitem__)


@pytest.mark.parametrize("language", LANGUAGES.split())
def test_no_code_takes_long(language: str) -> None:
    chance = random.Random(language)
    pieces = [*CODE, *("".join(chance.sample(CODE, 2)) for _ in range(6))]
    fence = f"```{language}\n"
    render(f"{fence}x\n```")
    slow = {}
    for piece in pieces:
        for letters in (490, 990, 1_490, 1_990):
            slow[piece, letters] = measure(f"{fence}{fill(piece, letters)}\n```")
    assert max(slow.values()) < BLINK, max(slow, key=slow.__getitem__)


def test_many_pieces_of_code_share_what_one_may_cost() -> None:
    assert measure(fill("```scala\n" + "~+" * 200 + "\n```\n")) < BLINK
    assert measure(fill("```x1\n```\n")) < BLINK


def test_names_and_plain_text_take_no_longer() -> None:
    for piece in (" @a", "@a\n", "`@a` ", "(@", "> @a\n"):
        assert measure(fill(piece), lambda text: find_said(text, find_ats(text))) < BLINK, piece
        assert measure(fill(piece), to_text) < BLINK, piece


def test_what_people_write_is_not_too_much() -> None:
    article = "# Title\n\n" + "Some **bold** words, `code` and a [link](https://example.org/page), 3.5 km.\n" * 25
    article += "And more of them, without any such thing; it goes on and on.\n" * 100
    assert not is_too_much(article)
    assert not is_too_much("```py\n" + "self.values[key] = {**other, 'a': [1, 2]}\n" * 200 + "```\nand `so` on")


def test_too_much_stays_as_it_is() -> None:
    html = render("**a** " * 1_000 + "@B\n<i>", [(6_000, 6_002)])
    assert html.startswith("<p>**a** **a**")
    assert html.endswith('<span class="mention">@B</span><br>\n&lt;i&gt;</p>')


def test_no_text_grows_beyond_measure() -> None:
    assert max(len(render(fill(sign)).encode()) for sign in SIGNS) < 64_000
