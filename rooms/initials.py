"""The one or two letters that stand for a name, in any script."""

import unicodedata

ZERO_WIDTH_JOINER = "\u200d"
SKIN_TONES = range(0x1F3FB, 0x1F400)
REGIONAL_INDICATORS = range(0x1F1E6, 0x1F200)


def get_initials(name: str) -> str:
    """Two initials of a name of several words whose script has capitals, the first letter of any other."""
    words = [word for word in ("".join(split_clusters(part)[:1]) for part in name.split()) if word]
    words = [word for word in words if unicodedata.category(word[0])[0] in "LNS"] or words
    if not words:
        return "?"
    first, last = words[0], words[-1]
    pair = len(words) > 1 and has_capitals(first) and has_capitals(last)
    return capitalize(first) + capitalize(last) if pair else capitalize(first)


def has_capitals(cluster: str) -> bool:
    return cluster.upper() != cluster.lower()


def capitalize(cluster: str) -> str:
    """In capitals, where that does not take more letters: ß would become SS."""
    capital = cluster.upper()
    return capital if len(capital) == len(cluster) else cluster


def split_clusters(text: str) -> list[str]:
    """Text as a reader counts its letters: with their marks, and emoji that several code points make up.

    A short form of the grapheme clusters of Unicode's Annex 29, enough for the beginning of a name.
    """
    clusters: list[str] = []
    for letter in text:
        if clusters and continues(clusters[-1], letter):
            clusters[-1] += letter
        else:
            clusters.append(letter)
    return clusters


def continues(cluster: str, letter: str) -> bool:
    if letter == ZERO_WIDTH_JOINER or cluster[-1] == ZERO_WIDTH_JOINER or ord(letter) in SKIN_TONES:
        return True
    if ord(letter) in REGIONAL_INDICATORS:  # A flag is two of them.
        return len(cluster) == 1 and ord(cluster) in REGIONAL_INDICATORS
    return unicodedata.category(letter) in {"Mn", "Mc", "Me"}
