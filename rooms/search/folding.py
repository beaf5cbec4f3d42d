"""How texts are compared: whatever their case, width, accents, apostrophes, and whichever kana."""

from __future__ import annotations

import unicodedata

KATAKANA, TO_HIRAGANA = range(0x30A1, 0x30F7), 0x60
ACCENTS = range(0x0300, 0x0370)
"""Of European scripts. The marks of others, は to ば, make another letter."""
SYLLABLES = range(0xAC00, 0xD7A4)
UNSEEN = {0x00AD: "", 0x200B: ""}
"""Where a word may be broken: it is the same word. The joiners of zero width belong to some, in Persian and Hindi."""
APOSTROPHES = dict.fromkeys(map(ord, "‘’ʼ"), "'")


class Folding(dict[int, str]):
    """Letter by letter, for str.translate, so that what is found in the folded text has its place in the text."""

    def __missing__(self, code: int) -> str:
        self[code] = folded = fold_letter(chr(code))
        return folded


def fold_letter(letter: str) -> str:
    if ord(letter) in SYLLABLES:
        return letter
    plain = unicodedata.normalize("NFKD", letter.casefold()).casefold()
    return "".join(fold_kana(part) for part in plain if ord(part) not in ACCENTS)


def fold_kana(letter: str) -> str:
    return chr(ord(letter) - TO_HIRAGANA) if ord(letter) in KATAKANA else letter


FOLDING = Folding(UNSEEN | APOSTROPHES)


def fold(text: str) -> str:
    return text.translate(FOLDING)
