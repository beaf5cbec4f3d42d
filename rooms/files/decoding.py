"""Runs the program that decodes what people upload: nothing of it is decoded in this process."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

SECONDS = 30.0
"""For one file: the decoder may compute for 20 of them."""

AT_ONCE = threading.BoundedSemaphore(2)
"""Decoders in each process. One may need 500 MB, and there are more threads that serve pages than cores."""

# As isolated as with -I, but for finding itself.
DECODER = [sys.executable, "-P", "-s", "-m", "rooms.files.decoder"]
ENVIRONMENT = {"PYTHONPATH": str(Path(__file__).resolve().parents[2])}


class Busy(TimeoutError):
    """All decoders are at work. In a while one is not."""


class Unreadable(Exception):
    """Not what it should be, broken, or too large to be decoded."""


def decode(content: bytes, *what: str, patience: float) -> tuple[dict[str, Any], bytes]:
    """Have a file decoded; return what is said of it, and the bytes of what was made of it.

    `what`: what the decoder is told, `patience`: seconds that one is waited for. Raises Unreadable, Busy.
    """
    command = [*DECODER, *what]
    if not AT_ONCE.acquire(timeout=patience):
        raise Busy
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=SECONDS, env=ENVIRONMENT)  # noqa: S603
    except subprocess.TimeoutExpired:
        raise Unreadable("took too long") from None
    finally:
        AT_ONCE.release()
    if done.returncode:
        raise Unreadable(done.stderr.decode(errors="replace").strip() or f"the decoder ended with {done.returncode}")
    line, _, made = done.stdout.partition(b"\n")
    return json.loads(line), made
