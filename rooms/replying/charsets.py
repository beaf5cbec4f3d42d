"""Bytes of a mail as text, by the charset they are said to have."""

from __future__ import annotations

import codecs

# What mail programs call by the first name is what Python calls by the second: of the same letters, and some more.
BETTER = {
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "iso-2022-jp": "iso2022_jp_ext",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "iso-8859-1": "cp1252",
    "us-ascii": "utf-8",
    "ascii": "utf-8",
}

NO_CHARSETS = {"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape"}
"""What Python decodes as if they were some: of domain names and of source code. Punycode takes hours for megabytes."""


def decode(content: bytes, charset: str) -> str:
    """The text of it; what is broken shows as replaced. A charset that nobody knows is taken for UTF-8."""
    name = BETTER.get(charset.lower(), charset)
    try:
        known = codecs.lookup(name)
    except (LookupError, ValueError):
        return content.decode(errors="replace")
    if known.name == "iso2022_jp_ext" and b"\x1b$(" not in content:
        return decode_jis(content)
    # Python's codecs are also rot13, zip and others that make no text of bytes.
    makes_text = known._is_text_encoding and known.name not in NO_CHARSETS
    return content.decode(known.name if makes_text else "utf-8", errors="replace")


def decode_jis(content: bytes) -> str:
    """ISO-2022-JP as Windows writes it, with ① and 髙, which stand in no standard and in many mails.

    Escapes switch between ASCII and two-byte rows and cells; those of Shift_JIS are the same rows, shifted.
    """
    pieces = content.split(b"\x1b$")
    text = [decode_plain(pieces[0])]
    for piece in pieces[1:]:
        rows, _, rest = piece[1:].partition(b"\x1b")
        shifted = b"".join(shift(rows[at], rows[at + 1]) for at in range(0, len(rows) - 1, 2))
        text.append(shifted.decode("cp932", errors="replace") + decode_plain(b"\x1b" + rest if rest else b""))
    return "".join(text)


def decode_plain(content: bytes) -> str:
    """What stands between the two-byte characters: ASCII, or half-width kana."""
    return content.decode("iso2022_jp_ext", errors="replace")


def shift(row: int, cell: int) -> bytes:
    if not (0x21 <= row <= 0x7E and 0x21 <= cell <= 0x7E):
        return b"?"
    lead = (row - 0x21) // 2 + (0x81 if row < 0x5F else 0xC1)
    trail = cell + (0x7E if row % 2 == 0 else 0x1F + (cell >= 0x60))
    return bytes([lead, trail])
