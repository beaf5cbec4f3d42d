"""Emoji to choose from: a few at once, groups of them, and those that a word finds."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import emoji
from django.utils.functional import Promise
from django.utils.translation import get_language, pgettext_lazy

QUICK = ("👍", "👏", "👋", "💪", "❤️", "😂", "🎉", "🔥")


def group(name: str | Promise, *letters: str) -> tuple[str | Promise, tuple[str, ...]]:
    return name, tuple("".join(letters))


GROUPS = {
    "faces": group(
        pgettext_lazy("emoji", "Faces"),
        "😀😄😁😅🤣🙂😉😊😍🥰😘😋😜🤪🤔🤨😐😏😒🙄",
        "😬😴🤒🤯🥳😎🤓😕😟😮😳🥺😢😭😱😤😡🤬💀🤡",
        "👻👽🤖",
    ),
    "people": group(
        pgettext_lazy("emoji", "People and hands"),
        "👌🤌🤏🤞🤟🤘🤙👈👉👆👇👎✊👊🙌👐🤝🙏🫡🫶",
        "🤗🤷🤦🙋🙇🏃💃🕺👀🧠👂👣👶👵👑",
    ),
    "nature": group(
        pgettext_lazy("emoji", "Animals and nature"),
        "🐶🐱🐭🐰🦊🐻🐼🐨🐯🦁🐮🐷🐸🐵🐔🐧🐦🦉🐝🦋",
        "🐢🐍🐙🐳🌱🌲🌵🌸🌻🍁🍄🌍🌙⭐🌈⚡🌊",
    ),
    "food": group(
        pgettext_lazy("emoji", "Food and drink"),
        "🍎🍊🍋🍌🍉🍇🍓🍒🍑🥑🍅🥕🌽🍞🥐🧀🍳🥞🍔🍟",
        "🍕🌮🍣🍙🍜🍦🍩🍪🎂🍫🍿☕🍵🍺🍻🍷🥂",
    ),
    "doing": group(
        pgettext_lazy("emoji", "Things to do"),
        "⚽🏀🎾🏆🥇🎯🎮🎲🧩🎸🎵🎤🎧🎬🎨📚🚴🚗🚕🚌",
        "🚲🚂🚀🛫⛵🏠🏢🏥🏫⛺🗻🎁🎈🎊",
    ),
    "things": group(
        pgettext_lazy("emoji", "Things and signs"),
        "💡💻📱📷📞⏰⏳💰💎🔧🔨🔑🔒📦📌📎📝📈📉📅",
        "📣🔔🚧💔💯💢💥💤💬✅❌❓❗🚫🆗🆒🔁🟢🟡🔴",
    ),
}

MOST_FOUND = 40


def find_emojis(text: str) -> list[str]:
    """Emoji whose name in English, or in the reader's language, holds all words of a text; the quick ones first."""
    words = text.casefold().strip(" :").replace("_", " ").split()
    if not words:
        return []
    language = (get_language() or "en").split("-")[0]
    found = {letter: names for letter, names in named_emojis(language) if all(word in names for word in words)}
    quick = [letter for letter in QUICK if letter in found]
    begun = [letter for letter, names in found.items() if f" {words[0]}" in names]
    return list(dict.fromkeys([*quick, *begun, *found]))[:MOST_FOUND]


@cache
def named_emojis(language: str) -> tuple[tuple[str, str], ...]:
    """Every emoji in one skin, with what it is called."""
    if language in emoji.LANGUAGES:
        emoji.config.load_language(language)
    return tuple(read_names(language))


def read_names(language: str) -> Iterator[tuple[str, str]]:
    for letter, data in emoji.EMOJI_DATA.items():
        if data["status"] == emoji.STATUS["fully_qualified"] and not any("🏻" <= part <= "🏿" for part in letter):
            names = [data["en"], *data.get("alias", ()), data.get(language, "")]
            yield letter, " " + " ".join(names).replace(":", " ").replace("_", " ").casefold()
