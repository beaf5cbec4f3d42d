"""Images, made anew before anybody sees them. What comes out was written by this server, whatever went in."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

SECONDS = 30.0
"""For one image: the decoder may compute for 20 of them."""

AT_ONCE = threading.BoundedSemaphore(2)
"""Decoders in each process. One may need 500 MB, and there are more threads that serve pages than cores."""

DECODER = Path(__file__).with_name("decoder.py")


class Busy(TimeoutError):
    """All decoders are at work. In a while one is not."""


class Unreadable(Exception):
    """No image, a broken one, or one too large to be decoded."""


@dataclass(frozen=True)
class Sizes:
    """An image twice: as large as anybody looks at it, and for the log. Sizes in pixels."""

    full: bytes
    full_type: str
    width: int
    height: int
    thumbnail: bytes
    thumbnail_type: str
    thumbnail_width: int
    thumbnail_height: int


def make_sizes(content: bytes, patience: float = SECONDS) -> Sizes:
    """Decode an image (JPEG, PNG, GIF, WebP) and write it anew, upright and without metadata.

    `patience`: seconds that a decoder is waited for. Raises Unreadable, Busy.
    """
    command = [sys.executable, "-I", str(DECODER)]
    if not AT_ONCE.acquire(timeout=patience):
        raise Busy
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=SECONDS, env={})  # noqa: S603
    except subprocess.TimeoutExpired:
        raise Unreadable("took too long") from None
    finally:
        AT_ONCE.release()
    if done.returncode:
        raise Unreadable(done.stderr.decode(errors="replace").strip() or f"the decoder ended with {done.returncode}")
    line, _, images = done.stdout.partition(b"\n")
    header = json.loads(line)
    length, full_type, width, height = header["full"]
    _, thumbnail_type, *thumbnail_size = header["thumbnail"]
    return Sizes(images[:length], full_type, width, height, images[length:], thumbnail_type, *thumbnail_size)
