"""What files are called: a name that one can read, that no system takes for a path, and no reader for another kind."""

from __future__ import annotations

import unicodedata

from rooms.text import BIDI_CONTROLS

LONGEST = 120
LONGEST_ENDING = 12
ENDINGS = {"image/webp": ".webp", "image/jpeg": ".jpg"}
UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Among them the joiners of some scripts and emoji: Django takes them out of a name before it is here."""

NOT_IN_NAMES = frozenset('<>:"/\\|?*')
"""What Windows refuses in a name, and with it what separates folders."""


def normalize_name(name: str) -> str:
    """A file's name as it is kept: without folders and unseen characters, its ending kept if it has to be cut."""
    name = unicodedata.normalize("NFC", name.replace("\\", "/")).rpartition("/")[2]
    letters = (letter for letter in name if letter not in BIDI_CONTROLS | NOT_IN_NAMES)
    seen = "".join(letter for letter in letters if unicodedata.category(letter) not in UNSEEN)
    stem, dot, ending = " ".join(seen.split()).strip(". ").rpartition(".")
    if not dot or len(ending) > LONGEST_ENDING:
        stem, dot, ending = stem + dot + ending, "", ""
    stem = stem[: LONGEST - len(dot + ending)].rstrip(". ")
    return f"{stem}{dot}{ending}" if stem else ending or "file"


def name_for(name: str, media: str) -> str:
    """The name under which it is downloaded: what was made anew ends as what it is now."""
    ending = ENDINGS.get(media, "")
    if not ending or name.lower().endswith((ending, ".jpeg") if ending == ".jpg" else ending):
        return name
    stem = name.rpartition(".")[0] or name
    return stem + ending
