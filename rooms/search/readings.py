"""What a message says: as one reads it, and as it was written. What is looked for may stand in either."""

from __future__ import annotations

import re

from rooms.markup import to_text

markup = re.compile(r"[*_`~\[\]<>#|&\\]|:\w+:|^\s*[-+=\d]", re.MULTILINE)
"""Where some may stand: most texts have none and need not be read for it."""


def as_read(body: str) -> str:
    """The text without its markup."""
    return to_text(body) if markup.search(body) else body
