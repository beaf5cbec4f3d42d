"""What people say of a message in an emoji, or a word: rows, and what of them the message's own row shows."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

import emoji
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from rooms.models.reaction import Reaction
from rooms.text import normalize_line, validate_name

if TYPE_CHECKING:
    from rooms.models.message import Message
    from rooms.models.user import User

MOST_REACTIONS = 20
"""Different ones, of one message."""

UNFIT = _("A reaction is one emoji, or a word or two of up to 16 characters.")
MANY = _("This message has 20 different reactions already. Join one of them.")

PLAIN_SELECTORS = str.maketrans("", "", "\ufe0e\ufe0f")
"""Without what says whether a character is drawn as text or as an emoji: keyboards differ in it."""
FLAG = re.compile("[\U0001f1e6-\U0001f1ff]{2}")
JOINED = re.compile("\u200d.")
SKIN_TONE = re.compile("[\U0001f3fb-\U0001f3ff]")
# What joins letters in some scripts, and emoji; and the letters that flags of regions are spelt with.
VISIBLE_FORMATS = re.compile("[\u200c\u200d\U000e0020-\U000e007f]")


def normalize_reaction(value: str) -> str:
    """A reaction as it is kept, so that equal ones are counted together. Raises ValidationError for what is none."""
    content = normalize_line(" ".join(value.split()))
    validate_name(content)
    content = emoji.emojize(content, language="alias") if content.startswith(":") else content
    content = "".join(letter for letter in content if is_shown(letter))
    if known := known_emojis().get(content.translate(PLAIN_SELECTORS)):
        return known
    longest: int | None = Reaction._meta.get_field("content").max_length
    if not 0 < count_characters(content) <= Reaction.MAX_LENGTH or len(content) > (longest or 0):
        raise ValidationError(UNFIT, code="unfit")
    return content


def is_shown(letter: str) -> bool:
    return unicodedata.category(letter) != "Cf" or VISIBLE_FORMATS.match(letter) is not None


@cache
def known_emojis() -> dict[str, str]:
    """Every emoji as Unicode says it be written, by how it is written without selectors."""
    qualified = (known for known, data in emoji.EMOJI_DATA.items() if data["status"] <= emoji.STATUS["fully_qualified"])
    return {known.translate(PLAIN_SELECTORS): known for known in qualified}


def count_characters(text: str) -> int:
    """As a reader counts them: marks, skin tones and what is joined belong to what they follow."""
    text = SKIN_TONE.sub("", JOINED.sub("", FLAG.sub("x", text)))
    return sum(unicodedata.category(letter) not in {"Mn", "Me", "Cf"} for letter in text)


def set_reaction(message: Message, user: User, content: str, wanted: bool | None) -> bool:
    """Let somebody react to a message whose room is locked, or no longer; None: whichever they do not now.

    Returns whether that changes anything. Raises ValidationError when it has too many.
    """
    shown = {kept: user_ids for kept, user_ids in message.reactions}
    reacts = user.pk in shown.get(content, [])
    if message.erased_at or wanted is reacts:
        return False
    if reacts:
        shown[content].remove(user.pk)
        Reaction.objects.filter(message=message, user=user, content=content).delete()
    else:
        if len(shown) >= MOST_REACTIONS and content not in shown:
            raise ValidationError(MANY, code="many")
        shown.setdefault(content, []).append(user.pk)
        Reaction.objects.create(message=message, user=user, content=content)
    message.reactions = [[kept, user_ids] for kept, user_ids in shown.items() if user_ids]
    return True


def forget_reactions(message: Message) -> None:
    message.reactions = []
    Reaction.objects.filter(message=message).delete()
