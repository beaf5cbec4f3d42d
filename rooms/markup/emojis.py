"""Emoji: `:shortcodes:` for them, and texts that are nothing else."""

from __future__ import annotations

import re
from functools import cache

import emoji

MOST = 12
"""How many emoji alone are shown large."""

LONGEST = 20 * MOST
shortcode = re.compile(r"(?<![A-Za-z0-9]):([a-z0-9_+-]{1,60}):")
capital = re.compile(r"[A-Z]")


@cache
def read_shortcodes() -> dict[str, str]:
    """Emoji by what they are called between colons, `+1` and `thumbs_up` both."""
    named = emoji.EMOJI_DATA.items()
    found: dict[str, str] = {}
    for letter, data in named:
        if data["status"] <= emoji.STATUS["fully_qualified"]:
            for name in (data["en"], *data.get("alias", ())):
                found.setdefault(name.strip(":").lower().replace("’", ""), letter)
    return found


def draw_emojis(text: str) -> str:
    """A text with emoji in the place of the shortcodes that there are."""
    if text.count(":") < 2:
        return text
    return shortcode.sub(lambda match: read_shortcodes().get(match[1], match[0]), text)


def is_all_emoji(text: str) -> bool:
    """Whether a text is nothing but emoji, and few."""
    bare = "".join(text.split())
    if not bare or len(bare) > LONGEST or bare.isascii():
        return False
    return bool(emoji.purely_emoji(bare)) and emoji.emoji_count(bare) <= MOST
