"""What people may call things: any script, no control or direction-override characters."""

import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

# Left alone, one of these in a name turns the text around it back to front (CVE-2021-42574).
BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def validate_name(value: str) -> None:
    """Raise ValidationError when a name has an invisible control, direction-override or broken character."""
    if any(unicodedata.category(letter) in {"Cc", "Cs", "Zl", "Zp"} for letter in value):
        raise ValidationError(_("Leave out line breaks, tabs and other control characters."), code="control")
    if BIDI_CONTROLS.intersection(value):
        raise ValidationError(_("Leave out characters that change the direction of the text around them."), code="bidi")
    if value and not any(unicodedata.category(letter)[0] in "LMNPS" for letter in value):
        raise ValidationError(_("Use at least one visible character."), code="invisible")


validate_topic = validate_name


def normalize_line(value: str) -> str:
    """One line of text as it is kept: canonical composition, no spaces round it."""
    return unicodedata.normalize("NFC", value).strip()
