"""Decodes what people upload. Runs as a program of its own, which a wicked file may crash, starve or slow down: the
server starts it, gives it the file on stdin, and takes what it writes: a line of JSON, then images.

Imports nothing of Django, and of Rooms only what stands beside it: it is started for each file.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

LIMITS = {
    resource.RLIMIT_AS: 1_500_000_000,
    resource.RLIMIT_CPU: 20,
    resource.RLIMIT_FSIZE: 0,
    resource.RLIMIT_CORE: 0,
}
"""Bytes of memory, seconds of computing, bytes in files, bytes of what is left of it."""

SEALED = {resource.RLIMIT_NOFILE: 3}
"""Beside stdin, stdout and stderr nothing is opened any more: no file, no connection, whatever a film refers to."""

Decode = Callable[[bytes], tuple[dict[str, Any], bytes]]


def main(what: str, media: str = "") -> None:
    """`what`: "image", or "film" with its media type."""
    decode, limits = find_decoder(what, media)
    for limit, most in limits.items():
        with suppress(ValueError, OSError):  # Not every system knows each.
            resource.setrlimit(limit, (most, most))
    try:
        header, images = decode(sys.stdin.buffer.read())
    except Exception as error:  # Whatever a decoder says of a broken file.
        sys.exit(f"{type(error).__name__}: {error}"[:300])
    sys.stdout.buffer.write(json.dumps(header).encode() + b"\n" + images)


def find_decoder(what: str, media: str) -> tuple[Decode, dict[int, int]]:
    """What decodes it, and within which limits. Neither brings along the libraries of the other."""
    if what == "film":
        from rooms.files.decoder import films

        return lambda content: films.decode(content, media), LIMITS | SEALED
    from rooms.files.decoder import images

    return images.decode, LIMITS


if __name__ == "__main__":
    main(*sys.argv[1:])
